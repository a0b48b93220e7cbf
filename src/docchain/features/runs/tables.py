"""Rows of runs: the list that the journal's reader keeps, the commands doors append, definitions and start keys."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, and_, true
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Json, Position
from docchain.platform.partial_index import PartialIndex
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped

OF_STARTS: Final = "kind = 'start'"
OF_ORDERS: Final = "kind <> 'start'"
"""Word for word in every question, or SQLite does not see that the index fits."""
_DOUBT: Final = ("workspace_id", "in_doubt", "number")
_WORKFLOW_LANE: Final = ("workspace_id", "workflow_number", "listed", "origin", "status", "number")


def _where(name: str | None, condition: str, *columns: str, postgresql: str = "") -> Index:
    """An index of the few rows that a condition picks out; the others cost it nothing."""
    return PartialIndex(name, *columns, where=condition, postgresql=postgresql)


class RunRow(WorkspaceScoped, Table):
    """One run as lists show it; what its steps did is in the engine's journal."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_run_lane", "workspace_id", "listed", "origin", "status", "number"),
        _where("ix_run_workflow_lane", "workflow_number IS NOT NULL", *_WORKFLOW_LANE),
        _where("ix_run_parent", "parent_id IS NOT NULL", "workspace_id", "parent_id", "number"),
        _where("ix_run_source", "source_id IS NOT NULL", "workspace_id", "source_id", "number"),
        _where("ix_run_mode", "mode <> 'normal'", "workspace_id", "mode", "number"),
        _where("ix_run_in_doubt", "in_doubt IS 1", *_DOUBT, postgresql="in_doubt IS true"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    workflow_id: Mapped[UUID | None]
    workflow_number: Mapped[int | None] = mapped_column(Position)
    workflow_version: Mapped[int | None]
    label: Mapped[str]
    origin: Mapped[str]
    definition: Mapped[str]
    status: Mapped[str]
    waits: Mapped[dict[str, Any]]
    in_doubt: Mapped[bool]
    actor: Mapped[str]
    inputs: Mapped[dict[str, Any]]
    warnings: Mapped[list[str]]
    output: Mapped[Any] = mapped_column(Json, nullable=True)
    failure: Mapped[str]
    message: Mapped[str]
    failed_step: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    mode: Mapped[str] = mapped_column(default="normal", server_default="normal")
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    start_at: Mapped[datetime | None]
    parent_id: Mapped[UUID | None]
    parent_step: Mapped[str | None]
    source_id: Mapped[UUID | None]
    source_how: Mapped[str | None]
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    purged_at: Mapped[datetime | None]


hangs_on(RunRow, "workflow", lambda row, workflows: and_(row.workflow_id.is_not(None), row.workflow_id.in_(workflows)))


class RunKeyRow(WorkspaceScoped, Table):
    """A key that names one run at a time: starts that repeat it are the same run, or the later one supersedes."""

    __tablename__ = "run_key"
    __table_args__ = (UniqueConstraint("workspace_id", "scope", "key"), Index(None, "workspace_id", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str]
    key: Mapped[str]
    run_id: Mapped[UUID]
    expires_at: Mapped[datetime]


class CommandRow(WorkspaceScoped, Table):
    """An order to the engine, which reads them by position; those of ended runs are removed."""

    __tablename__ = "run_command"
    __table_args__ = (
        Index(None, "run_id"),
        _where("ix_run_command_starts", OF_STARTS, "workspace_id", "position"),
        _where("ix_run_command_orders", OF_ORDERS, "workspace_id", "position"),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(Position, primary_key=True)
    run_id: Mapped[UUID]
    kind: Mapped[str]
    actor: Mapped[str]
    payload: Mapped[dict[str, Any]]


class DefinitionRow(Table):
    """The canonical JSON of a definition, named by its digest; only rows of a workspace lead here."""

    __tablename__ = "definition"

    digest: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class ErasureRow(WorkspaceScoped, Table):
    """What was purged and is to be erased from runs, too: `runs` are left to do, `done` were done, up to `place`."""

    __tablename__ = "run_erasure"
    __table_args__ = (_where("ix_run_erasure_open", "ended_at IS NULL", "asked_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    names: Mapped[list[str]]
    runs: Mapped[list[str]]
    done: Mapped[list[str]]
    contents: Mapped[list[str]]
    place: Mapped[UUID]


class RetentionSweepRow(Table):
    """One pass of retention over all runs, oldest first; `done` counts by workspace, `place` is the last run."""

    __tablename__ = "retention_sweep"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    place: Mapped[UUID]
    looked_at: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[dict[str, Any]]
