"""Questions about resumable uploads."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from docchain.features.documents.intake.tables import TusUploadRow
from docchain.platform.work import Work

MOST: Final = 1_000


class TusRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, row: TusUploadRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, upload: UUID) -> TusUploadRow | None:
        return self._session.scalar(select(TusUploadRow).where(TusUploadRow.id == upload))

    def unfinished_of(self, user: UUID | None, now: datetime) -> list[TusUploadRow]:
        """The next to expire first."""
        own = TusUploadRow.user_id == user if user else TusUploadRow.user_id.is_(None)
        wanted = select(TusUploadRow).where(own, TusUploadRow.item_id.is_(None), TusUploadRow.expires_at > now)
        return list(self._session.scalars(wanted.order_by(TusUploadRow.expires_at, TusUploadRow.id).limit(MOST)))

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
