"""Questions about approvals, answered from the database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session, defer

from docchain.features.approvals.schemas import ApprovalFilter
from docchain.features.approvals.tables import ApprovalRow, AssigneeRow
from docchain.platform.ids import parse_reference
from docchain.platform.listed import if_small, is_long
from docchain.platform.pagination import Order, PageRequest, count, take

LONG: Final = (
    ApprovalRow.message,
    ApprovalRow.assignees,
    ApprovalRow.form,
    ApprovalRow.data,
    ApprovalRow.document,
    ApprovalRow.comment,
    ApprovalRow.values,
)
"""What may be long: a list shows the small ones only."""
_WITHOUT: Final = [defer(column, raiseload=True) for column in LONG]


class ApprovalRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, reference: str, *, to_change: bool = False) -> ApprovalRow | None:
        """Who is to change it has it alone."""
        key = parse_reference(reference, "approval")
        if key is None:
            return None
        column = ApprovalRow.id if isinstance(key, UUID) else ApprovalRow.number
        wanted = select(ApprovalRow).where(column == key)
        return self._session.scalars(wanted.with_for_update() if to_change else wanted).one_or_none()

    def page(
        self, wanted: ApprovalFilter, names: Sequence[str], request: PageRequest, *, newest_first: bool
    ) -> tuple[list[ApprovalRow], str | None, int | None]:
        """Rows without what may be long: see `short_values`."""
        statement = _filtered(wanted, names)
        order = Order(ApprovalRow.number, ApprovalRow.id, descending=newest_first)
        rows, cursor = take(self._session, statement.options(*_WITHOUT), order, request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def short_values(self, rows: Sequence[ApprovalRow]) -> dict[UUID, Mapping[str, Any]]:
        """Of each row of a page what is small of `LONG`, None for the others, and `…_is_long`."""
        shown = [told(self._session, column) for column in LONG for told in (if_small, is_long)]
        numbers = [row.number for row in rows]
        found = self._session.execute(select(ApprovalRow.id, *shown).where(ApprovalRow.number.in_(numbers)))
        return {row.id: row._asdict() for row in found}

    def of_runs(self, run_ids: Iterable[UUID]) -> dict[tuple[UUID, str], ApprovalRow]:
        """The newest approval of each step of these runs."""
        ids = list(run_ids)
        found: dict[tuple[UUID, str], ApprovalRow] = {}
        for start in range(0, len(ids), 500):
            chunk = select(ApprovalRow).where(ApprovalRow.run_id.in_(ids[start : start + 500]))
            found |= {(row.run_id, row.step): row for row in self._session.scalars(chunk.order_by(ApprovalRow.number))}
        return found

    def purge(self, run_ids: Sequence[UUID]) -> None:
        """Take out what was asked and what was said; who decided, and when, stays."""
        empty: dict[str, Any] = {
            "title": "",
            "message": "",
            "form": {},
            "data": None,
            "document": None,
            "comment": "",
            "values": {},
        }
        self._session.execute(update(ApprovalRow).where(ApprovalRow.run_id.in_(run_ids)).values(empty))

    def delete(self, run_ids: Sequence[UUID]) -> None:
        theirs = select(ApprovalRow.id).where(ApprovalRow.run_id.in_(run_ids))
        self._session.execute(delete(AssigneeRow).where(AssigneeRow.approval_id.in_(theirs)))
        self._session.execute(delete(ApprovalRow).where(ApprovalRow.run_id.in_(run_ids)))

    def add(self, row: ApprovalRow) -> None:
        self._session.add(row)
        self.assign(row)

    def assign(self, row: ApprovalRow) -> None:
        self._session.execute(delete(AssigneeRow).where(AssigneeRow.approval_id == row.id))
        self._session.add_all(AssigneeRow(approval_id=row.id, assignee=name) for name in row.assignees)


def _filtered(wanted: ApprovalFilter, names: Sequence[str]) -> Select[Any]:
    statement = select(ApprovalRow)
    if wanted.statuses:
        statement = statement.where(ApprovalRow.status.in_(wanted.statuses))
    if wanted.run_id is not None:
        statement = statement.where(ApprovalRow.run_id == wanted.run_id)
    if wanted.mine:
        asked = select(AssigneeRow.approval_id).where(AssigneeRow.assignee.in_(names))
        statement = statement.where(ApprovalRow.id.in_(asked))
    return statement
