"""Corrections of papers, and the numbers by which those of like papers are found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.features.documents import hangs_on_document
from docchain.platform.columns import Json, Position
from docchain.platform.partial_index import PartialIndex
from docchain.platform.tables import Table, WorkspaceScoped


class AiCorrectionRow(WorkspaceScoped, Table):
    """One paper that a person corrected: `waiting` until it was held against the paper, `kept`, `refused`, `withdrawn`.

    `fields` has of each what was read, what is right, where it stands and the ways to it; never a field's secret.
    """

    __tablename__ = "ai_correction"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("approval_id"),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "schema_key", "created_at"),
        Index(None, "document_id"),
        PartialIndex("ix_ai_correction_waiting", "created_at", where="state = 'waiting'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Position)
    document_id: Mapped[UUID | None]
    document: Mapped[Any] = mapped_column(Json, nullable=True)
    schema_key: Mapped[str]
    asked: Mapped[Any] = mapped_column(Json, nullable=True)
    fields: Mapped[dict[str, Any]]
    refused: Mapped[dict[str, Any]]
    fingerprint: Mapped[dict[str, Any]]
    state: Mapped[str]
    origin: Mapped[str]
    approval_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    step: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]


class AiCorrectionBucketRow(WorkspaceScoped, Table):
    """Papers of one layout nearly always share some of these; only kept corrections have any."""

    __tablename__ = "ai_correction_bucket"
    __table_args__ = (Index(None, "correction_id"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    schema_key: Mapped[str] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    correction_id: Mapped[UUID] = mapped_column(primary_key=True)


hangs_on_document(AiCorrectionRow)
