"""HTTP door of search: whoever may read anything may search, and finds what they may read."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from docchain.features.search.house import Search
from docchain.features.search.narrowing import IN_ADDRESS, IN_SAVED
from docchain.features.search.orders import order_rebuild, status_of
from docchain.features.search.saved import SavedSearchService
from docchain.features.search.schemas import (
    Hit,
    Rebuild,
    RebuildRequest,
    SavedSearch,
    SavedSearchRequest,
    SearchAnswer,
    SearchQuery,
    SearchRequest,
    SearchStatus,
    SimilarQuery,
    Suggestions,
    SuggestQuery,
)
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import etag_of
from docchain.platform.web.door import KNOWN, PERSON, Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Search"], route_class=LateRoute)
_ADMIN: Final = [needs("admin")]
_Limit = Annotated[int, Query(ge=1, le=200)]
_Cursor = Annotated[str | None, Query(max_length=4_000, description="The `next_cursor` of the page before.")]


@router.get("/search", summary="Search documents, workflows, runs and the audit log", dependencies=[KNOWN])
async def search(wanted: Annotated[SearchQuery, Query()], door: Door) -> SearchAnswer:
    return await _search(door).service.search(wanted.request(), door.actor, places=IN_ADDRESS)


@router.post("/search", summary="Search, with the question in the body", dependencies=[KNOWN])
async def search_by_body(request: SearchRequest, door: Door) -> SearchAnswer:
    return await _search(door).service.search(request, door.actor)


@router.get("/search/suggest", summary="Suggest words to go on with", dependencies=[KNOWN])
async def suggest(wanted: Annotated[SuggestQuery, Query()], door: Door) -> Suggestions:
    found = await _search(door).service.suggest(wanted.q, wanted.limit, door.actor)
    return Suggestions(suggestions=list(found))


@router.get("/search/similar/{document}", summary="Find what is similar to a document", dependencies=[KNOWN])
async def find_similar(document: str, wanted: Annotated[SimilarQuery, Query()], door: Door) -> list[Hit]:
    service = _search(door).service
    return await service.similar(document, door.actor, wanted.limit, wanted.kind, wanted.filter)


@router.get("/search/status", summary="Read how the index of the workspace is", dependencies=[KNOWN])
async def read_search_status(door: Door) -> SearchStatus:
    _reads(door)
    search_ = _search(door)
    return await status_of(door.services.database, search_.index, door.actor, search_.embedder.model)


@router.post(
    "/search/rebuild",
    status_code=202,
    summary="Rebuild the index in the background; searches go on meanwhile",
    dependencies=_ADMIN,
)
async def rebuild_search(door: Door, request: RebuildRequest | None = None) -> Rebuild:
    fresh = request.fresh if request else False
    return await door.create(Rebuild, lambda work: order_rebuild(work, fresh=fresh))


@router.get("/search/saved", summary="List saved searches: one's own, and shared ones", dependencies=[KNOWN])
async def list_saved_searches(door: Door, limit: _Limit = 50, cursor: _Cursor = None) -> Page[SavedSearch]:
    _reads(door)
    return await door.read(lambda work: SavedSearchService(work).list(PageRequest(limit, cursor)))


@router.post("/search/saved", status_code=201, summary="Save a search", dependencies=[PERSON])
async def save_search(request: SavedSearchRequest, door: Door, response: Response) -> SavedSearch:
    _reads(door)
    _check(door, request)
    saved = await door.create(SavedSearch, lambda work: SavedSearchService(work).create(request))
    response.headers["Location"] = f"{door.request.url.path}/{saved.handle}"
    return _tagged(response, saved)


@router.get("/search/saved/{saved}", summary="Read a saved search", dependencies=[KNOWN])
async def read_saved_search(saved: str, door: Door, response: Response) -> SavedSearch:
    _reads(door)
    return _tagged(response, await door.read(lambda work: SavedSearchService(work).read(saved)))


@router.put("/search/saved/{saved}", summary="Change a saved search", dependencies=[PERSON])
async def change_saved_search(
    saved: str, request: SavedSearchRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> SavedSearch:
    _reads(door)
    _check(door, request)
    changed = await door.write(lambda work: SavedSearchService(work).replace(saved, request, expected))
    return _tagged(response, changed)


@router.delete("/search/saved/{saved}", status_code=204, summary="Remove a saved search", dependencies=[PERSON])
async def delete_saved_search(saved: str, expected: NeedsIfMatch, door: Door) -> None:
    _reads(door)
    await door.write(lambda work: SavedSearchService(work).delete(saved, expected))


@router.get("/search/saved/{saved}/hits", summary="Run a saved search", dependencies=[KNOWN])
async def run_saved_search(saved: str, door: Door, cursor: _Cursor = None) -> SearchAnswer:
    _reads(door)
    kept = await door.read(lambda work: SavedSearchService(work).read(saved))
    request = kept.query.model_copy(update={"cursor": cursor})
    return await _search(door).service.search(request, door.actor)


def _search(door: DoorContext) -> Search:
    found: Search = door.services.search
    return found


def _check(door: DoorContext, saved: SavedSearchRequest) -> None:
    """Refuse to keep what could never be answered."""
    asked = saved.query
    _search(door).service.narrowing.check(asked.kinds, asked.filters, asked.facets, IN_SAVED)


def _reads(door: DoorContext) -> None:
    """Refuse who may read nothing that can be found."""
    _search(door).service.scope(door.actor)


def _tagged(response: Response, saved: SavedSearch) -> SavedSearch:
    response.headers["ETag"] = etag_of(saved.revision)
    return saved
