"""Tickets that open one socket each, and what other processes know of each other's connections; read by the system."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table


class SocketTicketRow(Table):
    """What is kept is a digest; the row goes when the ticket is used or has expired."""

    __tablename__ = "socket_ticket"

    digest: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    workspace: Mapped[str | None]
    good_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SocketProcessRow(Table):
    """The connections of one process, as it told them last."""

    __tablename__ = "socket_process"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]
    connections: Mapped[list[Any]]
