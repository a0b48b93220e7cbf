"""Documents as users keep them: uploaded, versioned, found, resolved to references, deleted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from docchain.features.documents.domain import KIND, clean_name, handle_of, media_type_of
from docchain.features.documents.errors import DocumentChanged, DocumentNotFound, NotAReference, VersionNotFound
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import (
    Document,
    DocumentFilter,
    DocumentRef,
    DocumentVersion,
    MadeBy,
)
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow
from docchain.platform.blobs import Stored
from docchain.platform.handles import next_number
from docchain.platform.ids import new_id, parse_reference
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work


class DocumentService:
    """Works on bytes that are stored already: the row follows the blob."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentRepository(work)

    def register_upload(self, stored: Stored, name: str, media_type: str | None = None) -> Document:
        """Make a document of stored bytes; the same bytes again make another document that says so."""
        name = clean_name(name)
        version = self._uploaded(new_id(), 1, stored, name, media_type)
        row = DocumentRow(
            id=version.document_id,
            number=next_number(self._work, KIND),
            name=name,
            media_type=version.media_type,
            origin=version.origin,
            current_version_id=version.id,
            duplicate_of=self._documents.first_with(stored.sha256),
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        StorageService(self._work).charge(stored.size, documents=1)
        self._documents.add(row)
        self._documents.add(version)
        self._emit("document.uploaded", row, version)
        return _document(row, version)

    def add_version(
        self,
        reference: str,
        stored: Stored,
        name: str = "",
        media_type: str | None = None,
        expected: Expected = ANY,
    ) -> Document:
        """Put a new current version on top; the ones before stay as they are."""
        row = self._to_change(reference, expected)
        number = self._documents.last_numbers([row.id])[row.id] + 1
        version = self._uploaded(row.id, number, stored, clean_name(name, row.name), media_type)
        version.parent_version_id = row.current_version_id
        row.current_version_id, row.name, row.media_type = version.id, version.name, version.media_type
        StorageService(self._work).charge(stored.size)
        self._documents.add(version)
        self._emit("document.version_uploaded", row, version)
        return _document(row, version)

    def list(self, wanted: DocumentFilter, request: PageRequest, *, newest_first: bool = True) -> Page[Document]:
        rows, cursor, total = self._documents.page(wanted, request, newest_first=newest_first)
        versions = self._documents.versions([row.current_version_id for row in rows])
        items = [_document(row, versions[row.current_version_id]) for row in rows]
        return Page[Document](items=items, next_cursor=cursor, total=total)

    def read(self, reference: str) -> Document:
        row = self._row(reference)
        return _document(row, self._current(row))

    def versions(self, reference: str, request: PageRequest) -> Page[DocumentVersion]:
        rows, cursor, total = self._documents.versions_page(self._row(reference).id, request)
        return Page[DocumentVersion](items=[version_of(row) for row in rows], next_cursor=cursor, total=total)

    def version(self, reference: str, number: int | None = None) -> DocumentVersion:
        """One version of a document, the current one unless a number is given."""
        row = self._row(reference)
        found = self._current(row) if number is None else self._documents.version_number(row.id, number)
        if found is None:
            raise VersionNotFound(f"{handle_of(row.number)} has no version {number}.")
        return version_of(found)

    def version_by_id(self, version_id: UUID) -> DocumentVersion:
        """A version of a document that is not deleted."""
        found = self._documents.version(version_id)
        if found is None or self._documents.document(found.document_id) is None:
            raise VersionNotFound(f"There is no version {version_id}.")
        return version_of(found)

    def resolve(self, reference: str | Mapping[str, Any]) -> DocumentRef:
        """What a user names a document by (id, handle, version id, or a whole reference), as a reference."""
        if not isinstance(reference, str):
            return self._known(reference)
        key = parse_reference(reference, KIND)
        version = self._documents.version(key) if isinstance(key, UUID) else None
        if version is None:
            return self.version(reference).reference()
        if self._documents.document(version.document_id) is None:
            raise DocumentNotFound(f"The document of version {reference} was deleted.")
        return version_of(version).reference()

    def delete(self, reference: str, expected: Expected = ANY) -> None:
        """Hide a document. Its versions stay for the runs and lineages that refer to them."""
        row = self._to_change(reference, expected)
        row.deleted_at = self._work.now
        StorageService(self._work).count(0, documents=-1)
        self._work.emit("document.deleted", KIND, row.id, {"handle": handle_of(row.number), "name": row.name})

    def _known(self, reference: Mapping[str, Any]) -> DocumentRef:
        try:
            given = DocumentRef.model_validate(reference)
        except ValidationError:
            raise NotAReference("Name a document by its id, its handle such as document_7, or a version id.") from None
        found = self.resolve(str(given.version_id))
        if found != given:
            raise NotAReference(f"The reference to version {given.version_id} does not match the stored version.")
        return found

    def _to_change(self, reference: str, expected: Expected) -> DocumentRow:
        """The row, locked, and in the state that the change was made for: its state is its newest version."""
        row = self._row(reference, to_change=True)
        if expected.tags is not None:
            expected.check(self._current(row).number, DocumentChanged(handle_of(row.number)))
        return row

    def _row(self, reference: str, *, to_change: bool = False) -> DocumentRow:
        key = parse_reference(reference, KIND)
        row = None if key is None else self._documents.document(key, to_change=to_change)
        if row is None:
            raise DocumentNotFound(f"There is no document {reference[:100]!r}.", hint="List them: GET /documents.")
        return row

    def _current(self, row: DocumentRow) -> DocumentVersionRow:
        return self._documents.versions([row.current_version_id])[row.current_version_id]

    def _uploaded(
        self, document_id: UUID, number: int, stored: Stored, name: str, media_type: str | None
    ) -> DocumentVersionRow:
        return DocumentVersionRow(
            id=new_id(),
            document_id=document_id,
            number=number,
            sha256=stored.sha256,
            size=stored.size,
            media_type=media_type_of(media_type, name),
            name=name,
            created_at=self._work.now,
            created_by=self._work.actor.name,
            origin="upload",
        )

    def _emit(self, type_: str, row: DocumentRow, version: DocumentVersionRow) -> None:
        data = {
            "handle": handle_of(row.number),
            "name": row.name,
            "version": version.number,
            "sha256": version.sha256,
            "size": version.size,
        }
        self._work.emit(type_, KIND, row.id, data)


def version_of(row: DocumentVersionRow) -> DocumentVersion:
    return DocumentVersion.model_validate({**_columns(row), "made_by": _maker(row)})


def _columns(row: DocumentVersionRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in DocumentVersion.model_fields if name != "made_by"}


def _maker(row: DocumentVersionRow) -> MadeBy | None:
    if row.run_id is None:
        return None
    return MadeBy.model_validate({name: getattr(row, name) for name in MadeBy.model_fields})


def _document(row: DocumentRow, version: DocumentVersionRow) -> Document:
    columns = {name: getattr(row, name) for name in Document.model_fields if name not in ("handle", "current")}
    return Document.model_validate({**columns, "handle": handle_of(row.number), "current": version_of(version)})
