"""How long the runs of each workflow are kept: what its newest published version says, or else its draft."""

from uuid import UUID

from pydantic import ValidationError

from docchain.engine.definition import RetentionSpec
from docchain.features.workflows.repository import WorkflowRepository
from docchain.platform.work import Work


def retention_of_workflows(work: Work) -> dict[UUID, RetentionSpec]:
    """Of the workflows that say anything; a draft with faults says nothing."""
    found: dict[UUID, RetentionSpec] = {}
    for workflow_id, definition in WorkflowRepository(work.session).definitions_in_force():
        said = definition.get("retention")
        if isinstance(said, dict):
            try:
                found[workflow_id] = RetentionSpec.model_validate(said)
            except ValidationError:
                continue
    return found
