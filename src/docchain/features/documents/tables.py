"""Documents, their immutable versions, and which versions each was made from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.tables import Table, WorkspaceScoped


class DocumentRow(WorkspaceScoped, Table):
    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index(None, "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    origin: Mapped[str]
    current_version_id: Mapped[UUID]
    duplicate_of: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    deleted_at: Mapped[datetime | None]


class DocumentVersionRow(WorkspaceScoped, Table):
    __tablename__ = "document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        Index(None, "workspace_id", "sha256"),
        Index(None, "run_id", "step"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    parent_version_id: Mapped[UUID | None]
    origin: Mapped[str]
    inline: Mapped[bool] = mapped_column(default=False)
    run_id: Mapped[UUID | None]
    step: Mapped[str | None]
    attempt: Mapped[int | None]
    step_kind: Mapped[str | None]
    step_kind_version: Mapped[int | None]


class VersionInputRow(WorkspaceScoped, Table):
    """An edge of the lineage. The input may be known to the journal before it is known here."""

    __tablename__ = "version_input"
    __table_args__ = (Index(None, "input_version_id"),)

    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    input_version_id: Mapped[UUID] = mapped_column(primary_key=True)


class StorageUsageRow(WorkspaceScoped, Table):
    """What a workspace's versions take, counted in the transactions that change it, and what the workspace chose."""

    __tablename__ = "storage_usage"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    documents: Mapped[int] = mapped_column(BigInteger, default=0)
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
    quota_documents: Mapped[int | None] = mapped_column(BigInteger)
    compression: Mapped[str | None]


class StorageDefaultRow(Table):
    """The quota of workspaces that have none of their own, as the settings of the last start said; one row."""

    __tablename__ = "storage_default"

    id: Mapped[int] = mapped_column(primary_key=True)
    quota_bytes: Mapped[int] = mapped_column(BigInteger)
    quota_documents: Mapped[int] = mapped_column(BigInteger)


class StorageMoveRow(Table):
    """A move of everything from one store to another, and how far it has come."""

    __tablename__ = "storage_move"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    target: Mapped[str]
    status: Mapped[str]
    place: Mapped[str]
    objects: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    total_objects: Mapped[int] = mapped_column(BigInteger)
    total_bytes: Mapped[int] = mapped_column(BigInteger)
    problems: Mapped[list[str]]
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
