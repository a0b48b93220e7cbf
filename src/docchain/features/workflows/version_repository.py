"""Questions about published versions and their labels, answered from the database."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from docchain.features.workflows.tables import WorkflowLabelRow, WorkflowVersionRow
from docchain.platform.pagination import Order, PageRequest, count, take


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
