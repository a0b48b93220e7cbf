"""Documents as users keep them: uploaded, versioned, found, resolved to references, deleted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from docchain.features.documents.domain import ARRIVED, KIND, clean_name, handle_of, media_type_of
from docchain.features.documents.errors import DocumentChanged, DocumentNotFound, NotAReference, VersionNotFound
from docchain.features.documents.filing.changing import Filer
from docchain.features.documents.filing.errors import NotInTrash
from docchain.features.documents.filing.narrowing import facets_asked
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.retention import purge_now
from docchain.features.documents.filing.schemas import DocumentUpdate
from docchain.features.documents.filing.trash import Holds, Trash, release_promise
from docchain.features.documents.presenting import shown, version_of
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import Document, DocumentFilter, DocumentRef, DocumentVersion, Origin
from docchain.features.documents.storage.service import StorageService
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, FacetRow
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

    def register_upload(
        self, stored: Stored, name: str, media_type: str | None = None, origin: Origin = "upload"
    ) -> Document:
        """Make a document of stored bytes; the same bytes again make another document that says so."""
        name = clean_name(name)
        version = self._uploaded(new_id(), 1, stored, name, media_type)
        version.origin = origin
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
            revision=1,
        )
        StorageService(self._work).charge(stored.size, documents=1)
        self._documents.add(row)
        self._documents.add(version)
        arrived = FacetRow(document_id=row.id, facet="status", value=ARRIVED, created_at=row.created_at)
        FilingRepository(self._work).add(arrived)
        self._emit("document.uploaded", row, version)
        return self._shown(row, version)

    def add_version(
        self,
        reference: str,
        stored: Stored,
        name: str = "",
        media_type: str | None = None,
        expected: Expected = ANY,
        parent: int | None = None,
    ) -> Document:
        """Put a new current version on top, made from the one before or from `parent`; all of them stay."""
        row = self._to_change(reference, expected)
        base = row.current_version_id if parent is None else self._numbered(row, parent).id
        version = self._uploaded(row.id, self._next(row), stored, clean_name(name, row.name), media_type)
        version.parent_version_id = base
        return self._put_on_top(row, version, "document.version_uploaded")

    def add_pages(self, reference: str, stored: Stored, media_type: str, expected: Expected = ANY) -> Document:
        """Put a version on top that has the pages of the one before, in another order or turned."""
        row = self._to_change(reference, expected)
        version = self._uploaded(row.id, self._next(row), stored, row.name, media_type)
        version.origin, version.parent_version_id = "pages", row.current_version_id
        return self._put_on_top(row, version, "document.version_uploaded")

    def restore_version(self, reference: str, number: int, expected: Expected = ANY) -> Document:
        """Put a new current version on top that equals an old one, and was made from it."""
        row = self._to_change(reference, expected)
        old = self._numbered(row, number)
        stored = Stored(old.sha256, old.size)
        version = self._uploaded(row.id, self._next(row), stored, old.name, old.media_type)
        version.origin, version.parent_version_id, version.inline = "restore", old.id, old.inline
        return self._put_on_top(row, version, "document.version_restored", restored=number)

    def list(self, wanted: DocumentFilter, request: PageRequest, *, newest_first: bool = True) -> Page[Document]:
        facets = facets_asked(self._work, wanted)
        rows, cursor, total = self._documents.page(wanted, facets, request, newest_first=newest_first)
        versions = self._documents.versions([row.current_version_id for row in rows])
        items = shown(self._work, [(row, versions[row.current_version_id]) for row in rows])
        if total is None:
            return Page[Document](items=items, next_cursor=cursor)
        return Page[Document](items=items, next_cursor=cursor, total=total.number, total_capped=total.capped)

    def read(self, reference: str) -> Document:
        row = self._row(reference)
        return self._shown(row, self._current(row))

    def update(self, reference: str, wanted: DocumentUpdate, expected: Expected = ANY) -> Document:
        """Change what a document is called and filed under."""
        row = self._to_change(reference, expected)
        filer = Filer(self._work, [row])
        filer.change(row, wanted)
        filer.finish()
        return self._shown(row, self._current(row))

    def versions(self, reference: str, request: PageRequest) -> Page[DocumentVersion]:
        rows, cursor, total = self._documents.versions_page(self._row(reference).id, request)
        return Page[DocumentVersion](items=[version_of(row) for row in rows], next_cursor=cursor, total=total)

    def version(self, reference: str, number: int | None = None) -> DocumentVersion:
        """One version of a document, the current one unless a number is given."""
        row = self._row(reference)
        return version_of(self._current(row) if number is None else self._numbered(row, number))

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
        """Put a document into the trash. Its versions stay for the runs and lineages that refer to them.

        Raises:
            DocumentHeld: it is under legal hold.
            DocumentKept: its type is kept for longer.
        """
        row = self._to_change(reference, expected)
        trash = Trash(self._work, [row])
        trash.put(row)
        trash.finish()

    def restore(self, reference: str) -> Document:
        """Take a document out of the trash."""
        row = self._anywhere(reference)
        if row.deleted_at is None:
            raise NotInTrash(f"{handle_of(row.number)} is not in the trash.")
        trash = Trash(self._work, [row])
        trash.take_out(row)
        trash.finish()
        return self._shown(row, self._current(row))

    def purge(self, reference: str) -> None:
        """Remove a document of the trash with all its versions, before its time.

        Raises:
            DocumentHeld: it is under legal hold.
            DocumentKept: its type is kept for longer.
        """
        row = self._anywhere(reference)
        if row.deleted_at is None:
            hint = "Delete it first: DELETE /documents/{document}."
            raise NotInTrash(f"{handle_of(row.number)} is not in the trash.", hint=hint)
        Trash(self._work, [row]).check(row)
        purge_now(self._work, row, f"{self._work.actor.name} purged it")

    def hold(self, reference: str, reason: str) -> Document:
        """Let nothing of a document go, in the trash neither."""
        row = self._anywhere(reference)
        Holds(self._work).place(row, reason)
        return self._shown(row, self._current(row))

    def release(self, reference: str) -> Document:
        row = self._anywhere(reference)
        Holds(self._work).release(row)
        return self._shown(row, self._current(row))

    def release_retention(self, reference: str, reason: str) -> Document:
        """Take back until when types that it was filed under said it is kept."""
        row = self._anywhere(reference)
        release_promise(self._work, row, reason)
        return self._shown(row, self._current(row))

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
        """The row, locked, and in the state that the change was made for."""
        row = self._row(reference, to_change=True)
        expected.check(row.revision, DocumentChanged(handle_of(row.number)))
        return row

    def _row(self, reference: str, *, to_change: bool = False) -> DocumentRow:
        key = parse_reference(reference, KIND)
        row = None if key is None else self._documents.document(key, to_change=to_change)
        if row is None:
            raise DocumentNotFound(f"There is no document {reference[:100]!r}.", hint="List them: GET /documents.")
        return row

    def _anywhere(self, reference: str) -> DocumentRow:
        """Also in the trash; to be changed."""
        key = parse_reference(reference, KIND)
        row = None if key is None else self._documents.in_trash(key, to_change=True)
        return row or self._row(reference, to_change=True)

    def _numbered(self, row: DocumentRow, number: int) -> DocumentVersionRow:
        found = self._documents.version_number(row.id, number)
        if found is None:
            raise VersionNotFound(f"{handle_of(row.number)} has no version {number}.")
        return found

    def _next(self, row: DocumentRow) -> int:
        return self._documents.last_numbers([row.id])[row.id] + 1

    def _put_on_top(self, row: DocumentRow, version: DocumentVersionRow, event: str, **told: int) -> Document:
        row.current_version_id, row.name, row.media_type = version.id, version.name, version.media_type
        row.revision += 1
        StorageService(self._work).charge(version.size)
        self._documents.add(version)
        self._emit(event, row, version, **told)
        return self._shown(row, version)

    def _shown(self, row: DocumentRow, version: DocumentVersionRow) -> Document:
        return shown(self._work, [(row, version)])[0]

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

    def _emit(self, type_: str, row: DocumentRow, version: DocumentVersionRow, **told: int) -> None:
        data: dict[str, Any] = {
            **told,
            "handle": handle_of(row.number),
            "name": row.name,
            "version": version.number,
            "sha256": version.sha256,
            "size": version.size,
        }
        self._work.emit(type_, KIND, row.id, data)
