"""What the runs ask of workflows when a run is made again: another version, checked inputs."""

from typing import Any
from uuid import UUID

from docchain.engine.definition import WorkflowSpec
from docchain.features.runs import Version
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.repository import WorkflowRepository
from docchain.platform.work import Work


class WorkflowDefinitions:
    """Handed down to the runs, which know no workflows."""

    def known(self, work: Work, reference: str) -> bool:
        """Whether there is such a workflow, by id, handle or number."""
        return WorkflowRepository(work.session).find(reference) is not None

    def version(self, work: Work, workflow_id: UUID, wanted: Version) -> tuple[WorkflowSpec, int | None]:
        """The definition, and its number if it is published."""
        workflows = ExecutionService(work)
        return workflows.definition(workflows.find(str(workflow_id)), wanted)

    def inputs(self, work: Work, spec: WorkflowSpec, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Complete inputs with whole references, and warnings."""
        return ExecutionService(work).complete(spec, given)
