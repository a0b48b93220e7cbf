"""Downloads: a version's bytes as an attachment, whole or in part, never as a page of this site."""

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse

from docchain.features.documents.errors import RangeNotSatisfiable
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.uploads import workspace_of
from docchain.platform.web.door import DoorContext

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def disposition(name: str) -> str:
    """Return a Content-Disposition (RFC 6266) that no name can break out of."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{encoded}'


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Read one range as start and end (exclusive); `None` means the whole, also for what is not understood."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size or start >= end:
        raise RangeNotSatisfiable(f"It has {size:,} bytes.", hint="Ask for bytes within its size, or for all of them.")
    return start, end


async def send(door: DoorContext, version: DocumentVersion) -> Response:
    """Answer with the content of a version, or say that the client has it already."""
    request, etag = door.request, f'"{version.sha256}"'
    headers = {
        "Content-Type": version.media_type,
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(version.name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
        "Last-Modified": version.created_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED.value, headers=headers)
    whole = request.method == "HEAD" or request.headers.get("if-range", etag) != etag
    wanted = None if whole else request.headers.get("range")
    part = byte_range(wanted, version.size)
    start, end = part or (0, version.size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{version.size}"
    content = door.services.documents.contents.open(workspace_of(door), version.sha256, start, end)
    first = await anext(content, b"")  # what is missing is refused before the response begins
    if request.method == "HEAD":
        return Response(headers=headers)
    door.services.content_reads.note(door.actor, version.document_id, end - start)
    return StreamingResponse(
        _continued(first, content), (HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK).value, headers
    )


async def _continued(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _matches(header: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or "*" in tags
