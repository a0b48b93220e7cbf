"""Rows of evaluation sets, their examples, and what was scored on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.features.documents import hangs_on_document
from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class AiEvaluationRow(WorkspaceScoped, Table):
    """A set; `gates` has the id of each prompt that it guards on a line, breaks at both ends."""

    __tablename__ = "ai_evaluation"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "name"),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    description: Mapped[str]
    task: Mapped[str]
    metric: Mapped[str]
    minimum: Mapped[float]
    tolerance: Mapped[float]
    gates: Mapped[str]
    last: Mapped[int]
    """The number of the newest example."""
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class AiExampleRow(WorkspaceScoped, Table):
    """What is asked, and the right answer; it goes with the document that it is about."""

    __tablename__ = "ai_example"
    __table_args__ = (UniqueConstraint("evaluation_id", "number"), Index(None, "document_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    evaluation_id: Mapped[UUID]
    number: Mapped[int]
    input: Mapped[dict[str, Any]]
    expected: Mapped[dict[str, Any]]
    """Under `value`, for it may be a plain text."""
    source: Mapped[str]
    document_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


hangs_on_document(AiExampleRow)


class AiEvaluationRunRow(WorkspaceScoped, Table):
    """What a prompt's version, or a provider, scored; one result an example, by its id; money in billionths."""

    __tablename__ = "ai_evaluation_run"
    __table_args__ = (Index(None, "evaluation_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    evaluation_id: Mapped[UUID]
    prompt_id: Mapped[UUID | None]
    prompt: Mapped[str]
    version: Mapped[int | None]
    digest: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    score: Mapped[float]
    results: Mapped[dict[str, Any]]
    tokens_in: Mapped[int] = mapped_column(Position)
    tokens_out: Mapped[int] = mapped_column(Position)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    calls: Mapped[int]
    took_ms: Mapped[int] = mapped_column(Position)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
