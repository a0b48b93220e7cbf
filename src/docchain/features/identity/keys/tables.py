"""Rows of API keys: what a key may, until when, and digests of its secrets; never a secret."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class ApiKeyRow(WorkspaceScoped, Table):
    """A key; for a while after it was rotated, its former secret works, too."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "workspace_id", "created_at", "id"), Index(None, "user_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    created_by: Mapped[str]
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    former_digest: Mapped[str | None]
    former_until: Mapped[datetime | None]
    permissions: Mapped[list[str]]
    things: Mapped[list[str]]
    networks: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_address: Mapped[str]
