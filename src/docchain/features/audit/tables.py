"""Sealed batches of the event log, where it is streamed to, and the rules that raise alerts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class AuditBatchRow(WorkspaceScoped, Table):
    """Entries in order, their digests, and a signed checkpoint over them and all batches before; never changed.

    The database refuses changes of these rows, see the migration.
    """

    __tablename__ = "audit_batch"
    __table_args__ = (UniqueConstraint("chain", "number"), Index(None, "chain", "last_position"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None] = mapped_column()  # type: ignore[assignment]  # the installation's has none
    chain: Mapped[UUID]
    """The workspace; all zeros for entries of the installation."""
    number: Mapped[int] = mapped_column(Position)
    first_position: Mapped[int] = mapped_column(Position)
    last_position: Mapped[int] = mapped_column(Position)
    leaves: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[str]
    digest: Mapped[str]
    sealed_at: Mapped[datetime]
    public_key: Mapped[str]
    signature: Mapped[str]


class AuditStreamRow(WorkspaceScoped, Table):
    __tablename__ = "audit_stream"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), Index(None, "workspace_id", "created_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    kind: Mapped[str]
    target: Mapped[str]
    types: Mapped[list[str]]
    position: Mapped[int] = mapped_column(Position)
    """Up to where entries were delivered."""
    delivered: Mapped[int] = mapped_column(Position)
    trouble: Mapped[str]
    troubled_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AuditRuleRow(WorkspaceScoped, Table):
    __tablename__ = "audit_rule"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), Index(None, "workspace_id", "created_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    severity: Mapped[str]
    match: Mapped[dict[str, Any]]
    threshold: Mapped[int]
    window_seconds: Mapped[int]
    since: Mapped[int] = mapped_column(Position)
    """The position behind which entries count."""
    recent: Mapped[list[Any]]
    """Moments and positions of what matched within the window, at most as many as the threshold."""
    created_at: Mapped[datetime]


class AuditAlertRow(WorkspaceScoped, Table):
    __tablename__ = "audit_alert"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), Index(None, "workspace_id", "raised_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    rule_id: Mapped[UUID]
    rule: Mapped[str]
    severity: Mapped[str]
    entries: Mapped[list[Any]]
    raised_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
