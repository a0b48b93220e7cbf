"""HTTP door of pictures, texts by page and searchable copies; who comes before one is made is told so, and when."""

from pathlib import PurePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from docchain.features.documents.artefacts.shelf import Artefact, Source
from docchain.features.documents.downloads import disposition
from docchain.features.documents.previews.errors import NotYet, PageNotFound, PreviewsOff
from docchain.features.documents.previews.house import Previews
from docchain.features.documents.previews.schemas import BeingMade, DocumentPages, PageText, Size, page_text
from docchain.features.documents.previews.wanted import Sheet
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.service import DocumentService
from docchain.features.documents.uploads import workspace_of
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Documents"], route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_AGAIN: Final = 2
"""Seconds after which to ask again."""
_FOREVER: Final = "private, max-age=31536000, immutable"
_PICTURE: Final = r"^[1-9][0-9]{0,5}\.(png|webp)$"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}

_Version = Annotated[
    int | None,
    Query(ge=1, le=2_147_483_647, description="A version's number, whose answer never changes; else the present one."),
]
_Picture = Annotated[str, Path(pattern=_PICTURE, description="Number of the page and format: `1.png` or `1.webp`.")]
_Page = Annotated[int, Path(ge=1, le=999_999, description="1 is the first page.")]


def _answers(*media_types: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": dict.fromkeys(media_types, _BINARY)},
        202: {"model": BeingMade, "description": "It is being made; ask again after the seconds of `Retry-After`."},
        304: {"description": "The client has it already (If-None-Match)."},
    }


@router.get(
    "/documents/{document}/thumbnail",
    summary="See the first page of a document, small",
    dependencies=_READ,
    response_class=Response,
    responses=_answers("image/webp"),
)
async def read_document_thumbnail(
    document: str, door: Door, size: Size = Size.MEDIUM, version: _Version = None
) -> Response:
    shown = await _version(door, document, version)
    try:
        made = await _pictures(door).thumbnail(_source(door, shown), size, _patience(door))
    except NotYet:
        return _not_yet(f"The thumbnail of {shown.name}")
    return _sent(door, made, version)


@router.get(
    "/documents/{document}/pages/{picture}",
    summary="See a page of a document",
    dependencies=_READ,
    response_class=Response,
    responses=_answers("image/png", "image/webp"),
)
async def read_document_page(
    document: str,
    picture: _Picture,
    door: Door,
    width: Annotated[int, Query(ge=100, le=2_400, description="In pixels; rounded up to hundreds.")] = 800,
    version: _Version = None,
) -> Response:
    shown = await _version(door, document, version)
    number, _, form = picture.partition(".")
    sheet = Sheet(int(number), width, "png" if form == "png" else "webp")
    try:
        made = await _pictures(door).page(_source(door, shown), sheet, _patience(door))
    except NotYet:
        return _not_yet(f"Page {number} of {shown.name}")
    return _sent(door, made, version)


@router.get(
    "/documents/{document}/searchable.pdf",
    summary="Download a document as a PDF whose scans can be searched and copied from",
    dependencies=_READ,
    response_class=Response,
    responses=_answers("application/pdf"),
)
async def read_searchable_pdf(document: str, door: Door, version: _Version = None) -> Response:
    shown = await _version(door, document, version)
    try:
        made = await _previews(door).searchable(_source(door, shown), _patience(door))
    except NotYet:
        return _not_yet(f"The searchable copy of {shown.name}")
    answer = _sent(door, made, version)
    answer.headers["Content-Disposition"] = disposition(f"{PurePath(shown.name).stem}.searchable.pdf")
    return answer


@router.get(
    "/documents/{document}/pages",
    summary="Read how the pages of a document were read",
    dependencies=_READ,
    response_model=DocumentPages,
    responses={202: _answers()[202]},
)
async def read_document_pages(document: str, door: Door, version: _Version = None) -> DocumentPages | Response:
    shown = await _version(door, document, version)
    try:
        text = await _previews(door).text(_source(door, shown), _patience(door))
    except NotYet:
        return _not_yet(f"The text of {shown.name}")
    return DocumentPages(
        document=document,
        version=shown.number,
        pages=text.pages,
        language=text.language,
        read=dict(text.read),
        problems=dict(text.problems),
        warnings=list(text.warnings),
    )


@router.get(
    "/documents/{document}/pages/{number}/text",
    summary="Read the words of a page, with their places",
    dependencies=_READ,
    response_model=PageText,
    responses={202: _answers()[202]},
)
async def read_document_page_text(
    document: str, number: _Page, door: Door, version: _Version = None
) -> PageText | Response:
    shown = await _version(door, document, version)
    try:
        text = await _previews(door).text(_source(door, shown), _patience(door))
    except NotYet:
        return _not_yet(f"The text of {shown.name}")
    page = await _previews(door).texts.page(_source(door, shown), text, number) if number <= text.pages else None
    if page is None:
        raise PageNotFound(f"{shown.name} has no page {number}, only {text.pages}.")
    return page_text(page)


def _previews(door: DoorContext) -> Previews:
    previews: Previews = door.services.beside.previews
    return previews


def _pictures(door: DoorContext) -> Previews:
    if door.services.settings.previews.previews == "off":
        raise PreviewsOff("Pictures of documents are switched off here.", hint="The operator sets DOCCHAIN_PREVIEWS.")
    return _previews(door)


async def _version(door: DoorContext, document: str, number: int | None) -> DocumentVersion:
    return await door.read(lambda work: DocumentService(work).version(document, number))


def _source(door: DoorContext, version: DocumentVersion) -> Source:
    return Source(workspace_of(door), version.sha256, version.name, version.media_type)


def _not_yet(what: str) -> Response:
    told = BeingMade(detail=f"{what} is being made; ask again in {_AGAIN} seconds.")
    headers = {"Retry-After": str(_AGAIN), "Cache-Control": "no-store"}
    return JSONResponse(told.model_dump(), 202, headers)


def _patience(door: DoorContext) -> float:
    seconds: float = door.services.settings.previews.preview_wait
    return seconds


def _sent(door: DoorContext, made: Artefact, version: int | None) -> Response:
    etag = f'"{made.sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache" if version is None else _FOREVER,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if etag in (door.request.headers.get("if-none-match") or ""):
        return Response(status_code=304, headers=headers)
    content = _previews(door).shelf.open(Source(workspace_of(door), "", "", ""), made)
    return StreamingResponse(content, 200, headers | {"Content-Length": str(made.size)}, made.media_type)
