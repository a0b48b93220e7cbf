"""Request bodies: never longer than allowed, and JSON is checked whole before anything reads it."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.errors import Refusal, TooLarge
from docchain.platform.json_text import BadJson, check_json

BUDGET = "docchain.body"
_LONG: Final = 128 * 1024
"""Bytes that are checked off the event loop if a body has more."""


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
        try:
            check_json(body, self._max_nesting, "body")
        except BadJson as error:
            raise BadBody(str(error), errors=error.faults) from None


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


def is_json(content_type: bytes) -> bool:
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type == b"application/json" or media_type.endswith(b"+json")
