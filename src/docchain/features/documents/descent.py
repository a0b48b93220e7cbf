"""What documents were made from keeps a hold on them: where a source is filed, its products are reckoned among.

A product bears the facet `from` for each type and collection of what it was made from, however far back. A restriction
of one of these keeps the product from people, too. It stays when a source is filed elsewhere.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from docchain.features.documents.tables import FROM, HOLDING, DocumentRow, DocumentVersionRow, FacetRow, VersionInputRow
from docchain.platform.reach import EVERYWHERE
from docchain.platform.work import Work


def inherit(work: Work, documents: Collection[UUID]) -> None:
    """Give documents that were just made the hold of what they were made from."""
    if documents:
        with _sees_all(work):
            _Descent(work.session).inherit(documents)


def pass_on(work: Work, documents: Collection[UUID]) -> None:
    """Give what was made of documents that were just filed the hold of where they are."""
    if documents:
        with _sees_all(work):
            descent = _Descent(work.session)
            descent.inherit(descent.products(documents))


@contextmanager
def _sees_all(work: Work) -> Iterator[None]:
    """Whatever hides from whoever acts must still be reckoned with."""
    work.session.flush()
    work.session.limit(EVERYWHERE)
    try:
        yield
    finally:
        work.session.limit(work.actor.reach)


class _Descent:
    def __init__(self, session: Session) -> None:
        self._session = session

    def products(self, documents: Collection[UUID]) -> set[UUID]:
        """All that was made of documents, and of that."""
        source, made = aliased(DocumentVersionRow), aliased(DocumentVersionRow)
        edge = aliased(VersionInputRow)
        step = (
            select(made.document_id.label("id"))
            .join(edge, edge.version_id == made.id)
            .join(source, source.id == edge.input_version_id)
        )
        walk = step.where(source.document_id.in_(documents)).cte("product", recursive=True)
        walk = walk.union(step.join(walk, walk.c.id == source.document_id))
        return set(self._session.scalars(select(walk.c.id).join(DocumentRow, DocumentRow.id == walk.c.id)))

    def inherit(self, documents: Collection[UUID]) -> None:
        if not documents:
            return
        version, edge, further = aliased(DocumentVersionRow), aliased(VersionInputRow), aliased(VersionInputRow)
        first = (
            select(version.document_id.label("product"), edge.input_version_id.label("source"))
            .join(edge, edge.version_id == version.id)
            .where(version.document_id.in_(documents))
        )
        walk = first.cte("behind", recursive=True)
        walk = walk.union(
            select(walk.c.product, further.input_version_id).join(further, further.version_id == walk.c.source)
        )
        source, held = aliased(DocumentVersionRow), aliased(FacetRow)
        wanted = (
            select(walk.c.product, held.value, DocumentRow.created_at)
            .join(DocumentRow, DocumentRow.id == walk.c.product)
            .join(source, source.id == walk.c.source)
            .join(held, held.document_id == source.document_id)
            .where(held.facet.in_(HOLDING), source.document_id != walk.c.product)
            .distinct()
        )
        known = select(FacetRow.document_id, FacetRow.value).where(
            FacetRow.document_id.in_(documents), FacetRow.facet == FROM
        )
        has = {(document, value) for document, value in self._session.execute(known)}
        self._session.add_all(
            FacetRow(document_id=product, facet=FROM, value=value, created_at=made_at)
            for product, value, made_at in self._session.execute(wanted).all()
            if (product, value) not in has
        )
        self._session.flush()
