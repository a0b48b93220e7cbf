"""Rows of workflows: the draft that is edited, the versions that never change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped


class WorkflowRow(WorkspaceScoped, Table):
    """A workflow with its draft; `revision` counts its changes; `definition_name` is what the draft calls itself.

    The numbers of AI workflows are below zero, so that `workflow_1` (1) and `ai_workflow_1` (-1) are two.

    `faults` are those of the draft: rows of path, code, message and step.
    """

    __tablename__ = "workflow"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index(None, "workspace_id", "created_at"),
        Index(None, "workspace_id", "updated_at"),
        Index(None, "workspace_id", "name"),
        Index(None, "workspace_id", "definition_name"),
        Index(None, "status", "workspace_id"),
        Index(None, "workflow_type", "workspace_id"),
        Index(None, "created_by", "workspace_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    definition_name: Mapped[str] = mapped_column(server_default="")
    title: Mapped[str]
    description: Mapped[str]
    tags: Mapped[list[str]]
    proposed: Mapped[list[str]]
    status: Mapped[str]
    workflow_type: Mapped[str] = mapped_column(server_default="workflow")
    draft: Mapped[dict[str, Any]]
    draft_digest: Mapped[str]
    faults: Mapped[list[Any]] = mapped_column(server_default="[]")
    source: Mapped[str | None]
    published_version: Mapped[int | None]
    published_digest: Mapped[str | None]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class WorkflowTagRow(WorkspaceScoped, Table):
    """A tag of a workflow, once more, to find it by."""

    __tablename__ = "workflow_tag"
    __table_args__ = (Index(None, "tag", "workspace_id"),)

    workflow_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class WorkflowTextRow(WorkspaceScoped, Table):
    """What a workflow is found by, once more, in small letters: read in full, it is a fiftieth of the workflows."""

    __tablename__ = "workflow_text"
    __table_args__ = ({"sqlite_with_rowid": False},)  # a workspace's texts lie together

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    workflow_id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str]


class WorkflowVersionRow(WorkspaceScoped, Table):
    """A published version: immutable, but for its note and its labels, whose changes `revision` counts."""

    __tablename__ = "workflow_version"
    __table_args__ = (UniqueConstraint("workflow_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workflow_id: Mapped[UUID]
    number: Mapped[int]
    digest: Mapped[str]
    definition: Mapped[dict[str, Any]]
    source: Mapped[str | None]
    note: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")


class WorkflowLabelRow(WorkspaceScoped, Table):
    """A word that stands for one of a workflow's versions, such as `production`."""

    __tablename__ = "workflow_label"

    workflow_id: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


hangs_on(WorkflowRow, "workflow", lambda row, workflows: row.id.in_(workflows), root=True)
for _table in (WorkflowTagRow, WorkflowTextRow, WorkflowVersionRow, WorkflowLabelRow):
    hangs_on(_table, "workflow", lambda row, workflows: row.workflow_id.in_(workflows))
