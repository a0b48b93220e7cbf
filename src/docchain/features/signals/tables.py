"""Rows of waits for events, written by the journal's reader and taken by events."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class EventWaitRow(WorkspaceScoped, Table):
    """A step that waits for an event; `topic` is what for."""

    __tablename__ = "event_wait"
    __table_args__ = (Index(None, "topic"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
