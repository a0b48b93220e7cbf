"""Answers as short as the client can read them: compressed where that saves something, or only "you have it" (304).

Downloads and event streams pass as they are. A coded answer has an ETag of its own, that of the plain one with the
coding at its end; `If-Match` takes either.
"""

import asyncio
from hashlib import sha256
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.web.codings import CODINGS, coding_of
from docchain.platform.web.versions import VERSIONED, Versions, is_known

_TYPES: Final = ("application/json", "application/javascript", "application/yaml", "image/svg+xml")
_STREAM: Final = "text/event-stream"
_BODILESS: Final = frozenset({204, 206, 304})
_OK: Final = 200
_SHORT: Final = 1024
_LONG: Final = 32 * 1024
_LONGEST: Final = 16 * 1024 * 1024


class Compression:
    """ASGI layer around the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _Shorter(scope, send)
        await self._app(scope, receive, send)


class _Shorter:
    """Takes the place of `send`: keeps an answer that may be shortened until it is whole."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_shorter(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            await self._take(self._start, message)

    async def _take(self, start: Message, message: Message) -> None:
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        more = message.get("more_body", False)
        if more and self._size <= _LONGEST:
            return
        self._start, body = None, b"".join(self._parts)
        self._parts.clear()
        headers = MutableHeaders(scope=start)
        headers.add_vary_header("Accept-Encoding")
        if not more:
            body = await self._shortened(start, headers, body)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def _shortened(self, start: Message, headers: MutableHeaders, body: bytes) -> bytes:
        if self._may_be_known(start) and "etag" not in headers and body:
            headers["ETag"] = f'"{sha256(body).hexdigest()[:32]}"'
            headers.setdefault("Cache-Control", "no-store")
        coding = coding_of(",".join(self._headers(b"accept-encoding"))) if len(body) >= _SHORT else None
        if coding is not None:
            code = CODINGS[coding]
            body = await asyncio.to_thread(code, body) if len(body) > _LONG else code(body)
            headers["Content-Encoding"], headers["Content-Length"] = coding, str(len(body))
            if etag := headers.get("etag"):
                headers["ETag"] = f'{etag[:-1]}-{coding}"'
            del headers["Accept-Ranges"]
        known = ",".join(self._headers(b"if-none-match"))
        if known and self._may_be_known(start) and is_known(known.encode("latin-1"), headers["etag"].encode()):
            start["status"], body = 304, b""
            for name in ("Content-Length", "Content-Type", "Content-Encoding"):
                del headers[name]
        return body

    def _may_be_known(self, start: Message) -> bool:
        """What is versioned is looked after by the layer that keeps it."""
        versions: Versions | None = self._scope.get(VERSIONED)
        is_read = self._scope["method"] in ("GET", "HEAD") and start["status"] == _OK
        return is_read and (versions is None or not versions.subjects)

    def _headers(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in self._scope["headers"] if key == name]


def _may_be_shorter(start: Message) -> bool:
    if start["status"] in _BODILESS:
        return False
    headers = MutableHeaders(scope=start)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_text = media_type.startswith("text/") or media_type in _TYPES or media_type.endswith(("+json", "+yaml"))
    if not is_text or media_type == _STREAM:
        return False
    return "content-encoding" not in headers and "content-disposition" not in headers
