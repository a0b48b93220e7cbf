"""Statements on workflows as search sees them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.work import Work


def searchable_workflows(work: Work, ids: Collection[UUID]) -> list[WorkflowRow]:
    """Those of these that are not deleted."""
    return list(
        work.session.scalars(select(WorkflowRow).where(WorkflowRow.id.in_(ids), WorkflowRow.deleted_at.is_(None)))
    )


def present_workflows(work: Work, ids: Collection[UUID]) -> set[UUID]:
    wanted = select(WorkflowRow.id).where(WorkflowRow.id.in_(ids), WorkflowRow.deleted_at.is_(None))
    return set(work.session.scalars(wanted))


def searchable_workflow_ids(work: Work, after: UUID | None, limit: int) -> list[UUID]:
    """A page of those that are not deleted, by id."""
    wanted = select(WorkflowRow.id).where(WorkflowRow.deleted_at.is_(None))
    if after is not None:
        wanted = wanted.where(WorkflowRow.id > after)
    return list(work.session.scalars(wanted.order_by(WorkflowRow.id).limit(limit)))
