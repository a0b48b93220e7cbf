"""A run that was ordered just now: plain values, for a mapped row takes as long to make as all else about it."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from docchain.features.runs.domain import QUEUED
from docchain.features.runs.orders import SYSTEM, RunOrder
from docchain.platform.work import Work


class QueuedRun(SimpleNamespace):
    """Its values are those of the columns to be written; what has not come about is None."""

    output = started_at = ended_at = parent_id = parent_step = purged_at = None

    if TYPE_CHECKING:  # the rest is looked up by whoever shows a row of whatever kind

        def __getattr__(self, name: str) -> Any: ...


def queued(work: Work, order: RunOrder, run_id: UUID, number: int) -> QueuedRun:
    source = order.source
    return QueuedRun(
        id=run_id,
        workspace_id=work.workspace_id,
        number=number,
        workflow_id=order.workflow_id,
        workflow_number=order.workflow_number,
        workflow_version=order.workflow_version,
        label=order.spec.workflow,
        origin=order.origin,
        definition=order.definition.digest,
        status=QUEUED,
        waits={},
        in_doubt=False,
        actor=work.actor.name,
        inputs=order.inputs,
        warnings=list(order.warnings),
        failure="",
        message="",
        failed_step="",
        created_at=work.now,
        mode=order.mode,
        priority=order.spec.priority if order.priority is None else order.priority,
        start_at=order.not_before(work.now),
        source_id=source.run_id if source else None,
        source_how=source.how if source else None,
        listed=order.origin != SYSTEM,
    )
