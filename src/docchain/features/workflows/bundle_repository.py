"""Questions about many workflows with their versions and labels, and about who has a name already."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowRow, WorkflowVersionRow

_CHUNK: Final = 400


class BundleRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def holders(self, names: Iterable[str]) -> dict[str, list[tuple[UUID, int]]]:
        """Id and number of the workflows that have each of the names: their own, or the one their definition says."""
        wanted = {name for name in names if name}
        found: dict[str, list[tuple[UUID, int]]] = {}
        columns = (WorkflowRow.id, WorkflowRow.number, WorkflowRow.name, WorkflowRow.definition_name)
        for chunk in _chunks(sorted(wanted)):
            named = or_(WorkflowRow.name.in_(chunk), WorkflowRow.definition_name.in_(chunk))
            query = select(*columns).where(named, WorkflowRow.deleted_at.is_(None)).order_by(WorkflowRow.number)
            for id_, number, name, definition_name in self._session.execute(query):
                for held in {name, definition_name} & wanted:
                    found.setdefault(held, []).append((id_, number))
        return found

    def add_all(self, rows: Iterable[WorkflowVersionRow | WorkflowLabelRow]) -> None:
        self._session.add_all(rows)

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, list[WorkflowVersionRow]]:
        """All versions of workflows, oldest first."""
        found: dict[UUID, list[WorkflowVersionRow]] = {}
        for chunk in _chunks(list(ids)):
            query = select(WorkflowVersionRow).where(WorkflowVersionRow.workflow_id.in_(chunk))
            for row in self._session.scalars(query.order_by(WorkflowVersionRow.number)):
                found.setdefault(row.workflow_id, []).append(row)
        return found

    def labels(self, ids: Iterable[UUID]) -> dict[tuple[UUID, int], list[str]]:
        """The labels of each version, by workflow and number."""
        found: dict[tuple[UUID, int], list[str]] = {}
        for chunk in _chunks(list(ids)):
            query = select(WorkflowLabelRow).where(WorkflowLabelRow.workflow_id.in_(chunk))
            for row in self._session.scalars(query.order_by(WorkflowLabelRow.label)):
                found.setdefault((row.workflow_id, row.number), []).append(row.label)
        return found


def _chunks(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))
