"""What the database knows of storage: counters, quotas, which contents versions name, moves."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from docchain.features.documents.tables import (
    DocumentRow,
    DocumentVersionRow,
    StorageDefaultRow,
    StorageMoveRow,
    StorageUsageRow,
)
from docchain.platform.upserts import upsert
from docchain.platform.work import Work

_ONE = 1


class Used(NamedTuple):
    bytes: int
    documents: int
    quota_bytes: int | None
    quota_documents: int | None
    compression: str | None = None


class StorageRepository:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._session = work.session

    def add(self, size: int, documents: int) -> Used:
        """Count, and return the new sums; other transactions of the workspace wait for this one."""
        made = upsert(self._session, StorageUsageRow).values(
            workspace_id=self._work.workspace_id, bytes=size, documents=documents
        )
        counted = made.on_conflict_do_update(
            index_elements=["workspace_id"],
            set_={
                "bytes": StorageUsageRow.bytes + made.excluded.bytes,
                "documents": StorageUsageRow.documents + made.excluded.documents,
            },
        )
        return Used(*self._session.execute(counted.returning(*_used())).one())

    def used(self) -> Used:
        row = self._session.execute(select(*_used())).one_or_none()
        return Used(*row) if row else Used(0, 0, None, None)

    def choose(self, **chosen: Any) -> None:
        """Keep what the workspace has chosen."""
        made = upsert(self._session, StorageUsageRow).values(
            workspace_id=self._work.workspace_id, bytes=0, documents=0, **chosen
        )
        self._session.execute(made.on_conflict_do_update(index_elements=["workspace_id"], set_=chosen))

    def default(self) -> tuple[int, int]:
        row = self._session.get(StorageDefaultRow, _ONE)
        return (row.quota_bytes, row.quota_documents) if row else (0, 0)

    def keep_default(self, quota_bytes: int, quota_documents: int) -> None:
        values = {"quota_bytes": quota_bytes, "quota_documents": quota_documents}
        made = upsert(self._session, StorageDefaultRow).values(id=_ONE, **values)
        self._session.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))

    def counted(self) -> tuple[int, int]:
        """Bytes and documents, counted row by row."""
        size = self._session.scalar(select(func.coalesce(func.sum(DocumentVersionRow.size), 0)))
        documents = self._session.scalar(select(func.count(DocumentRow.id)).where(DocumentRow.deleted_at.is_(None)))
        return int(size or 0), documents or 0

    def named(self, shas: Collection[str]) -> dict[str, UUID]:
        """Which of these contents versions name, and one such version each."""
        rows = self._session.execute(
            select(DocumentVersionRow.sha256, DocumentVersionRow.document_id).where(DocumentVersionRow.sha256.in_(shas))
        )
        return {sha256: document_id for sha256, document_id in rows}  # noqa: C416 - dict() loses the types

    def contents(self, after: str, limit: int) -> list[tuple[str, int]]:
        """The contents that versions name and that are not in the journal, in order, with their sizes."""
        rows = self._session.execute(
            select(DocumentVersionRow.sha256, func.max(DocumentVersionRow.size))
            .where(DocumentVersionRow.sha256 > after, DocumentVersionRow.inline.is_(False))
            .group_by(DocumentVersionRow.sha256)
            .order_by(DocumentVersionRow.sha256)
            .limit(limit)
        )
        return [(sha256, size) for sha256, size in rows]

    def moves(self, limit: int) -> list[StorageMoveRow]:
        newest = select(StorageMoveRow).order_by(StorageMoveRow.started_at.desc()).limit(limit)
        return list(self._session.scalars(newest))

    def move(self, move_id: UUID) -> StorageMoveRow | None:
        return self._session.get(StorageMoveRow, move_id)

    def unfinished(self, source: str, target: str) -> StorageMoveRow | None:
        return self._session.scalar(
            select(StorageMoveRow)
            .where(StorageMoveRow.source == source, StorageMoveRow.target == target, StorageMoveRow.status == "copying")
            .order_by(StorageMoveRow.started_at.desc())
            .limit(1)
        )

    def add_move(self, row: StorageMoveRow) -> None:
        self._session.add(row)
        self._session.flush()


def _used() -> tuple[Any, ...]:
    return (
        StorageUsageRow.bytes,
        StorageUsageRow.documents,
        StorageUsageRow.quota_bytes,
        StorageUsageRow.quota_documents,
        StorageUsageRow.compression,
    )
