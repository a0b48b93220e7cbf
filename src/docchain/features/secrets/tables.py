"""Secrets of workspaces, sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class SecretRow(WorkspaceScoped, Table):
    """`sealed` is readable with the workspace's key of this number."""

    __tablename__ = "secret"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "name"),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    description: Mapped[str]
    kind: Mapped[str]
    hosts: Mapped[list[Any]]
    sealed: Mapped[bytes]
    key_number: Mapped[int]
    fingerprint: Mapped[str]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    used_at: Mapped[datetime | None]
    uses: Mapped[int] = mapped_column(Position)
