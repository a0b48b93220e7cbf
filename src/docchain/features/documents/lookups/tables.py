"""Look-up tables, their rows, and the keys that rows are found by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class LookupTableRow(WorkspaceScoped, Table):
    """A table; `versions` are the last loads of it, the newest first."""

    __tablename__ = "lookup_table"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    versions: Mapped[list[Any]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class LookupRowRow(WorkspaceScoped, Table):
    """A row of one load; seen only once the load is a version of its table."""

    __tablename__ = "lookup_row"

    load_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]]


class LookupKeyRow(WorkspaceScoped, Table):
    """What a row is found by in a column: its normal form, or (`~` behind the column's name) the words of it."""

    __tablename__ = "lookup_key"
    __table_args__ = (Index(None, "load_id", "column", "key"),)

    load_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    column: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
