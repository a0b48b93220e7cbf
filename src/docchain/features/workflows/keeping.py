"""Rows of workflows, found, taken to be changed, and changed; every change counts and is told as an event."""

from typing import Any
from uuid import UUID

from docchain.features.workflows import domain
from docchain.features.workflows.drafts import Draft, Labels
from docchain.features.workflows.errors import WorkflowChanged, WorkflowNotFound
from docchain.features.workflows.presenting import handle_of
from docchain.features.workflows.repository import WorkflowRepository, text_of
from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.handles import next_number
from docchain.platform.ids import new_id
from docchain.platform.work import Work


class Keeper:
    """With `ai`, new workflows are AI workflows: their numbers go down from -1, which reads `ai_workflow_1`."""

    def __init__(self, work: Work, workflows: WorkflowRepository | None = None, *, ai: bool = False) -> None:
        self._work = work
        self.workflows = workflows or WorkflowRepository(work.session)
        self._ai = ai

    def next_number(self) -> int:
        return -next_number(self._work, "ai_workflow") if self._ai else next_number(self._work, "workflow")

    def find(self, reference: str | UUID) -> WorkflowRow:
        row = self.workflows.find(str(reference))
        if row is None:
            raise WorkflowNotFound(str(reference))
        return row

    def claim(self, reference: str, revision: domain.AsRead = None, *, deleted: bool = False) -> WorkflowRow:
        """A workflow to be changed, by nobody else meanwhile; with `revision`, only as somebody read it."""
        row = self.workflows.find(reference, deleted=deleted, to_change=True)
        if row is None:
            raise WorkflowNotFound(f"{reference} among the deleted ones" if deleted else reference)
        self._work.require("write", "workflow", row.id)
        if domain.has_passed(revision, row.revision):
            raise WorkflowChanged(handle_of(row), row.revision)
        return row

    def add(self, number: int, labels: Labels, draft: Draft, workflow_type: str) -> WorkflowRow:
        row = WorkflowRow(
            id=new_id(),
            number=number,
            status=domain.DRAFT,
            workflow_type=workflow_type,
            revision=1,
            created_at=self._work.now,
            created_by=self._work.actor.name,
            updated_at=self._work.now,
        )
        self._fill(row, labels, draft)
        self.workflows.add(row)
        self.emit("workflow.created", row)
        return row

    def change(self, row: WorkflowRow, labels: Labels, draft: Draft, **told: Any) -> None:
        before = row.tags, text_of(row)
        self._fill(row, labels, draft)
        if (row.tags, text_of(row)) != before:
            self.workflows.relist(row)
        self.touch(row)
        self.emit("workflow.updated", row, revision=row.revision, **told)

    def touch(self, row: WorkflowRow) -> None:
        row.revision += 1
        row.updated_at = self._work.now

    def emit(self, type_: str, row: WorkflowRow, **data: Any) -> None:
        self._work.emit(type_, "workflow", row.id, {"workflow": handle_of(row), "name": row.name, **data})

    def _fill(self, row: WorkflowRow, labels: Labels, draft: Draft) -> None:
        row.name, row.description = labels.name, labels.description
        row.tags, row.proposed = labels.tags, labels.proposed
        row.title, row.source = draft.spec.title, draft.source
        row.definition_name = draft.spec.workflow
        row.draft, row.draft_digest = draft.definition, draft.digest
        row.faults = [[fault.path, fault.code, fault.message, fault.node] for fault in draft.faults]
