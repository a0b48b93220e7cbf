"""Request bodies: never longer than allowed, and JSON is checked whole before anything reads it."""

import asyncio
import json
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.errors import FieldFault, Refusal, TooLarge

BUDGET = "docchain.body"
_DEPTH = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_LONG: Final = 128 * 1024
"""Bytes that are checked off the event loop if a body has more."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_NESTED = (dict, list)
_OTHERS = bytes(byte for byte in range(256) if byte not in _DEPTH)


class BadBody(Refusal):
    code = "bad_body"
    title = "The body of the request cannot be read"


class BodyBudget:
    """How much of a body may be read, and whether it is checked as JSON."""

    def __init__(self, limit: int, *, json: bool) -> None:
        self.limit = limit
        self.json = json

    def stream(self, limit: int) -> None:
        self.limit, self.json = limit, False


class BodyLimits:
    """ASGI layer that refuses bodies that are too long, too deeply nested or no JSON although they claim to be."""

    def __init__(self, app: ASGIApp, max_bytes: int, max_nesting: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_nesting = max_nesting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            scope[BUDGET] = budget = BodyBudget(self._max_bytes, json=is_json(headers.get(b"content-type", b"")))
            declared = headers.get(b"content-length", b"")
            length = int(declared) if declared.isdigit() else None
            receive = _Reader(receive, budget, length, self._check).receive
        await self._app(scope, receive, send)

    def _check(self, body: bytes) -> None:
        if depth_exceeds(body, self._max_nesting):
            raise BadBody(f"The JSON is nested deeper than {self._max_nesting} levels; flatten it.")
        try:
            body.decode()
            read = msgspec.json.decode(body)
        except UnicodeDecodeError as error:
            raise BadBody(f"The body is no text in UTF-8: byte {error.start} is wrong.") from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadBody(f"The body is no valid JSON: {error}.") from None
        if _NUL.search(body):
            raise BadBody("A text in the body holds a NUL character; remove it.")
        if _without_strings(body).count(b":") != _count_keys(read):
            name = _repeated_key(body)
            fault = FieldFault(name, "is given more than once; which one counts?", "repeated_key")
            raise BadBody(f"The key {name!r} comes twice in one object; remove one.", errors=[fault])


class _Reader:
    """Wraps `receive` of one request."""

    def __init__(
        self, receive: Receive, budget: BodyBudget, length: int | None, check: Callable[[bytes], None]
    ) -> None:
        self._receive = receive
        self._budget = budget
        self._length = length
        self._check = check
        self._seen = 0
        self._ended = False

    async def receive(self) -> Message:
        if self._ended:
            return await self._receive()
        if self._length is not None and self._length > self._budget.limit:
            raise self._too_long()
        return await self._whole() if self._budget.json else await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._seen > self._budget.limit:
            raise self._too_long()
        return message

    async def _whole(self) -> Message:
        parts = []
        while not self._ended:
            message = await self._next()
            if message["type"] == "http.disconnect":
                return message
            parts.append(message.get("body", b""))
        body = b"".join(parts)
        if len(body) > _LONG:
            await asyncio.to_thread(self._check, body)
        elif body:
            self._check(body)
        return {"type": "http.request", "body": body, "more_body": False}

    def _too_long(self) -> TooLarge:
        return TooLarge(f"The body is longer than the {self._budget.limit} bytes that are allowed here.")


def depth_exceeds(text: bytes, limit: int) -> bool:
    """Tell whether JSON is nested deeper than `limit`; brackets within strings count only if there are many."""
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    return _deepest(text) > limit and _deepest(_without_strings(text)) > limit


def _count_keys(read: Any) -> int:
    """How many keys there are in all objects of a JSON value; fewer than were written if some were the same."""
    count, waiting = 0, [read]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += len(value)
            waiting.extend(item for item in value.values() if isinstance(item, _NESTED))
        elif isinstance(value, list):
            waiting.extend(item for item in value if isinstance(item, _NESTED))
    return count


def _repeated_key(body: bytes) -> str:
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                found.append(name)
            seen.add(name)

    json.loads(body, object_pairs_hook=note)
    return found[0][:100]


def _deepest(text: bytes) -> int:
    return max(accumulate(map(_DEPTH.__getitem__, text.translate(None, _OTHERS))), default=0)


def _without_strings(text: bytes) -> bytes:
    outside = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    return b"".join(outside)


def is_json(content_type: bytes) -> bool:
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type == b"application/json" or media_type.endswith(b"+json")
