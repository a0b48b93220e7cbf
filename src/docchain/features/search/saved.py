"""Saved searches: kept by name, run again at any time; one's own, or shared with the workspace."""

from docchain.features.search.errors import NotYours, SavedSearchChanged, SavedSearchNotFound
from docchain.features.search.events import CHANGED, KIND, REMOVED, SAVED
from docchain.features.search.repository import SavedSearches
from docchain.features.search.schemas import SavedSearch, SavedSearchRequest, SearchRequest
from docchain.features.search.tables import SavedSearchRow
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work


class SavedSearchService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = SavedSearches(work.session)
        self._owner = work.actor.name

    def list(self, request: PageRequest) -> Page[SavedSearch]:
        rows, cursor, total = self._rows.page(self._owner, request)
        return Page[SavedSearch](items=[_shown(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> SavedSearch:
        return _shown(self._row(reference))

    def create(self, wanted: SavedSearchRequest) -> SavedSearch:
        now = self._work.now
        row = SavedSearchRow(
            id=new_id(),
            number=next_number(self._work, KIND),
            name=wanted.name,
            owner=self._owner,
            shared=wanted.shared,
            query=_kept(wanted.query),
            revision=1,
            created_at=now,
            updated_at=now,
        )
        self._rows.add(row)
        self._emit(SAVED, row)
        return _shown(row)

    def replace(self, reference: str, wanted: SavedSearchRequest, expected: Expected) -> SavedSearch:
        row = self._own(reference, expected)
        row.name, row.shared, row.query = wanted.name, wanted.shared, _kept(wanted.query)
        row.revision, row.updated_at = row.revision + 1, self._work.now
        self._emit(CHANGED, row)
        return _shown(row)

    def delete(self, reference: str, expected: Expected) -> None:
        row = self._own(reference, expected)
        self._rows.remove(row)
        self._emit(REMOVED, row)

    def _own(self, reference: str, expected: Expected) -> SavedSearchRow:
        row = self._row(reference, to_change=True)
        if row.owner != self._owner and not self._work.actor.may("admin"):
            raise NotYours(f"{row.owner} keeps it; save one of your own.")
        expected.check(row.revision, SavedSearchChanged(f"It was changed to revision {row.revision}."))
        return row

    def _row(self, reference: str, *, to_change: bool = False) -> SavedSearchRow:
        row = self._rows.find(reference, self._owner, to_change=to_change)
        if row is None:
            raise SavedSearchNotFound(f"There is no saved search {reference[:100]!r}.", hint="GET /search/saved lists.")
        return row

    def _emit(self, type_: str, row: SavedSearchRow) -> None:
        told = {"search": _handle(row), "name": row.name, "shared": row.shared}
        self._work.emit(type_, KIND, row.id, told)


def _handle(row: SavedSearchRow) -> str:
    return str(Handle(KIND, row.number))


def _kept(query: SearchRequest) -> dict[str, object]:
    return query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor"})


def _shown(row: SavedSearchRow) -> SavedSearch:
    return SavedSearch(
        id=row.id,
        handle=_handle(row),
        name=row.name,
        owner=row.owner,
        shared=row.shared,
        query=SearchRequest.model_validate(row.query),
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
