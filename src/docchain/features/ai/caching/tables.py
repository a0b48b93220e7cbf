"""Answers by what was asked; whoever makes one claims its key first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Position
from docchain.platform.tables import Table, WorkspaceScoped


class AiAnswerRow(WorkspaceScoped, Table):
    """`making` until `expires_at` by whoever claimed it, then `ready`; sealed with the workspace's key."""

    __tablename__ = "ai_answer"
    __table_args__ = (Index(None, "workspace_id", "expires_at"), Index(None, "document_id"))

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    maker: Mapped[str]
    key_number: Mapped[int]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Position)
    document_id: Mapped[UUID | None]
    provider: Mapped[str]
    model: Mapped[str]
    hits: Mapped[int] = mapped_column(Position)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
