"""Hot reads, the outermost layer: a versioned answer is kept, and sent again only if the event log says it is current.

A route calls `door.versioned(kind, id)` for each thing that its answer is about. Such answers have an ETag, and who has
the answer already gets a 304. What is kept is found by everything that an answer depends on, the token first of all.
"""

import asyncio
import logging
import time
from datetime import datetime
from typing import Final, NamedTuple

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from docchain.platform.database import Database
from docchain.platform.freshness import Kept
from docchain.platform.web.requests import ADDED, request_id_from
from docchain.platform.web.versions import VERSIONED, Answer, Recorder, Versions, is_known

_KEYED: Final = frozenset({b"authorization", b"cookie", b"x-workspace", b"accept", b"accept-encoding"})
_ENTRY_BYTES: Final = 2_048
_LARGEST_SHARE: Final = 8
_TOLD_EVERY: Final = 60.0
_RETURNING: Final = 10_000
_lines = logging.getLogger("docchain.web")
_log = structlog.get_logger("docchain.web")

Key = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


class _Asked(NamedTuple):
    """What a request asks for, and which answer it has already."""

    key: Key
    known: bytes
    request_id: bytes


class HotReads:
    """ASGI layer around everything else.

    Args:
        app: what it is around.
        database: whose log tells of changes.
        most: bytes of answers that are kept; 0 keeps none.
    """

    def __init__(self, app: ASGIApp, database: Database, most: int) -> None:
        self._app = app
        self._freshness = database.freshness
        self._now = database.clock.now
        self._kept: Kept[Key, Answer] = Kept(database.freshness, most)
        self._returning: set[Key] = set()
        """What was kept once: when it has changed, one renders it and all who ask meanwhile wait for that."""
        self._rendering: dict[Key, asyncio.Event] = {}
        self._most = most
        self._hits = self._misses = 0
        self._told = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        asked = _asked(scope)
        answer = await self._found(asked.key)
        if answer is None and (others := self._rendering.get(asked.key)) is not None:
            await others.wait()
            answer = await self._found(asked.key)
        if answer is not None:
            self._hits += 1
            await _send(answer, asked, scope, send)
        elif asked.key in self._returning:
            self._rendering[asked.key] = done = asyncio.Event()
            try:
                await self._render(asked, scope, receive, send)
            finally:
                self._rendering.pop(asked.key, None)
                done.set()
        else:
            await self._render(asked, scope, receive, send)

    async def _found(self, key: Key) -> Answer | None:
        """What is kept, if the log says that it is current."""
        answer = self._kept.get(key)
        if answer is not None and not self._freshness.is_current:
            answer = self._kept.get(key) if await self._freshness.reach() else None  # what changed meanwhile is gone
        return answer if answer is not None and _lasts(answer.until, self._now()) else None

    async def _render(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        scope[VERSIONED] = versions = Versions()
        recorder = Recorder(versions, asked.known, scope, send)
        await self._app(scope, receive, recorder)
        if recorder.answer is not None and self._most:
            self._misses += 1
            self._keep(asked.key, recorder.answer, versions)
            self._tell()

    def _keep(self, key: Key, answer: Answer, versions: Versions) -> None:
        weight = _ENTRY_BYTES + len(answer.body)
        if weight <= self._most // _LARGEST_SHARE and _is_found_by_key(answer):
            self._kept.put(key, answer, weight, versions.subjects, versions.since)
            if len(self._returning) >= _RETURNING:
                self._returning.clear()
            self._returning.add(key)

    def _tell(self) -> None:
        """Hits have no log line of their own; now and then they are counted in one."""
        if time.monotonic() - self._told > _TOLD_EVERY:
            self._told = time.monotonic()
            sizes = {"answers": len(self._kept), "bytes": self._kept.weight}
            _log.info("hot_reads", hits=self._hits, misses=self._misses, **sizes)


def _asked(scope: Scope) -> _Asked:
    keyed, known, given = [], b"", b""
    for header in scope["headers"]:
        name = header[0]
        if name in _KEYED:
            keyed.append(header)
        elif name == b"x-request-id":
            given = given or header[1]
        elif name == b"if-none-match":
            known = header[1]
    return _Asked((scope["path"], scope["query_string"], tuple(keyed)), known, given)


async def _send(answer: Answer, asked: _Asked, scope: Scope, send: Send) -> None:
    status, headers, body = 200, answer.headers, answer.body
    if asked.known and is_known(asked.known, answer.etag):
        status, headers, body = 304, answer.short_headers, b""
    elif scope["method"] == "HEAD":
        body = b""
    request_id = request_id_from(asked.request_id)
    named = (b"x-request-id", request_id.encode())
    headers = [*headers, named, *scope.get(ADDED, ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    if _lines.isEnabledFor(logging.DEBUG):
        asked_for = {"method": scope["method"], "path": scope["path"], "status": status}
        _log.debug("request", request_id=request_id, kept=True, **asked_for)


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now


def _is_found_by_key(answer: Answer) -> bool:
    """Whether the answer depends on nothing but the key, and does nothing to the client."""
    for name, value in answer.headers:
        if name == b"set-cookie":
            return False
        if name == b"vary" and not {part.strip().lower() for part in value.split(b",")} <= _KEYED:
            return False
    return True
