"""Workflows read all at once, and changed with a few statements: what is asked of one is answered from memory."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from docchain.features.runs import Version
from docchain.features.workflows.repository import WorkflowRepository
from docchain.features.workflows.schemas import WorkflowFilter
from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowRow, WorkflowVersionRow
from docchain.features.workflows.versions import DRAFT, LATEST
from docchain.platform.ids import parse_reference
from docchain.platform.pagination import PageRequest

_CHUNK = 400


class ManyWorkflows(WorkflowRepository):
    """Claims the workflows that are named; `finish` writes what lists find them by, where that changed."""

    def __init__(self, session: Session, references: Iterable[str] = ()) -> None:
        super().__init__(session)
        self._session = session
        self._rows: dict[UUID | int, WorkflowRow] = {}
        self._changed: dict[UUID, WorkflowRow] = {}
        keys = {parse_reference(reference, "workflow", bare_number=True) for reference in references}
        for chunk in _chunks(sorted((key for key in keys if key is not None), key=str)):
            for row in session.scalars(_named(chunk)):
                self._rows[row.id] = self._rows[row.number] = row

    def add(self, row: WorkflowRow) -> None:
        self._session.add(row)
        self.relist(row)
        self._rows[row.id] = self._rows[row.number] = row

    def matching(self, wanted: WorkflowFilter, most: int) -> Sequence[str]:
        """The ids of those that match, oldest first, up to `most`."""
        rows, _, _ = self.page(wanted, "created_at", PageRequest(most))
        return [str(row.id) for row in rows]

    def find(self, reference: str | int, *, deleted: bool = False, to_change: bool = False) -> WorkflowRow | None:  # noqa: ARG002 - all are claimed
        key = parse_reference(reference, "workflow", bare_number=True)
        row = None if key is None else self._rows.get(key)
        return row if row is not None and (row.deleted_at is not None) is deleted else None

    def known(self, references: Iterable[str]) -> set[str]:
        """All of them: nobody is shown the warnings of many changes."""
        return set(references)

    def relist(self, row: WorkflowRow) -> None:
        self._changed[row.id] = row

    def finish(self) -> None:
        for chunk in _chunks(list(self._changed.values())):
            self._relist(chunk)
        self._session.flush()

    def versions(self, version: Version) -> dict[UUID, WorkflowVersionRow]:
        """This version of each of the workflows that has it, by workflow."""
        ids = [key for key in self._rows if isinstance(key, UUID)]
        if version == DRAFT:
            return {}
        rows = (row for chunk in _chunks(ids) for row in self._session.scalars(_versions(chunk, version)))
        return {row.workflow_id: row for row in rows}


def _named(keys: Sequence[UUID | int]) -> Any:
    ids = [key for key in keys if isinstance(key, UUID)]
    numbers = [key for key in keys if isinstance(key, int)]
    found = select(WorkflowRow).where(or_(WorkflowRow.id.in_(ids), WorkflowRow.number.in_(numbers)))
    return found.order_by(WorkflowRow.id).with_for_update()  # in one order: two such orders do not wait for each other


def _versions(ids: Sequence[UUID], version: Version) -> Any:
    found = select(WorkflowVersionRow).where(WorkflowVersionRow.workflow_id.in_(ids))
    if version == LATEST:
        return found.join(WorkflowRow, WorkflowRow.id == WorkflowVersionRow.workflow_id).where(
            WorkflowVersionRow.number == WorkflowRow.published_version
        )
    if isinstance(version, int):
        return found.where(WorkflowVersionRow.number == version)
    return found.join(
        WorkflowLabelRow,
        (WorkflowLabelRow.workflow_id == WorkflowVersionRow.workflow_id)
        & (WorkflowLabelRow.number == WorkflowVersionRow.number),
    ).where(WorkflowLabelRow.label == version)


def _chunks(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
