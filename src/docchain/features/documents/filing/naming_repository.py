"""Which documents tell the names of what they are filed under, and so change with them."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select

from docchain.features.documents.tables import FacetRow
from docchain.platform.work import Work

NAMED: Final = frozenset({"type", "correspondent", "within"})
"""Facets whose values are ids of things that have names."""


def documents_named_by(work: Work, filings: Collection[UUID]) -> list[UUID]:
    """All documents under these types, correspondents and collections."""
    values = [str(id_) for id_ in filings]
    wanted = select(FacetRow.document_id).where(FacetRow.facet.in_(NAMED), FacetRow.value.in_(values))
    return list(work.session.scalars(wanted.distinct().order_by(FacetRow.document_id)))
