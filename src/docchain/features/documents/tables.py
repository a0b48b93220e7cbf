"""Documents, their immutable versions, what these were made from, and what documents are filed under."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from docchain.platform.columns import Json
from docchain.platform.partial_index import PartialIndex
from docchain.platform.reach import hangs_on
from docchain.platform.tables import Table, WorkspaceScoped


class DocumentRow(WorkspaceScoped, Table):
    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index(None, "workspace_id", "created_at", "id"),
        Index(None, "workspace_id", "origin", "created_at", "id"),
        PartialIndex("ix_document_trash", "workspace_id", "deleted_at", "id", where="deleted_at IS NOT NULL"),
        PartialIndex("ix_document_trash_list", "workspace_id", "created_at", "id", where="deleted_at IS NOT NULL"),
        PartialIndex("ix_document_held", "workspace_id", "created_at", "id", where="held_at IS NOT NULL"),
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
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    fields: Mapped[dict[str, Any] | None] = mapped_column(Json)
    held_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    hold_reason: Mapped[str | None]
    keep_until: Mapped[datetime | None]
    """What types it was filed under promised; only ever extended."""


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


class FilingRow(WorkspaceScoped, Table):
    """Something that documents are filed under: a type, a correspondent or a collection."""

    __tablename__ = "filing"
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    key: Mapped[str]
    parent_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class FacetRow(WorkspaceScoped, Table):
    """What a document is filed under, one row for each, in the order of lists: a page is a range of the index."""

    __tablename__ = "document_facet"
    __table_args__ = (Index(None, "workspace_id", "facet", "value", "created_at", "document_id"),)

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    facet: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class VersionFieldsRow(WorkspaceScoped, Table):
    """The values that a step read out of a parsed version, with their places."""

    __tablename__ = "version_fields"
    __table_args__ = (Index(None, "version_id"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[UUID]
    fields: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class FingerprintRow(WorkspaceScoped, Table):
    """How the text of a document reads: what near duplicates are found by; `signature` is empty until it is taken."""

    __tablename__ = "document_fingerprint"
    __table_args__ = (PartialIndex("ix_document_fingerprint_pending", "queued_at", where="signature IS NULL"),)

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID]
    parsed: Mapped[str]
    queued_at: Mapped[datetime]
    signature: Mapped[str | None]


class BandRow(WorkspaceScoped, Table):
    """A part of a fingerprint; documents that share one may be near duplicates."""

    __tablename__ = "document_band"
    __table_args__ = (Index(None, "workspace_id", "band"),)

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    band: Mapped[int] = mapped_column(BigInteger, primary_key=True)


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


FROM: Final = "from"
"""The facet of a product: a type or collection of what it was made from."""
_FILED: Final = ("within", "type")
HOLDING: Final = (*_FILED, FROM)


def filed_under(document_id: Any, things: list[UUID]) -> ColumnElement[bool]:
    """Whether a document is filed under one of these collections or types."""
    return _has(document_id, _FILED, things)


def held_by(document_id: Any, things: list[UUID]) -> ColumnElement[bool]:
    """Whether it is, or was made from what is."""
    return _has(document_id, HOLDING, things)


def _has(document_id: Any, facets: tuple[str, ...], things: list[UUID]) -> ColumnElement[bool]:
    facet = FacetRow.__table__.alias()
    where = (facet.c.document_id == document_id, facet.c.facet.in_(facets))
    return select(1).select_from(facet).where(*where, facet.c.value.in_([str(thing) for thing in things])).exists()


def _of_document(row: Any, things: list[UUID]) -> ColumnElement[bool]:
    return filed_under(row.document_id, things)


def _held_document(row: Any, things: list[UUID]) -> ColumnElement[bool]:
    return held_by(row.document_id, things)


hangs_on(
    DocumentRow,
    "document",
    lambda row, things: filed_under(row.id, things),
    held=lambda row, things: held_by(row.id, things),
    root=True,
)


def hangs_on_document(table: type) -> None:
    """Let who sees a document see the rows of a table that name it in `document_id`; a row may name none."""
    hangs_on(table, "document", _of_document, held=_held_document)


for _table in (DocumentVersionRow, FacetRow, FingerprintRow, BandRow):
    hangs_on_document(_table)
hangs_on(FilingRow, "document", lambda row, things: row.id.in_(things), root=True)


def _of_version(version_id: Any, filed: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    version = DocumentVersionRow.__table__.alias()
    found = select(1).select_from(version).where(version.c.id == version_id)
    return found.where(filed(version.c.document_id)).exists()


hangs_on(
    VersionFieldsRow,
    "document",
    lambda row, things: _of_version(row.version_id, lambda document: filed_under(document, things)),
    held=lambda row, things: _of_version(row.version_id, lambda document: held_by(document, things)),
)
