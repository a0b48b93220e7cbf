"""Questions about published versions and their labels, answered from the database."""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowVersionRow
from docchain.platform.columns import Id
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.tables import WORKSPACE

_OF: Final = WorkflowVersionRow.__table__.c
_PINNED: Final = select(_OF.number, _OF.digest).where(
    _OF.workflow_id == bindparam("workflow", type_=Id()),
    _OF.number == bindparam("number"),
    _OF.workspace_id == bindparam("workspace", type_=Id()),
)
"""Asked at every start of a run: made once, of the table itself, and without the definition, which is mostly known."""


class Pinned(NamedTuple):
    """Which definition a version is, without it."""

    number: int
    digest: str


class VersionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: WorkflowVersionRow | WorkflowLabelRow) -> None:
        self._session.add(row)

    def version(self, workflow_id: UUID, number: int) -> WorkflowVersionRow | None:
        found = select(WorkflowVersionRow).where(
            WorkflowVersionRow.workflow_id == workflow_id, WorkflowVersionRow.number == number
        )
        return self._session.scalars(found).one_or_none()

    def pinned(self, workflow_id: UUID, number: int) -> Pinned | None:
        self._session.flush()
        asked = {"workflow": workflow_id, "number": number, "workspace": self._session.info[WORKSPACE]}
        found = self._session.connection().execute(_PINNED, asked).one_or_none()
        return None if found is None else Pinned(*found)

    def versions(
        self, workflow_id: UUID, request: PageRequest
    ) -> tuple[list[WorkflowVersionRow], str | None, int | None]:
        statement = select(WorkflowVersionRow).where(WorkflowVersionRow.workflow_id == workflow_id)
        order = Order(WorkflowVersionRow.number, WorkflowVersionRow.id)
        rows, cursor = take(self._session, statement, order, request.within(workflow_id))
        return rows, cursor, count(self._session, statement) if request.total else None

    def label(self, workflow_id: UUID, label: str) -> WorkflowLabelRow | None:
        found = select(WorkflowLabelRow).where(
            WorkflowLabelRow.workflow_id == workflow_id, WorkflowLabelRow.label == label
        )
        return self._session.scalars(found).one_or_none()

    def labels(self, workflow_id: UUID, numbers: Iterable[int] | None = None) -> dict[int, list[str]]:
        """The labels of a workflow's versions, or of some of them, by number."""
        found = select(WorkflowLabelRow).where(WorkflowLabelRow.workflow_id == workflow_id)
        if numbers is not None:
            found = found.where(WorkflowLabelRow.number.in_(numbers))
        labels: dict[int, list[str]] = {}
        for row in self._session.scalars(found):
            labels.setdefault(row.number, []).append(row.label)
        return labels

    def remove(self, row: WorkflowLabelRow) -> None:
        self._session.execute(
            delete(WorkflowLabelRow).where(
                WorkflowLabelRow.workflow_id == row.workflow_id, WorkflowLabelRow.label == row.label
            )
        )
