"""What the search index wants to know of documents, in bulk: those that are there, and where their text is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, VersionInputRow
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class SearchableDocument:
    """A document that is not itself the text of another; `parsed`: the content that has the text of its version."""

    id: UUID
    number: int
    name: str
    media_type: str
    origin: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    version: int
    sha256: str
    size: int
    parsed: str | None


def searchable_documents(work: Work, ids: Collection[UUID]) -> list[SearchableDocument]:
    """Those of these documents that are there and not deleted."""
    rows = work.session.execute(
        select(DocumentRow, DocumentVersionRow)
        .join(DocumentVersionRow, DocumentVersionRow.id == DocumentRow.current_version_id)
        .where(DocumentRow.id.in_(ids), DocumentRow.deleted_at.is_(None), DocumentRow.media_type != MEDIA_TYPE)
    ).all()
    texts = _parsed_texts(work, [version.id for _, version in rows])
    return [
        SearchableDocument(
            id=row.id,
            number=row.number,
            name=row.name,
            media_type=row.media_type,
            origin=row.origin,
            created_at=row.created_at,
            created_by=row.created_by,
            changed_at=version.created_at,
            version=version.number,
            sha256=version.sha256,
            size=version.size,
            parsed=texts.get(version.id),
        )
        for row, version in rows
    ]


def searchable_among(work: Work, ids: Collection[UUID]) -> set[UUID]:
    """Which of these documents are there and not deleted."""
    there = select(DocumentRow.id).where(
        DocumentRow.id.in_(ids), DocumentRow.deleted_at.is_(None), DocumentRow.media_type != MEDIA_TYPE
    )
    return set(work.session.scalars(there))


def searchable_ids(work: Work, after: UUID | None, limit: int) -> list[UUID]:
    """A page of the documents that are there, by id."""
    wanted = select(DocumentRow.id).where(DocumentRow.deleted_at.is_(None), DocumentRow.media_type != MEDIA_TYPE)
    if after is not None:
        wanted = wanted.where(DocumentRow.id > after)
    return list(work.session.scalars(wanted.order_by(DocumentRow.id).limit(limit)))


def documents_read(work: Work, ids: Collection[UUID]) -> set[UUID]:
    """The documents whose text these are, for those that are the text of another."""
    found = work.session.scalars(
        select(VersionInputRow.input_version_id)
        .join(DocumentVersionRow, DocumentVersionRow.id == VersionInputRow.version_id)
        .where(DocumentVersionRow.document_id.in_(ids), DocumentVersionRow.media_type == MEDIA_TYPE)
    )
    versions = list(found)
    owners = select(DocumentVersionRow.document_id).where(DocumentVersionRow.id.in_(versions))
    return set(work.session.scalars(owners)) if versions else set()


def _parsed_texts(work: Work, version_ids: Collection[UUID]) -> dict[UUID, str]:
    """The newest parsed document of each version, by its SHA-256."""
    rows = work.session.execute(
        select(VersionInputRow.input_version_id, DocumentVersionRow.sha256)
        .join(DocumentVersionRow, DocumentVersionRow.id == VersionInputRow.version_id)
        .where(VersionInputRow.input_version_id.in_(version_ids), DocumentVersionRow.media_type == MEDIA_TYPE)
        .order_by(DocumentVersionRow.created_at)
    )
    return {version_id: sha256 for version_id, sha256 in rows}  # noqa: C416 - dict() loses the types
