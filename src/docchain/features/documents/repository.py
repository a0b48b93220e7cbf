"""Questions about stored documents; the unit of work keeps each within its workspace."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, aliased

from docchain.features.documents.filing.repository import Facet, also_filed, filed, filed_together
from docchain.features.documents.parsing.model import MEDIA_TYPE
from docchain.features.documents.schemas import DocumentFilter
from docchain.features.documents.tables import (
    DocumentRow,
    DocumentVersionRow,
    FacetRow,
    VersionFieldsRow,
    VersionInputRow,
)
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.work import Work

_BY_PEOPLE: Final = ("upload", "split", "merge")


_LOOKED_UP: Final = 5_000
"""Facets that are looked up for a total: beyond that it is told as being more."""
_PLANNED_FOR_VALUES: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""How many documents a facet has decides whether its range is walked along or looked up in."""


class Total(NamedTuple):
    """`capped`: there may be more."""

    number: int
    capped: bool = False


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

    def in_trash(self, key: UUID | int, *, to_change: bool = False) -> DocumentRow | None:
        found = DocumentRow.id == key if isinstance(key, UUID) else DocumentRow.number == key
        wanted = select(DocumentRow).where(found, DocumentRow.deleted_at.is_not(None))
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(
        self, wanted: DocumentFilter, facets: Sequence[Facet], request: PageRequest, *, newest_first: bool
    ) -> tuple[list[DocumentRow], str | None, Total | None]:
        """One page, read along the first of the facets, unless an index holds just the few that can be meant."""
        if facets and not _few(wanted):
            return self._page_along(facets, wanted, request, newest_first=newest_first)
        statement = _all(wanted).where(*also_filed(DocumentRow.created_at, DocumentRow.id, facets))
        order = Order(DocumentRow.created_at, DocumentRow.id, descending=newest_first)
        found, cursor = take(self._session, statement, order, request)
        return found, cursor, Total(count(self._session, statement)) if request.total else None

    def _page_along(
        self, facets: Sequence[Facet], wanted: DocumentFilter, request: PageRequest, *, newest_first: bool
    ) -> tuple[list[DocumentRow], str | None, Total | None]:
        """Each document is looked up by itself: as a join, PostgreSQL would read all of them to count some."""
        listed, document_id = self._filed(facets)
        statement = listed.where(_matches(wanted, document_id), *_made(wanted, FacetRow.created_at))
        order = Order(FacetRow.created_at, FacetRow.document_id, descending=newest_first)
        found, cursor = take(self._session, statement, order, request)
        rows = self.documents([facet.document_id for facet in found])
        total = None
        if request.total:
            is_all = cursor is None and request.cursor is None
            total = (
                Total(len(found)) if is_all else self._total_along(facets, wanted, len(found) + (cursor is not None))
            )
        return [rows[facet.document_id] for facet in found], cursor, total

    def _total_along(self, facets: Sequence[Facet], wanted: DocumentFilter, least: int) -> Total:
        """Counted among as many as can be looked up in time, if it has more than one facet.

        On PostgreSQL that is of those that have all facets, else of those that have the first.
        """
        first, *others = facets
        if not others:
            statement = filed(facets).where(_matches(wanted, FacetRow.document_id))
            return Total(count(self._session, statement.where(*_made(wanted, FacetRow.created_at))))
        most = _LOOKED_UP if self._walks_along else _LOOKED_UP // len(others)
        listed = self._filed(facets)[0] if self._walks_along else filed([first])
        row = aliased(FacetRow, listed.where(*_made(wanted, FacetRow.created_at)).limit(most + 1).subquery())
        looked_up = [] if self._walks_along else also_filed(row.created_at, row.document_id, others)
        fits = and_(*looked_up, _matches(wanted, row.document_id))
        looked_at, matching = self._session.execute(
            select(func.count(row.document_id), func.count(case((fits, 1))))
        ).one()
        return Total(max(min(matching, most), least), capped=looked_at > most)

    @property
    def _walks_along(self) -> bool:
        """Whether the database walks along ranges of two facets side by side."""
        return self._session.get_bind().dialect.name == "postgresql"

    def _filed(self, facets: Sequence[Facet]) -> tuple[Select[FacetRow], ColumnElement[UUID]]:
        if not self._walks_along or len(facets) == 1:
            return filed(facets), FacetRow.document_id.expression
        self._session.execute(_PLANNED_FOR_VALUES)
        return filed_together(facets)

    def matching(self, wanted: DocumentFilter, facets: Sequence[Facet], limit: int) -> list[DocumentRow]:
        """Those that match now, for a change of all of them."""
        statement = _all(wanted)
        if facets:
            ids = self._filed(facets)[0].with_only_columns(FacetRow.document_id)
            statement = statement.where(DocumentRow.id.in_(ids))
        return list(self._session.scalars(statement.order_by(DocumentRow.id).limit(limit).with_for_update()))

    def named(self, ids: Collection[UUID], numbers: Collection[int]) -> list[DocumentRow]:
        """Those of these that are there, in the trash too; who is to change them has them alone."""
        named = or_(DocumentRow.id.in_(ids), DocumentRow.number.in_(numbers))
        return list(self._session.scalars(select(DocumentRow).where(named).with_for_update()))

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

    def parsed_by_runs(self, run_ids: Collection[UUID]) -> list[DocumentVersionRow]:
        """The parsed versions that these runs made."""
        made = DocumentVersionRow.run_id.in_(run_ids)
        wanted = select(DocumentVersionRow).where(made, DocumentVersionRow.media_type == MEDIA_TYPE)
        return list(self._session.scalars(wanted))

    def keep(self, row: VersionFieldsRow) -> None:
        """The same again changes nothing."""
        self._session.merge(row)
        self._session.flush()

    def first_with(self, sha256: str) -> UUID | None:
        """The oldest document with this content that no step made."""
        return self._session.scalar(
            select(DocumentRow.id)
            .join(DocumentVersionRow, DocumentVersionRow.document_id == DocumentRow.id)
            .where(
                DocumentVersionRow.sha256 == sha256,
                DocumentVersionRow.origin.in_(_BY_PEOPLE),
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


def _matches(
    wanted: DocumentFilter, document_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    its = select(DocumentRow.number).where(DocumentRow.id == document_id)
    return its.where(*_matching(wanted)).scalar_subquery().is_not(None)


def _few(wanted: DocumentFilter) -> bool:
    """Whether an index holds just the documents that this leaves."""
    return bool(wanted.deleted or wanted.held or wanted.sha256)


def _all(wanted: DocumentFilter) -> Select[DocumentRow]:
    """Documents, whatever they are filed under."""
    return select(DocumentRow).where(*_matching(wanted), *_made(wanted, DocumentRow.created_at))


def _made(wanted: DocumentFilter, created_at: InstrumentedAttribute[datetime]) -> Iterator[ColumnElement[bool]]:
    """When; the column is that of the index that the list is read along."""
    if wanted.created_after:
        yield created_at >= wanted.created_after
    if wanted.created_before:
        yield created_at < wanted.created_before


def _matching(wanted: DocumentFilter) -> Iterator[ColumnElement[bool]]:
    """All of it that a document says itself, but when it was made."""
    yield DocumentRow.deleted_at.is_not(None) if wanted.deleted else DocumentRow.deleted_at.is_(None)
    if wanted.name:
        yield DocumentRow.name.icontains(wanted.name, autoescape=True)
    if wanted.media_type:
        family = wanted.media_type.removesuffix("*")
        matches = DocumentRow.media_type.startswith(family, autoescape=True)
        yield matches if family != wanted.media_type else DocumentRow.media_type == wanted.media_type
    if wanted.origin:
        yield DocumentRow.origin == wanted.origin
    if wanted.held is not None:
        yield DocumentRow.held_at.is_not(None) if wanted.held else DocumentRow.held_at.is_(None)
    if wanted.sha256:
        same = select(DocumentVersionRow.document_id).where(DocumentVersionRow.sha256 == wanted.sha256.lower())
        yield DocumentRow.id.in_(same)
