"""Invitations, quotas, and what is left of workspaces that were deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class InvitationRow(WorkspaceScoped, Table):
    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(index=True)
    email: Mapped[str | None]
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]


class QuotaRow(Table):
    """What a workspace may hold; the row of no workspace says it for all that have none of their own."""

    __tablename__ = "workspace_quota"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    users: Mapped[int | None]
    runs_a_day: Mapped[int | None]


class WorkspaceErasureRow(Table):
    """A workspace that is to be deleted, and all that is left of it afterwards."""

    __tablename__ = "workspace_erasure"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    rows: Mapped[dict[str, Any] | None]
    """How many there were, by table."""
    trouble: Mapped[str | None]
