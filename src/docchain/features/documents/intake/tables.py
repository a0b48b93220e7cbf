"""The ledger of what came in, what workspaces take, where things come from by themselves, and unfinished uploads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.features.documents.tables import hangs_on_document
from docchain.platform.tables import Table, WorkspaceScoped


class IntakeItemRow(WorkspaceScoped, Table):
    """One thing that came; its source and key tell it from all others, so that it is taken once."""

    __tablename__ = "intake_item"
    __table_args__ = (
        UniqueConstraint("workspace_id", "source", "source_key"),
        Index(None, "workspace_id", "received_at", "id"),
        Index(None, "workspace_id", "sha256"),
        Index(None, "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[UUID | None]
    source_key: Mapped[str]
    origin: Mapped[str]
    name: Mapped[str]
    declared_type: Mapped[str | None]
    seen_type: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    received_at: Mapped[datetime]
    received_by: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    document_id: Mapped[UUID | None]
    version_id: Mapped[UUID | None]
    duplicate_of: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]


class IntakeRulesRow(WorkspaceScoped, Table):
    """What a workspace takes, where that differs from the settings."""

    __tablename__ = "intake_rules"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    rules: Mapped[dict[str, Any]]


class IntakeSourceRow(WorkspaceScoped, Table):
    """A place that is looked at, or that calls, and how far it has come."""

    __tablename__ = "intake_source"
    __table_args__ = (UniqueConstraint("workspace_id", "number"), UniqueConstraint("workspace_id", "name"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    enabled: Mapped[bool]
    options: Mapped[dict[str, Any]]
    workflow: Mapped[str | None]
    input: Mapped[str]
    duplicates: Mapped[str]
    revision: Mapped[int]
    state: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class TusUploadRow(WorkspaceScoped, Table):
    """A resumable upload; its bytes are in a file, whose length is how far it has come."""

    __tablename__ = "tus_upload"
    __table_args__ = (Index(None, "workspace_id", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    media_type: Mapped[str | None]
    info: Mapped[str]
    length: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    user_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    item_id: Mapped[UUID | None]


hangs_on_document(IntakeItemRow)
