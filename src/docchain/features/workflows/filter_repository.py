"""Which workflows a list is about, asked so that its cost does not grow with those that it is not about."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from docchain.features.workflows.schemas import WorkflowFilter
from docchain.features.workflows.tables import WorkflowRow, WorkflowTagRow, WorkflowTextRow

FEW: Final = 1_000
"""Up to so many are looked up and sorted; where more match, a walk in the order of the list soon finds a page."""


def filtered(session: Session, wanted: WorkflowFilter) -> Select[Any]:
    statement = select(WorkflowRow).where(is_deleted(wanted.deleted))
    if wanted.ai:
        statement = statement.where(WorkflowRow.number < 0)
    if words := (wanted.text or "").split():
        statement = _worded(session, statement, words)
    for column, (after, before) in ((WorkflowRow.created_at, wanted.created), (WorkflowRow.updated_at, wanted.updated)):
        if after is not None:
            statement = statement.where(column >= after)
        if before is not None:
            statement = statement.where(column < before)
    for tag in wanted.tags:
        statement = _tagged(session, statement, tag)
    owners = () if wanted.owner is None else (wanted.owner,)
    for name, values in (
        (WorkflowRow.status, wanted.statuses),
        (WorkflowRow.workflow_type, wanted.types),
        (WorkflowRow.created_by, owners),
    ):
        statement = _valued(session, statement, name, values) if values else statement
    return statement


def is_deleted(deleted: bool) -> Any:
    return WorkflowRow.deleted_at.is_not(None) if deleted else WorkflowRow.deleted_at.is_(None)


def _worded(session: Session, statement: Select[Any], words: Sequence[str]) -> Select[Any]:
    said = [WorkflowTextRow.text.contains(word.lower(), autoescape=True) for word in words]
    few = _few(session, select(WorkflowTextRow.workflow_id).where(*said))
    if few is not None:
        return statement.where(WorkflowRow.id.in_(few))
    return statement.where(exists().where(WorkflowTextRow.workflow_id == WorkflowRow.id, *said))


def _tagged(session: Session, statement: Select[Any], tag: str) -> Select[Any]:
    few = _few(session, select(WorkflowTagRow.workflow_id).where(WorkflowTagRow.tag == tag))
    if few is not None:
        return statement.where(WorkflowRow.id.in_(few))
    return statement.where(exists().where(WorkflowTagRow.workflow_id == WorkflowRow.id, WorkflowTagRow.tag == tag))


def _valued(
    session: Session, statement: Select[Any], column: InstrumentedAttribute[str], values: Sequence[str]
) -> Select[Any]:
    few = _few(session, select(WorkflowRow.id).where(column.in_(values)))
    if few is not None:
        return statement.where(WorkflowRow.id.in_(few))
    return statement.where((column + "").in_(values))  # so that no index of the column is walked and all of it sorted


def _few(session: Session, found: Select[Any]) -> Sequence[Any] | None:
    """All that are found, unless they are many."""
    ids = session.scalars(found.limit(FEW + 1)).all()
    return ids if len(ids) <= FEW else None
