"""HTTP door of differences between versions."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from docchain.features.documents.artefacts.shelf import Source
from docchain.features.documents.children import Children
from docchain.features.documents.comparing.choosing import versions_to_compare
from docchain.features.documents.comparing.house import Comparison
from docchain.features.documents.comparing.schemas import FieldChange, PageDiffs, VersionDiff
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.uploads import workspace_of
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_MOST: Final = 2_147_483_647
_Old = Annotated[int, Query(ge=1, le=_MOST, description="Number of the one version.", examples=[1])]
_New = Annotated[int, Query(ge=1, le=_MOST, description="Number of the other version.", examples=[2])]
_Page = Annotated[int, Path(ge=1, le=999_999, description="1 is the first page.", examples=[1])]
_PNG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}
_Both = tuple[tuple[DocumentVersion, Source], tuple[DocumentVersion, Source], list[FieldChange]]


@router.get(
    "/documents/{document}/diff",
    summary="Compare two versions of a document: their texts, and the values read from them",
    dependencies=_READ,
)
async def compare_document_versions(document: str, old: _Old, new: _New, door: Door) -> VersionDiff:
    before, after, fields = await _both(door, document, old, new)
    return await _comparison(door).texts(before, after, fields)


@router.get(
    "/documents/{document}/diff/pages",
    summary="Compare how the pages of two versions look, a few at a time",
    dependencies=_READ,
)
async def compare_document_pages(
    document: str,
    old: _Old,
    new: _New,
    door: Door,
    first: Annotated[int, Query(ge=1, le=999_999, description="The first page to compare.")] = 1,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> PageDiffs:
    (before, old_source), (after, new_source), _ = await _both(door, document, old, new)
    comparison = _comparison(door)
    texts = await comparison.texts((before, old_source), (after, new_source), [])
    pages = max(texts.old_pages, texts.new_pages)
    numbers = range(first, min(first + limit, pages + 1))
    return PageDiffs(items=[await comparison.page(old_source, new_source, page) for page in numbers], pages=pages)


@router.get(
    "/documents/{document}/diff/pages/{page}",
    summary="See a page with what differs from another version framed, as PNG",
    dependencies=_READ,
    response_class=Response,
    responses=_PNG,
)
async def see_page_difference(document: str, page: _Page, old: _Old, new: _New, door: Door) -> Response:
    (_, old_source), (_, new_source), _ = await _both(door, document, old, new)
    picture = await _comparison(door).marked(old_source, new_source, page)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return Response(picture, media_type="image/png", headers=headers)


async def _both(door: DoorContext, document: str, old: int, new: int) -> _Both:
    before, after, fields = await door.read(lambda work: versions_to_compare(work, document, old, new))
    return (before, _source(door, before)), (after, _source(door, after)), fields


def _source(door: DoorContext, version: DocumentVersion) -> Source:
    return Source(workspace_of(door), version.sha256, version.name, version.media_type)


def _comparison(door: DoorContext) -> Comparison:
    services = door.services
    children = Children(services.processes, services.settings.processes.process_timeout)
    beside = services.beside
    return Comparison(beside.texts, beside.previews, services.contents, children)
