"""Resumable uploads as rows: who sends what, how long it is to be, and until when it is kept."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from docchain.features.documents.intake.errors import TooManyUploads, UploadGone
from docchain.features.documents.intake.schemas import IntakeItem, TusUpload
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.intake.tables import TusUploadRow
from docchain.features.documents.intake.tus_repository import TusRepository
from docchain.platform.ids import new_id
from docchain.platform.work import Work

KIND = "tus_upload"


class TusService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._uploads = TusRepository(work)

    def create(self, about: dict[str, Any], length: int | None, hours: float, most: int) -> TusUpload:
        if self._uploads.count() >= most:
            raise TooManyUploads(
                f"{most} uploads are under way in the workspace already.",
                hint="Finish or DELETE some; GET /files/tus lists yours.",
            )
        row = TusUploadRow(
            id=new_id(),
            **about,
            length=length,
            created_at=self._work.now,
            created_by=self._work.actor.name,
            user_id=self._work.actor.user_id,
            expires_at=self._work.now + timedelta(hours=hours),
        )
        self._uploads.add(row)
        self._work.emit("intake.upload_started", KIND, row.id, {"name": row.name, "length": length})
        return _shown(row)

    def find(self, upload: UUID) -> TusUploadRow:
        """One's own upload that is not over.

        Raises:
            UploadGone: there is none.
        """
        row = self._uploads.find(upload)
        if row is None or row.user_id != self._work.actor.user_id or row.expires_at <= self._work.now:
            raise UploadGone(f"There is no upload {upload}.", hint="Begin a new one: POST /files/tus.")
        return row

    def unfinished(self) -> list[TusUpload]:
        """One's own that are not over."""
        return [_shown(row) for row in self._uploads.unfinished_of(self._work.actor.user_id, self._work.now)]

    def show(self, upload: UUID) -> tuple[TusUpload, TusUploadRow]:
        row = self.find(upload)
        item = None if row.item_id is None else IntakeService(self._work).read(row.item_id)
        return _shown(row, item), row

    def grew(self, upload: UUID, hours: float, length: int | None = None) -> datetime:
        """Keep it a while longer; its length may be known by now."""
        row = self.find(upload)
        row.expires_at = self._work.now + timedelta(hours=hours)
        row.length = length if row.length is None else row.length
        return row.expires_at

    def finish(self, upload: UUID, item: IntakeItem) -> None:
        row = self._uploads.find(upload)
        if row is not None:
            row.item_id = item.id

    def drop(self, upload: UUID) -> None:
        row = self.find(upload)
        self._uploads.remove(row)
        self._work.emit("intake.upload_dropped", KIND, row.id, {"name": row.name})

    def drop_expired(self) -> list[UUID]:
        return self._uploads.drop_expired(self._work.now)

    def known(self, uploads: list[UUID]) -> set[UUID]:
        """Those whose file is still needed."""
        return self._uploads.unfinished(uploads)


def _shown(row: TusUploadRow, item: IntakeItem | None = None) -> TusUpload:
    return TusUpload(id=row.id, name=row.name, offset=0, length=row.length, expires_at=row.expires_at, intake=item)
