"""Questions about resumable uploads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from docchain.features.documents.intake.tables import TusUploadRow
from docchain.platform.work import Work


class TusRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, row: TusUploadRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, upload: UUID) -> TusUploadRow | None:
        return self._session.scalar(select(TusUploadRow).where(TusUploadRow.id == upload))

    def count(self) -> int:
        return self._session.scalar(select(func.count(TusUploadRow.id)).where(TusUploadRow.item_id.is_(None))) or 0

    def remove(self, row: TusUploadRow) -> None:
        self._session.delete(row)

    def drop_expired(self, now: datetime) -> list[UUID]:
        gone = list(self._session.scalars(select(TusUploadRow.id).where(TusUploadRow.expires_at <= now)))
        self._session.execute(delete(TusUploadRow).where(TusUploadRow.id.in_(gone)))
        return gone

    def unfinished(self, uploads: list[UUID]) -> set[UUID]:
        wanted = select(TusUploadRow.id).where(TusUploadRow.id.in_(uploads), TusUploadRow.item_id.is_(None))
        return set(self._session.scalars(wanted))
