"""Documents as rows: what they are filed under, their own fields, and what was last read from them."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from docchain.features.documents.data_out.flattening import HEAD, Lines, Row, rows_of, values_in
from docchain.features.documents.data_out.locales import Cell
from docchain.features.documents.data_out.repository import ReadingRepository
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.schemas import Document, DocumentFilter
from docchain.features.documents.service import DocumentService
from docchain.platform.pagination import PageRequest
from docchain.platform.veil import Veil
from docchain.platform.work import Work

BATCH: Final = 200


class ExportService:
    """One batch a transaction, so that no transaction is long."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._documents = DocumentService(work)

    def page(self, wanted: DocumentFilter, cursor: str | None, lines: Lines) -> tuple[list[Row], int, str | None]:
        """Rows of the next documents of a filter, oldest first; how many documents, and where to go on."""
        request = PageRequest(BATCH, cursor, of=wanted.model_dump_json())
        found = self._documents.list(wanted, request, newest_first=False)
        return self._rows(found.items, lines), len(found.items), found.next_cursor

    def named(self, references: Sequence[str], lines: Lines) -> list[Row]:
        """Rows of these documents, in this order."""
        return self._rows([self._documents.read(reference) for reference in references], lines)

    def declared(self) -> set[str]:
        """Columns that documents may have though none of these does: what rows begin with, lines, fields of types."""
        fields = [field for row in FilingRepository(self._work).types() for field in row.data["fields"]]
        money = {f"{field['name']}.currency" for field in fields if field["kind"] == "money"}
        return {*HEAD, "line", *(field["name"] for field in fields), *money}

    def exported(self, documents: int, rows: int, format_: str) -> None:
        """Data leaves: that is an event."""
        self._work.emit("document.exported", "export", None, {"documents": documents, "rows": rows, "format": format_})

    def _rows(self, documents: Sequence[Document], lines: Lines) -> list[Row]:
        read = ReadingRepository(self._work).fields_of([document.current.id for document in documents])
        veil = Veil(self._work.actor.hidden)
        told = ((one, values_in(read.get(one.current.id, {})) | one.fields) for one in documents)
        return [row for one, fields in told for row in rows_of(_head(one), veil.over_fields(fields), lines)]


def _head(document: Document) -> dict[str, Cell]:
    return {
        "document": document.handle,
        "name": document.name,
        "type": document.type.name if document.type else None,
        "correspondent": document.correspondent.name if document.correspondent else None,
        "status": document.status,
        "tags": ", ".join(document.tags),
        "created_at": document.created_at.astimezone(UTC).replace(microsecond=0),
    }
