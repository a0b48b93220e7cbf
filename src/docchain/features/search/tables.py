"""Searches that people keep, and rebuilds of the index that were ordered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class SavedSearchRow(WorkspaceScoped, Table):
    """A search with a name; its owner's alone, unless it is shared with the workspace."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), Index(None, "workspace_id", "created_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    name: Mapped[str]
    owner: Mapped[str]
    shared: Mapped[bool]
    query: Mapped[dict[str, Any]]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SearchRebuildRow(WorkspaceScoped, Table):
    """A rebuild of a workspace's index: ordered, under way, and how it ended."""

    __tablename__ = "search_rebuild"
    __table_args__ = (Index(None, "workspace_id", "ordered_at"), Index(None, "status"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    fresh: Mapped[bool]
    done: Mapped[int]
    total: Mapped[int]
    message: Mapped[str]
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str]
    ended_at: Mapped[datetime | None]
