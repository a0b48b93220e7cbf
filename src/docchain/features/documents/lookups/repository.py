"""Questions about look-up tables; the unit of work keeps each within its workspace."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from docchain.features.documents.lookups.tables import LookupKeyRow, LookupRowRow, LookupTableRow
from docchain.platform.work import Work


class LookupRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session
        self._workspace = work.workspace_id

    def table(self, name: str, *, to_change: bool = False) -> LookupTableRow | None:
        wanted = select(LookupTableRow).where(LookupTableRow.name == name)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def tables(self) -> Sequence[LookupTableRow]:
        return self._session.scalars(select(LookupTableRow).order_by(LookupTableRow.name)).all()

    def add(self, row: LookupTableRow) -> None:
        self._session.add(row)
        self._session.flush()

    def drop(self, row: LookupTableRow) -> None:
        self._session.delete(row)
        self._session.flush()

    def load(self, load_id: UUID, rows: Iterable[tuple[int, Mapping[str, Any], Iterable[tuple[str, str]]]]) -> None:
        """Add rows with the keys that they are found by."""
        kept = list(rows)
        common = {"load_id": load_id, "workspace_id": self._workspace}
        if kept:
            told = [{**common, "row": number, "data": data} for number, data, _ in kept]
            self._session.execute(insert(LookupRowRow), told)
        keys = [
            {**common, "row": number, "column": column, "key": key}
            for number, _, found in kept
            for column, key in found
        ]
        if keys:
            self._session.execute(insert(LookupKeyRow), keys)

    def unload(self, load_ids: Collection[UUID]) -> None:
        for table in (LookupKeyRow, LookupRowRow):
            self._session.execute(delete(table).where(table.load_id.in_(load_ids)))

    def page(self, load_id: UUID, first: int, limit: int) -> list[LookupRowRow]:
        wanted = select(LookupRowRow).where(LookupRowRow.load_id == load_id, LookupRowRow.row >= first)
        return list(self._session.scalars(wanted.order_by(LookupRowRow.row).limit(limit)))

    def with_key(self, load_id: UUID, column: str, key: str, limit: int) -> list[dict[str, Any]]:
        """Rows whose value in a column has this normal form."""
        wanted = (
            select(LookupRowRow.data)
            .join(LookupKeyRow, (LookupKeyRow.load_id == LookupRowRow.load_id) & (LookupKeyRow.row == LookupRowRow.row))
            .where(LookupKeyRow.load_id == load_id, LookupKeyRow.column == column, LookupKeyRow.key == key)
            .order_by(LookupRowRow.row)
            .limit(limit)
        )
        return list(self._session.scalars(wanted))

    def with_tokens(self, load_id: UUID, column: str, tokens: Collection[str], limit: int) -> list[dict[str, Any]]:
        """Rows that share words with it, those that share most first."""
        shared = (
            select(LookupKeyRow.row, func.count().label("shared"))
            .where(LookupKeyRow.load_id == load_id, LookupKeyRow.column == f"{column}~", LookupKeyRow.key.in_(tokens))
            .group_by(LookupKeyRow.row)
            .order_by(func.count().desc(), LookupKeyRow.row)
            .limit(limit)
            .subquery()
        )
        wanted = (
            select(LookupRowRow.data)
            .join(shared, shared.c.row == LookupRowRow.row)
            .where(LookupRowRow.load_id == load_id)
            .order_by(shared.c.shared.desc(), LookupRowRow.row)
        )
        return list(self._session.scalars(wanted))
