"""Rows of AI workflows: what each has beyond a workflow, templates of a workspace, and the links of chains."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped


class AiWorkflowRow(WorkspaceScoped, Table):
    """What an AI workflow has beside the workflow that it is."""

    __tablename__ = "ai_workflow"

    workflow_id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    input_data: Mapped[dict[str, Any]]


class AiTemplateRow(WorkspaceScoped, Table):
    """A template that a workspace made."""

    __tablename__ = "ai_template"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    workflow_type: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    definition: Mapped[dict[str, Any]]
    samples: Mapped[list[Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class AiChainLinkRow(WorkspaceScoped, Table):
    """A prompt on the document of the link before it, and the run that answers it.

    `input_version_id` is the document of a first link, if it has one; of the others it is their parent's.
    """

    __tablename__ = "ai_chain_link"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), Index(None, "workflow_id", "number"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    workflow_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    input_version_id: Mapped[UUID | None]
    run_id: Mapped[UUID]
    title: Mapped[str]
    prompt: Mapped[str]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


for _table in (AiWorkflowRow, AiChainLinkRow):
    hangs_on(_table, "workflow", lambda row, workflows: row.workflow_id.in_(workflows))
