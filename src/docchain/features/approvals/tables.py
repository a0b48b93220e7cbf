"""Rows of approvals, written by the journal's reader and by those who answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Json, Position
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped


class ApprovalRow(WorkspaceScoped, Table):
    __tablename__ = "approval"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("run_id", "step", "attempt"),
        Index(None, "workspace_id", "status", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    run_id: Mapped[UUID]
    step: Mapped[str]
    attempt: Mapped[int]
    title: Mapped[str]
    message: Mapped[str]
    assignees: Mapped[list[str]]
    escalated: Mapped[bool]
    form: Mapped[dict[str, Any]]
    data: Mapped[Any] = mapped_column(Json, nullable=True)
    document: Mapped[Any] = mapped_column(Json, nullable=True)
    status: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    comment: Mapped[str]
    values: Mapped[dict[str, Any]]
    answered_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class AssigneeRow(WorkspaceScoped, Table):
    """Whom an approval asks, once more, to find one's own by."""

    __tablename__ = "approval_assignee"
    __table_args__ = (Index(None, "workspace_id", "assignee"),)

    approval_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignee: Mapped[str] = mapped_column(primary_key=True)


def _of_run(row: Any, workflows: list[UUID]) -> ColumnElement[bool]:
    run = Table.metadata.tables["run"].alias()
    of_run = select(1).select_from(run).where(run.c.id == row.run_id)
    return of_run.where(run.c.workflow_id.in_(workflows)).exists()


hangs_on(ApprovalRow, "workflow", _of_run)
