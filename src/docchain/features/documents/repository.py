"""Questions about stored documents; the unit of work keeps each within its workspace."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from docchain.features.documents.schemas import DocumentFilter
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, VersionInputRow
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.work import Work


class DocumentRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, *rows: DocumentRow | DocumentVersionRow | VersionInputRow) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def document(self, key: UUID | int, *, to_change: bool = False) -> DocumentRow | None:
        """By id or by the number of its handle; deleted ones are gone. Who is to change it has it alone."""
        found = DocumentRow.id == key if isinstance(key, UUID) else DocumentRow.number == key
        wanted = select(DocumentRow).where(found, DocumentRow.deleted_at.is_(None))
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(
        self, wanted: DocumentFilter, request: PageRequest, *, newest_first: bool
    ) -> tuple[list[DocumentRow], str | None, int | None]:
        statement = _matching(wanted)
        order = Order(DocumentRow.created_at, DocumentRow.id, descending=newest_first)
        rows, cursor = take(self._session, statement, order, request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def version(self, version_id: UUID) -> DocumentVersionRow | None:
        return self._session.scalar(select(DocumentVersionRow).where(DocumentVersionRow.id == version_id))

    def version_number(self, document_id: UUID, number: int) -> DocumentVersionRow | None:
        return self._session.scalar(
            select(DocumentVersionRow).where(
                DocumentVersionRow.document_id == document_id, DocumentVersionRow.number == number
            )
        )

    def versions_page(
        self, document_id: UUID, request: PageRequest
    ) -> tuple[list[DocumentVersionRow], str | None, int | None]:
        statement = select(DocumentVersionRow).where(DocumentVersionRow.document_id == document_id)
        order = Order(DocumentVersionRow.number, DocumentVersionRow.id)
        rows, cursor = take(self._session, statement, order, request.within(document_id))
        return rows, cursor, count(self._session, statement) if request.total else None

    def versions(self, ids: Collection[UUID]) -> dict[UUID, DocumentVersionRow]:
        rows = self._session.scalars(select(DocumentVersionRow).where(DocumentVersionRow.id.in_(ids)))
        return {row.id: row for row in rows}

    def documents(self, ids: Collection[UUID]) -> dict[UUID, DocumentRow]:
        """Deleted ones too."""
        rows = self._session.scalars(select(DocumentRow).where(DocumentRow.id.in_(ids)))
        return {row.id: row for row in rows}

    def last_numbers(self, document_ids: Collection[UUID]) -> dict[UUID, int]:
        rows = self._session.execute(
            select(DocumentVersionRow.document_id, func.max(DocumentVersionRow.number))
            .where(DocumentVersionRow.document_id.in_(document_ids))
            .group_by(DocumentVersionRow.document_id)
        )
        return {document_id: number for document_id, number in rows}  # noqa: C416 - dict() loses the types

    def first_with(self, sha256: str) -> UUID | None:
        """The oldest document that was uploaded with this content."""
        return self._session.scalar(
            select(DocumentRow.id)
            .join(DocumentVersionRow, DocumentVersionRow.document_id == DocumentRow.id)
            .where(
                DocumentVersionRow.sha256 == sha256,
                DocumentVersionRow.origin == "upload",
                DocumentRow.deleted_at.is_(None),
            )
            .order_by(DocumentVersionRow.created_at, DocumentVersionRow.id)
            .limit(1)
        )

    def inputs_of(self, version_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        rows: Sequence[VersionInputRow] = self._session.scalars(
            select(VersionInputRow)
            .where(VersionInputRow.version_id.in_(version_ids))
            .order_by(VersionInputRow.input_version_id)
        ).all()
        found: dict[UUID, list[UUID]] = {version_id: [] for version_id in version_ids}
        for row in rows:
            found[row.version_id].append(row.input_version_id)
        return found


def _matching(wanted: DocumentFilter) -> Select[DocumentRow]:
    statement = select(DocumentRow).where(DocumentRow.deleted_at.is_(None))
    if wanted.name:
        statement = statement.where(DocumentRow.name.icontains(wanted.name, autoescape=True))
    if wanted.media_type:
        family = wanted.media_type.removesuffix("*")
        matches = DocumentRow.media_type.startswith(family, autoescape=True)
        statement = statement.where(
            matches if family != wanted.media_type else DocumentRow.media_type == wanted.media_type
        )
    if wanted.origin:
        statement = statement.where(DocumentRow.origin == wanted.origin)
    if wanted.sha256:
        same = select(DocumentVersionRow.document_id).where(DocumentVersionRow.sha256 == wanted.sha256.lower())
        statement = statement.where(DocumentRow.id.in_(same))
    return statement
