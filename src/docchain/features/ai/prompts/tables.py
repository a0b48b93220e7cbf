"""Rows of prompts: their versions never change, labels and the rest may."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class AiPromptRow(WorkspaceScoped, Table):
    """A prompt; `versions` is the number of the newest, `tags` a text with one on each line, breaks at both ends."""

    __tablename__ = "ai_prompt"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "name"),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    description: Mapped[str]
    tags: Mapped[str]
    versions: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class AiPromptVersionRow(WorkspaceScoped, Table):
    """A version: never changed."""

    __tablename__ = "ai_prompt_version"
    __table_args__ = (UniqueConstraint("prompt_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    prompt_id: Mapped[UUID]
    number: Mapped[int]
    text: Mapped[str]
    system: Mapped[str]
    variables: Mapped[dict[str, Any]]
    output_schema: Mapped[dict[str, Any] | None]
    provider: Mapped[str]
    model: Mapped[str]
    temperature: Mapped[float | None]
    max_tokens: Mapped[int | None]
    digest: Mapped[str]
    notes: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class AiPromptLabelRow(WorkspaceScoped, Table):
    """A word that stands for one of a prompt's versions, such as `production`."""

    __tablename__ = "ai_prompt_label"

    prompt_id: Mapped[UUID] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
