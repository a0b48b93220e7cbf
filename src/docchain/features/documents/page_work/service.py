"""Documents that page work made: versions that know which version, and which of its pages, they came of."""

from collections.abc import Sequence
from pathlib import PurePath

from docchain.features.documents.descent import inherit
from docchain.features.documents.domain import KIND
from docchain.features.documents.page_work.schemas import MadePart
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.schemas import Document, DocumentRef
from docchain.features.documents.service import DocumentService
from docchain.features.documents.tables import VersionInputRow
from docchain.platform.blobs import Stored
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work

PDF = "application/pdf"


class PageWorkService:
    """Works on bytes that are stored already."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentService(work)

    def new_version(
        self, reference: str, stored: Stored, source: DocumentRef, pages: str, expected: Expected
    ) -> Document:
        """Put the changed pages on top of the document."""
        made = self._documents.add_pages(reference, stored, PDF, expected)
        self._came_of(made, [source], "document.pages_edited", pages)
        return made

    def parts(self, stored: Sequence[tuple[Stored, str]], source: DocumentRef) -> list[MadePart]:
        """A document for each part."""
        return [self._part(index, part, pages, source) for index, (part, pages) in enumerate(stored, 1)]

    def merged(self, stored: Stored, name: str, sources: Sequence[DocumentRef]) -> Document:
        """One document of many."""
        made = self._documents.register_upload(stored, f"{PurePath(name).stem}.pdf", PDF, "merge")
        self._came_of(made, sources, "document.merged", "")
        return made

    def _part(self, index: int, stored: Stored, pages: str, source: DocumentRef) -> MadePart:
        made = self._documents.register_upload(stored, part_name(source.name, index), PDF, "split")
        self._came_of(made, [source], "document.split_off", pages)
        return MadePart(document=made, pages=pages)

    def _came_of(self, made: Document, sources: Sequence[DocumentRef], event: str, pages: str) -> None:
        ids = dict.fromkeys(source.version_id for source in sources)
        edges = [VersionInputRow(version_id=made.current.id, input_version_id=given) for given in ids]
        DocumentRepository(self._work).add(*edges)
        inherit(self._work, [made.id])
        data = {"handle": made.handle, "version": made.current.number, "sources": [str(given) for given in ids]}
        self._work.emit(event, KIND, made.id, data | ({"pages": pages} if pages else {}))


def part_name(name: str, index: int) -> str:
    return f"{PurePath(name).stem} ({index}).pdf"
