"""Questions about links; the unit of work keeps each within its workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, update

from docchain.features.documents.storage.tables import DocumentLinkRow
from docchain.features.documents.tables import HOLDING, FacetRow
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.work import Work


class LinkRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, row: DocumentLinkRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, link_id: UUID) -> DocumentLinkRow | None:
        return self._session.scalar(select(DocumentLinkRow).where(DocumentLinkRow.id == link_id))

    def find_of(self, document_id: UUID, link_id: UUID) -> DocumentLinkRow | None:
        wanted = select(DocumentLinkRow).where(
            DocumentLinkRow.id == link_id, DocumentLinkRow.document_id == document_id
        )
        return self._session.scalar(wanted.with_for_update())

    def things_of(self, document_id: UUID) -> set[UUID]:
        """The type and the collections of a document and of what it was made from, with those around them."""
        filed = (FacetRow.document_id == document_id, FacetRow.facet.in_(HOLDING))
        return {UUID(value) for value in self._session.scalars(select(FacetRow.value).where(*filed))}

    def page(
        self, document_id: UUID, request: PageRequest, *, good_at: datetime | None
    ) -> tuple[list[DocumentLinkRow], str | None, int | None]:
        """Links to a document, newest first; those only that are good at a moment, if one is given."""
        statement = select(DocumentLinkRow).where(DocumentLinkRow.document_id == document_id)
        if good_at is not None:
            statement = statement.where(DocumentLinkRow.revoked_at.is_(None), DocumentLinkRow.expires_at > good_at)
        order = Order(DocumentLinkRow.created_at, DocumentLinkRow.id, descending=True)
        rows, cursor = take(self._session, statement, order, request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def use(self, link_id: UUID, at: datetime) -> bool:
        """Count one use, unless it was revoked."""
        used = update(DocumentLinkRow).where(DocumentLinkRow.id == link_id, DocumentLinkRow.revoked_at.is_(None))
        done = self._session.execute(used.values(uses=DocumentLinkRow.uses + 1, last_used_at=at))
        return isinstance(done, CursorResult) and done.rowcount == 1

    def drop_ended(self, before: datetime) -> None:
        self._session.execute(delete(DocumentLinkRow).where(DocumentLinkRow.expires_at < before))
