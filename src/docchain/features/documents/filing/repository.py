"""Questions about what documents are filed under; the unit of work keeps each within its workspace."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from docchain.features.documents.tables import FacetRow, FilingRow
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.work import Work

Facet = tuple[str, str]
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_LISTED: Final = (FacetRow.created_at.desc(), FacetRow.document_id.desc())
MOST_TAGS: Final = 1_000
_RARE: Final = 1_000
"""Of more common facets, the one is rarer whose last so many documents reach further back."""


class FilingRepository:
    def __init__(self, work: Work) -> None:
        self._session = work.session

    def add(self, *rows: FilingRow | FacetRow) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def drop(self, rows: Iterable[FilingRow | FacetRow]) -> None:
        for row in rows:
            self._session.delete(row)
        self._session.flush()

    def find(self, kind: str, reference: UUID | str, *, to_change: bool = False) -> FilingRow | None:
        """By id or by the key of its name."""
        named = FilingRow.id == reference if isinstance(reference, UUID) else FilingRow.key == reference
        wanted = select(FilingRow).where(FilingRow.kind == kind, named)
        return self._session.scalar(wanted.with_for_update() if to_change else wanted)

    def page(self, kind: str, request: PageRequest) -> tuple[list[FilingRow], str | None, int | None]:
        statement = select(FilingRow).where(FilingRow.kind == kind)
        order = Order(FilingRow.key, FilingRow.id, descending=False)
        rows, cursor = take(self._session, statement, order, request.within(kind))
        return rows, cursor, count(self._session, statement) if request.total else None

    def filings(self, ids: Collection[UUID]) -> dict[UUID, FilingRow]:
        if not ids:
            return {}
        return {row.id: row for row in self._session.scalars(select(FilingRow).where(FilingRow.id.in_(ids)))}

    def types(self) -> list[FilingRow]:
        return list(self._session.scalars(select(FilingRow).where(FilingRow.kind == "type").order_by(FilingRow.id)))

    def has_children(self, filing_id: UUID) -> bool:
        return self._session.scalar(select(FilingRow.id).where(FilingRow.parent_id == filing_id).limit(1)) is not None

    def is_used(self, facet: Facet) -> bool:
        return bool(self._counted(facet, 1))

    def facets(self, document_ids: Collection[UUID]) -> dict[UUID, list[FacetRow]]:
        """What each of the documents is filed under."""
        found: dict[UUID, list[FacetRow]] = defaultdict(list)
        rows = self._session.scalars(
            select(FacetRow).where(FacetRow.document_id.in_(document_ids)).order_by(FacetRow.facet, FacetRow.value)
        )
        for row in rows:
            found[row.document_id].append(row)
        return found

    def tags(self) -> list[tuple[str, int]]:
        """The tags in use, the most used first."""
        uses = func.count().label("uses")
        rows = self._session.execute(
            select(FacetRow.value, uses)
            .where(FacetRow.facet == "tag")
            .group_by(FacetRow.value)
            .order_by(uses.desc(), FacetRow.value)
            .limit(MOST_TAGS)
        )
        return [(tag, number) for tag, number in rows]

    def rarest_first(self, facets: Sequence[Facet]) -> list[Facet]:
        if len(facets) < 2:  # noqa: PLR2004 - nothing to compare
            return list(facets)
        return sorted(facets, key=self._rarity)

    def _rarity(self, facet: Facet) -> tuple[int, datetime]:
        newest = select(FacetRow.created_at).where(*_is(FacetRow, facet)).order_by(*_LISTED).limit(_RARE).subquery()
        many, since = self._session.execute(select(func.count(), func.min(newest.c.created_at))).one()
        return many, since or _NEVER

    def _counted(self, facet: Facet, most: int) -> int:
        some = select(literal(1)).select_from(FacetRow).where(*_is(FacetRow, facet)).limit(most)
        return self._session.scalar(select(func.count()).select_from(some.subquery())) or 0


def filed(facets: Sequence[Facet]) -> Select[FacetRow]:
    """The documents of the first facet that have the others, too: a range of the index, in the order of lists."""
    first, *others = facets
    return select(FacetRow).where(*_is(FacetRow, first), *also_filed(FacetRow.created_at, FacetRow.document_id, others))


def filed_together(facets: Sequence[Facet]) -> tuple[Select[FacetRow], ColumnElement[UUID]]:
    """The same for PostgreSQL, which walks along two such ranges side by side, far faster than by looking up.

    The id that comes with it is known only where all facets are: conditions on it wait until then.
    """
    first, *others = facets
    statement, ids = select(FacetRow).where(*_is(FacetRow, first)), [FacetRow.document_id]
    for facet in others:
        also = aliased(FacetRow)
        same = (also.created_at == FacetRow.created_at, also.document_id == FacetRow.document_id)
        statement = statement.join(also, and_(*_is(also, facet), *same))
        ids.insert(0, also.document_id)
    return statement, func.coalesce(*ids)


def also_filed(
    created_at: InstrumentedAttribute[datetime], document_id: InstrumentedAttribute[UUID], facets: Sequence[Facet]
) -> list[ColumnElement[bool]]:
    """That a document has these facets, too; looked up one by one, in the order of the list.

    As `EXISTS`, PostgreSQL would make joins of them and read all documents of every facet. Between a document and
    itself, SQLite looks along the index of lists, where neighbours lie together, and not along the one of documents.
    """
    found: list[ColumnElement[bool]] = []
    for facet in facets:
        also = aliased(FacetRow)
        its = select(also.facet).where(
            *_is(also, facet), also.created_at == created_at, also.document_id.between(document_id, document_id)
        )
        found.append(its.scalar_subquery().is_not(None))
    return found


def _is(row: type[FacetRow], facet: Facet) -> list[ColumnElement[bool]]:
    return [and_(row.facet == facet[0], row.value == facet[1])]
