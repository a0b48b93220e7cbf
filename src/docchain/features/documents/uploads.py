"""Uploads: a request's body goes to the store as it arrives; it is registered only when all of it is there."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from starlette.requests import ClientDisconnect, Request

from docchain.features.documents.errors import BadUpload, Truncated
from docchain.features.documents.intake.arrivals import Arrival, Received
from docchain.features.documents.intake.errors import FileRefused
from docchain.features.documents.intake.house import Intake
from docchain.features.documents.intake.sampling import Sampled
from docchain.features.documents.intake.service import IntakeService
from docchain.features.documents.multipart import MultipartUpload
from docchain.features.documents.schemas import Document
from docchain.platform.blobs import Stored
from docchain.platform.ids import new_id
from docchain.platform.web.door import DoorContext
from docchain.platform.work import Work

FORM_BYTES: Final = 1024 * 1024
"""What a form may be longer than its file."""


@dataclass(frozen=True, slots=True)
class Upload:
    received: Received
    name: str
    media_type: str | None

    @property
    def stored(self) -> Stored:
        return self.received.stored


async def receive(door: DoorContext, name: str | None) -> Upload:
    """Store the body of a request: the file of a form, or the body itself.

    Args:
        door: the request's.
        name: what the client calls the file; if missing, what the form calls it.

    Raises:
        UploadTooLarge: nothing was stored.
        QuotaExceeded: nothing was stored.
        Truncated: nothing was stored.
        FileRefused: nothing was stored; the ledger says why.
    """
    limit: int = door.services.settings.limits.max_upload_bytes
    content_type = door.request.headers.get("content-type", "")
    form = content_type.partition(";")[0].strip().lower() == "multipart/form-data"
    door.allow_body(limit + FORM_BYTES)
    body = _body(door.request)
    intake: Intake = door.services.intake
    try:
        return await _received(door, name, intake, body, form=form)
    except FileRefused as refused:
        if refused.reason != "empty":
            raise
        hint = "Send the file as the body, or in a form field named file."
        raise BadUpload("The document is empty.", hint=hint) from None


async def _received(
    door: DoorContext, name: str | None, intake: Intake, body: AsyncIterator[bytes], *, form: bool
) -> Upload:
    content_type = door.request.headers.get("content-type", "")
    if not form:
        arrival = Arrival("upload", str(new_id()), name or "", content_type)
        received = await intake.receive(door.actor, arrival, body)
        return Upload(received, name or "", content_type)
    upload = MultipartUpload(body, content_type)
    stream = Sampled(upload.chunks())
    await stream.begin()  # the head of the file's part has come with it
    arrival = Arrival("upload", str(new_id()), name or upload.fields.get("name") or upload.name, upload.media_type)
    received = await intake.receive(door.actor, arrival, stream)
    named = name or upload.fields.get("name") or upload.name
    return Upload(replace(received, arrival=replace(arrival, name=named)), named, upload.media_type)


async def register(door: DoorContext, upload: Upload, transaction: Callable[[Work], Document]) -> Document:
    """Write, but only once for the same `Idempotency-Key`; what was streamed is compared by its hash.

    Raises:
        IdempotencyKeyReused: the key came with another document before.
    """
    content = "\n".join((upload.name, str(upload.media_type), upload.stored.sha256))

    def accept(work: Work) -> Document:
        made = IntakeService(work).accept(upload.received, lambda: transaction(work))
        assert made is not None  # noqa: S101 - an upload has a key of its own
        return made

    return await door.create(Document, accept, content.encode(errors="replace"))


def workspace_of(door: DoorContext) -> UUID:
    """The workspace of whoever came through a door; they always have one."""
    assert door.actor.workspace_id is not None  # noqa: S101 - only the system has none
    return door.actor.workspace_id


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
