"""Versioned answers: each has an ETag, and who has the answer already is told so (304). HEAD works where GET does."""

from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.event_tail import Subject
from docchain.platform.web.requests import ADDED, SENT_STATUS
from docchain.platform.web.safety import caching_of

VERSIONED: Final = "docchain.versioned"
_NOT_IN_304: Final = frozenset({b"content-length", b"content-type", b"content-encoding"})
_OK: Final = 200
_NO_SUCH_METHOD: Final = 405

Headers = list[tuple[bytes, bytes]]


class Versions:
    """What an answer is about, until when whoever asked may see it, and which changes were seen before it was read.

    The door tells, and through it the route.
    """

    __slots__ = ("since", "subjects", "until")

    def __init__(self) -> None:
        self.since: int | None = None
        self.subjects: set[Subject] = set()
        self.until: datetime | None = None

    def about(self, kind: str, subject: UUID | None) -> None:
        self.subjects.add((kind, subject.bytes if subject else None))


class Answer(NamedTuple):
    """A whole one, without the headers of the one request that it was made for."""

    etag: bytes
    headers: Headers
    short_headers: Headers
    body: bytes
    until: datetime | None


class Recorder:
    """Takes the place of `send`: passes on what is not versioned; keeps what is until it is whole."""

    def __init__(self, versions: Versions, known: bytes, scope: Scope, send: Send) -> None:
        self.answer: Answer | None = None
        self._versions = versions
        self._known = known
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] == _OK and self._versions.subjects:
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(self._start)
            return
        elif self._scope["method"] == "HEAD" and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    async def _finish(self, start: Message) -> None:
        body = b"".join(self._parts)
        own = {b"x-request-id", *(name for name, _ in self._scope.get(ADDED, ()))}
        given = [tuple(header) for header in start["headers"] if header[0] not in own]
        caching = caching_of(self._scope["path"], is_versioned=True).encode()
        self.answer = answer = _whole(given, body, self._versions.until, caching)
        added = [header for header in start["headers"] if header[0] in own]
        headers = answer.headers
        if self._known and is_known(self._known, answer.etag):
            self._scope[SENT_STATUS] = start["status"] = 304
            headers, body = answer.short_headers, b""
        elif self._scope["method"] == "HEAD":
            body = b""
        await self._send({**start, "headers": [*headers, *added]})
        await self._send({"type": "http.response.body", "body": body})


def _whole(headers: Headers, body: bytes, until: datetime | None, caching: bytes) -> Answer:
    etag = next((value for name, value in headers if name == b"etag"), b"")
    if not etag:
        etag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
        headers = [header for header in headers if header != (b"cache-control", b"no-store")]
        headers += [(b"etag", etag), (b"cache-control", caching)]
    short = [header for header in headers if header[0] not in _NOT_IN_304]
    return Answer(etag, headers, short, body, until)


def is_known(header: bytes, etag: bytes) -> bool:
    """Whether `If-None-Match` names the answer."""
    if header == etag:
        return True
    tags = [tag.strip().removeprefix(b"W/") for tag in header.split(b",")]
    return etag.removeprefix(b"W/") in tags or b"*" in tags


class Heads:
    """ASGI layer right around the routes: where GET is answered, HEAD is, too; the body is dropped outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = _Once(send)
        await self._app(scope, receive, asked)
        if asked.refused:
            await self._app({**scope, "method": "GET"}, receive, send)


class _Once:
    """Holds back the answer that there is no such method."""

    def __init__(self, send: Send) -> None:
        self.refused = False
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == _NO_SUCH_METHOD:
            self.refused = True
        if not self.refused:
            await self._send(message)
