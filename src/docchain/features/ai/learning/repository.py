"""Statements on corrections."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from docchain.features.ai.learning.tables import AiCorrectionBucketRow, AiCorrectionRow
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import Order, PageRequest, count, take

KIND = "ai_correction"
_CANDIDATES = 200
_CHUNK = 500


class CorrectionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: AiCorrectionRow) -> None:
        self._session.add(row)
        self._session.flush()

    def keep_buckets(self, row: AiCorrectionRow, buckets: Collection[int]) -> None:
        self._session.add_all(
            AiCorrectionBucketRow(schema_key=row.schema_key, bucket=bucket, correction_id=row.id)
            for bucket in sorted(set(buckets))
        )

    def drop_buckets(self, ids: Collection[UUID]) -> None:
        self._session.execute(delete(AiCorrectionBucketRow).where(AiCorrectionBucketRow.correction_id.in_(ids)))

    def find(self, reference: str) -> AiCorrectionRow | None:
        key = parse_reference(reference, KIND)
        if key is None:
            return None
        column = AiCorrectionRow.id if isinstance(key, UUID) else AiCorrectionRow.number
        return self._session.scalar(select(AiCorrectionRow).where(column == key).with_for_update())

    def number_of(self) -> int:
        row = AiCorrectionRow
        return self._session.scalar(select(func.count()).select_from(row).where(row.state != "withdrawn")) or 0

    def page(self, request: PageRequest, where: dict[str, Any]) -> tuple[list[AiCorrectionRow], str | None, int | None]:
        wanted = select(AiCorrectionRow).filter_by(**where)
        rows, cursor = take(self._session, wanted, Order(AiCorrectionRow.created_at, AiCorrectionRow.id), request)
        return rows, cursor, count(self._session, wanted) if request.total else None

    def knows(self, schema_key: str) -> bool:
        row = AiCorrectionBucketRow
        return self._session.scalar(select(row.bucket).where(row.schema_key == schema_key).limit(1)) is not None

    def like(self, schema_key: str, buckets: Collection[int]) -> Sequence[AiCorrectionRow]:
        """The newest that share a bucket."""
        row, bucket = AiCorrectionRow, AiCorrectionBucketRow
        near = select(bucket.correction_id).where(bucket.schema_key == schema_key, bucket.bucket.in_(buckets))
        newest = (row.created_at.desc(), row.id.desc())
        wanted = select(row).where(row.id.in_(near), row.state == "kept").order_by(*newest).limit(_CANDIDATES)
        return self._session.scalars(wanted).all()

    def kept(self, schema_key: str) -> Iterator[AiCorrectionRow]:
        """All of a schema, the oldest first."""
        row = AiCorrectionRow
        wanted = select(row).where(row.schema_key == schema_key, row.state == "kept").order_by(row.created_at, row.id)
        yield from self._session.scalars(wanted.execution_options(yield_per=_CHUNK))

    def waiting(self, most: int) -> list[tuple[UUID, UUID]]:
        """Answers that nobody looked at yet, of all workspaces: their workspace and id."""
        row = AiCorrectionRow
        wanted = select(row.workspace_id, row.id).where(row.state == "waiting").order_by(row.created_at).limit(most)
        return [(found[0], found[1]) for found in self._session.execute(wanted)]

    def get(self, correction: UUID, *, to_change: bool = False) -> AiCorrectionRow | None:
        wanted = select(AiCorrectionRow).where(AiCorrectionRow.id == correction)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def remove(self, row: AiCorrectionRow) -> None:
        self._session.delete(row)

    def forget_about(self, documents: Collection[UUID]) -> None:
        """Whatever was corrected about these."""
        own = select(AiCorrectionRow.id).where(AiCorrectionRow.document_id.in_(documents))
        self._session.execute(delete(AiCorrectionBucketRow).where(AiCorrectionBucketRow.correction_id.in_(own)))
        self._session.execute(delete(AiCorrectionRow).where(AiCorrectionRow.document_id.in_(documents)))
