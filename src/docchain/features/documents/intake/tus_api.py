"""HTTP door of resumable uploads: the tus protocol, version 1.0, and what became of an upload as JSON."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from docchain.features.documents.errors import UploadTooLarge
from docchain.features.documents.intake.errors import BadTus, NotAPiece, TusVersion
from docchain.features.documents.intake.published import parameter
from docchain.features.documents.intake.schemas import IntakeItem, TusUpload
from docchain.features.documents.intake.schemas import TusUploads as TusUploadsShown
from docchain.features.documents.intake.tus import ALGORITHMS, TusUploads, read_checksum
from docchain.features.documents.intake.tus_service import TusService
from docchain.features.documents.storage.service import StorageService
from docchain.platform.errors import Refusal
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.problems import render
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Files"], route_class=LateRoute)

_VERSION: Final = "1.0.0"
_EXTENSIONS: Final = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
_PIECE: Final = "application/offset+octet-stream"
_WRITE: Final = [needs("documents:write")]
_BODY: Final[dict[str, Any]] = {
    "required": False,
    "description": "A piece of the file.",
    "content": {_PIECE: {"schema": {"type": "string", "format": "binary"}}},
}
_RESUMABLE: Final = parameter("tus-resumable", _VERSION, "The version of the protocol.", required=True)
_CHECKSUM: Final = parameter(
    "upload-checksum", "", "Algorithm and digest in Base64 of the piece; what does not fit is gone."
)
_BEGIN: Final[dict[str, Any]] = {
    "parameters": [
        _RESUMABLE,
        parameter("upload-length", "185", "Bytes of the whole; or `Upload-Defer-Length: 1`."),
        parameter("upload-metadata", "filename aW52b2ljZS5odG1s", "`filename` and `filetype`, each in Base64."),
    ],
    "requestBody": _BODY,
}
_GO_ON: Final[dict[str, Any]] = {
    "parameters": [_RESUMABLE, parameter("upload-offset", "0", "Where the piece begins.", required=True), _CHECKSUM],
    "requestBody": _BODY,
}
_DROP: Final[dict[str, Any]] = {"parameters": [_RESUMABLE]}
_CREATED: Final[dict[int | str, dict[str, Any]]] = {201: {"description": "Begun; Location tells where to send it."}}
_NO_CONTENT: Final = 204


@router.options(
    "/files/tus", status_code=204, summary="Ask what of the tus protocol is spoken", response_class=Response
)
async def read_tus_options(request: Request) -> Response:
    most: int = request.app.state.services.settings.limits.max_upload_bytes
    told = {
        "Tus-Version": _VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Max-Size": str(most),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=_NO_CONTENT, headers=_headers(**told))


@router.post(
    "/files/tus",
    status_code=201,
    summary="Begin a resumable upload",
    dependencies=_WRITE,
    openapi_extra=_BEGIN,
    response_class=Response,
    responses=_CREATED,
)
async def create_tus_upload(door: Door) -> Response:
    return await _answered(door, _create)


@router.get("/files/tus", summary="List your own unfinished resumable uploads", dependencies=_WRITE)
async def list_tus_uploads(door: Door) -> TusUploadsShown:
    return TusUploadsShown(items=await _tus(door).unfinished(door.actor))


@router.head("/files/tus/{upload}", dependencies=_WRITE, include_in_schema=False)
async def look_at_tus_upload(upload: UUID, door: Door) -> Response:
    async def look(door: DoorContext) -> Response:
        shown, row = await _tus(door).look(door.actor, upload)
        told = _headers(
            Upload_Offset=str(shown.offset), Upload_Expires=_moment(row.expires_at), Upload_Metadata=row.info
        )
        told |= _length(row.length) | _outcome(door, shown.intake) | {"Cache-Control": "no-store"}
        return Response(headers=told)

    return await _answered(door, look)


@router.get(
    "/files/tus/{upload}", summary="Read how far a resumable upload is, or what became of it", dependencies=_WRITE
)
async def read_tus_upload(upload: UUID, door: Door) -> TusUpload:
    shown, _ = await _tus(door).look(door.actor, upload)
    return shown


@router.patch(
    "/files/tus/{upload}",
    status_code=204,
    summary="Send the next piece of a resumable upload",
    dependencies=_WRITE,
    openapi_extra=_GO_ON,
    response_class=Response,
)
async def append_to_tus_upload(upload: UUID, door: Door) -> Response:
    async def append(door: DoorContext) -> Response:
        offset = _number(door.request, "upload-offset")
        if offset is None:
            raise BadTus("The header Upload-Offset is missing.")
        return Response(status_code=_NO_CONTENT, headers=await _append(door, upload, offset))

    return await _answered(door, append)


@router.delete(
    "/files/tus/{upload}",
    status_code=204,
    summary="Give a resumable upload up",
    dependencies=_WRITE,
    openapi_extra=_DROP,
    response_class=Response,
)
async def drop_tus_upload(upload: UUID, door: Door) -> Response:
    async def drop(door: DoorContext) -> Response:
        await _tus(door).drop(door.actor, upload)
        return Response(status_code=_NO_CONTENT, headers=_headers())

    return await _answered(door, drop)


async def _create(door: DoorContext) -> Response:
    length = _number(door.request, "upload-length")
    if length is None and door.request.headers.get("upload-defer-length") != "1":
        raise BadTus("Neither Upload-Length nor Upload-Defer-Length: 1 was sent.")
    most: int = door.services.settings.limits.max_upload_bytes
    if length is not None and length > most:
        raise UploadTooLarge(f"A document may have up to {most:,} bytes.")
    await door.read(lambda work: StorageService(work).room())
    metadata = door.request.headers.get("upload-metadata", "")
    content = f"{metadata}\n{length}".encode()
    row, new = await _tus(door).create(lambda begin: door.create(TusUpload, begin, content), metadata, length)
    headers = _headers(
        Location=f"{door.request.url.path}/{row.id}", Upload_Expires=_moment(row.expires_at), Upload_Offset="0"
    )
    if new and _is_piece(door.request):
        headers |= await _append(door, row.id, 0)
    elif new and length == 0:
        await _append(door, row.id, 0, b"")
    elif not new:
        headers["Upload-Offset"] = str((await _tus(door).look(door.actor, row.id))[0].offset)
    return Response(status_code=201, headers=headers)


async def _append(door: DoorContext, upload: UUID, offset: int, piece: bytes | None = None) -> dict[str, str]:
    if piece is None and not _is_piece(door.request):
        raise NotAPiece("The Content-Type is another one.")
    door.allow_body(door.services.settings.limits.max_upload_bytes)
    given = door.request.headers.get("upload-checksum")
    more = {"checksum": read_checksum(given) if given else None, "length": _number(door.request, "upload-length")}
    present, item = await _tus(door).append(door.actor, upload, offset, _pieces(door.request, piece), more)
    row = (await _row(door, upload)).expires_at
    return _headers(Upload_Offset=str(present), Upload_Expires=_moment(row)) | _outcome(door, item)


async def _row(door: DoorContext, upload: UUID) -> TusUpload:

    shown, _ = await door.read(lambda work: TusService(work).show(upload))
    return shown


async def _pieces(request: Request, piece: bytes | None) -> AsyncIterator[bytes]:
    if piece is not None:
        yield piece
        return
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def _answered(door: DoorContext, answer: Callable[[DoorContext], Awaitable[Response]]) -> Response:
    """Every answer names the version of the protocol, refusals too."""
    request = door.request
    try:
        if request.headers.get("tus-resumable") != _VERSION:
            raise TusVersion(f"Send the header Tus-Resumable: {_VERSION}.")
        return await answer(door)
    except Refusal as refusal:
        return render(request.scope, refusal, _headers(Tus_Version=_VERSION))
    except ClientDisconnect:
        return Response(status_code=_NO_CONTENT, headers=_headers())


def _outcome(door: DoorContext, item: IntakeItem | None) -> dict[str, str]:
    """Where the document is that an upload became."""
    if item is None or item.document_id is None:
        return {}
    path = door.request.app.url_path_for("read_document", document=item.document_id)
    return {"Content-Location": str(path)}


def _number(request: Request, name: str) -> int | None:
    text = request.headers.get(name)
    if text is None:
        return None
    if not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - digits of what fits into 64 bits
        raise BadTus(f"The header {name.title()} is no number of bytes.")
    return int(text)


def _is_piece(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == _PIECE


def _length(length: int | None) -> dict[str, str]:
    return {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}


def _moment(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _headers(**told: str) -> dict[str, str]:
    return {"Tus-Resumable": _VERSION} | {name.replace("_", "-"): value for name, value in told.items()}


def _tus(door: DoorContext) -> TusUploads:
    tus: TusUploads = door.services.intake.tus
    return tus
