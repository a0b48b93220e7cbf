"""Uploads: a request's body goes to the store as it arrives; it is registered only when all of it is there."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from docchain.features.documents.contents import Contents
from docchain.features.documents.errors import BadUpload, Truncated, UploadTooLarge
from docchain.features.documents.multipart import MultipartUpload
from docchain.features.documents.schemas import Document
from docchain.features.documents.storage.errors import QuotaExceeded
from docchain.features.documents.storage.service import StorageService
from docchain.platform.blobs import BlobTooLarge, Stored
from docchain.platform.web.door import DoorContext
from docchain.platform.work import Work

FORM_BYTES: Final = 1024 * 1024
"""What a form may be longer than its file."""


@dataclass(frozen=True, slots=True)
class Upload:
    stored: Stored
    name: str
    media_type: str | None


async def receive(door: DoorContext, name: str | None) -> Upload:
    """Store the body of a request: the file of a form, or the body itself.

    Args:
        door: the request's.
        name: what the client calls the file; if missing, what the form calls it.

    Raises:
        UploadTooLarge: nothing was stored.
        QuotaExceeded: nothing was stored.
        Truncated: nothing was stored.
    """
    limit: int = door.services.settings.limits.max_upload_bytes
    content_type = door.request.headers.get("content-type", "")
    form = content_type.partition(";")[0].strip().lower() == "multipart/form-data"
    door.allow_body(limit + FORM_BYTES)
    body = _body(door.request)
    if not form:
        stored = await _store(door, body, limit)
        return Upload(stored, name or "", content_type)
    upload = MultipartUpload(body, content_type)
    stored = await _store(door, upload.chunks(), limit)
    return Upload(stored, name or upload.fields.get("name") or upload.name, upload.media_type)


async def register(door: DoorContext, upload: Upload, transaction: Callable[[Work], Document]) -> Document:
    """Write, but only once for the same `Idempotency-Key`; what was streamed is compared by its hash.

    Raises:
        IdempotencyKeyReused: the key came with another document before.
    """
    content = "\n".join((upload.name, str(upload.media_type), upload.stored.sha256))
    return await door.create(Document, transaction, content.encode(errors="replace"))


def workspace_of(door: DoorContext) -> UUID:
    """The workspace of whoever came through a door; they always have one."""
    assert door.actor.workspace_id is not None  # noqa: S101 - only the system has none
    return door.actor.workspace_id


async def _store(door: DoorContext, chunks: AsyncIterator[bytes], limit: int) -> Stored:
    contents: Contents = door.services.documents.contents
    room = await door.read(lambda work: StorageService(work).room())
    most = limit if room is None else min(limit, room)
    try:
        return await contents.put_stream(workspace_of(door), _something(chunks), most)
    except BlobTooLarge:
        if most < limit:
            raise QuotaExceeded(f"Only {most:,} bytes are left.") from None
        message = f"A document may have up to {limit:,} bytes."
        raise UploadTooLarge(message, hint="Send a smaller one, or raise DOCCHAIN_MAX_UPLOAD_BYTES.") from None


async def _something(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Refuse nothing at all: most likely the client forgot to send its file."""
    empty = True
    async for chunk in chunks:
        empty = empty and not chunk
        yield chunk
    if empty:
        raise BadUpload("The document is empty.", hint="Send the file as the body, or in a form field named file.")


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives, and never silently less than the client announced."""
    declared = request.headers.get("content-length", "")
    seen = 0
    try:
        async for chunk in request.stream():
            seen += len(chunk)
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise Truncated("The connection was cut.") from None
    if declared.isdigit() and seen != int(declared):
        raise Truncated(f"{seen:,} of {int(declared):,} bytes came.", hint="Send it again.")
