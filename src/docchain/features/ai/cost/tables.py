"""The ledger of calls, and budgets; money is in billionths of a US dollar, so that sums are exact everywhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.partial_index import PartialIndex
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped


class AiCallRow(WorkspaceScoped, Table):
    """One request to a model: `sending` before a byte leaves, then `confirmed`, `failed` or `unknown`.

    `cached` rows are answers that were known. There is neither a prompt nor an answer in it.
    """

    __tablename__ = "ai_call"
    __table_args__ = (
        Index(None, "workspace_id", "began_at", "id"),
        Index(None, "run_id"),
        Index(None, "document_id"),
        Index(None, "workspace_id", "provider", "model", "began_at"),
        PartialIndex("ix_ai_call_sending", "began_at", where="state = 'sending'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID | None]
    step: Mapped[str]
    attempt: Mapped[int]
    document_id: Mapped[UUID | None]
    workflow_id: Mapped[UUID | None]
    provider: Mapped[str]
    model: Mapped[str]
    task: Mapped[str]
    prompt: Mapped[str | None]
    prompt_version: Mapped[int | None]
    key: Mapped[str]
    state: Mapped[str]
    failure: Mapped[str | None]
    reserved: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    tokens_in: Mapped[int] = mapped_column(Position)
    tokens_out: Mapped[int] = mapped_column(Position)
    tokens_cached: Mapped[int] = mapped_column(Position)
    tokens_reasoning: Mapped[int] = mapped_column(Position)
    estimated: Mapped[bool]
    redacted: Mapped[int]
    took_ms: Mapped[int]
    maker: Mapped[str]
    budgets: Mapped[list[Any]]
    began_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class AiBudgetRow(WorkspaceScoped, Table):
    """What may be spent in a period; `hard` is never passed, from `soft` on `on_soft` happens."""

    __tablename__ = "ai_budget"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "scope", "scope_id", "period"),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    scope: Mapped[str]
    scope_id: Mapped[str]
    period: Mapped[str]
    soft: Mapped[int | None] = mapped_column(BigInteger)
    hard: Mapped[int | None] = mapped_column(BigInteger)
    on_soft: Mapped[str]
    cheaper_model: Mapped[str]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class AiBudgetUseRow(WorkspaceScoped, Table):
    """What a budget took in one of its periods: reserved by calls under way, spent, and of unknown outcome."""

    __tablename__ = "ai_budget_use"

    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    reserved: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger)
    unknown: Mapped[int] = mapped_column(BigInteger)
    warned: Mapped[bool]


hangs_on(
    AiCallRow, "workflow", lambda row, workflows: and_(row.workflow_id.is_not(None), row.workflow_id.in_(workflows))
)
