"""Answers for whoever is not shown everything: masked on their way out, whichever route made them."""

import json
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.veil import Veil
from docchain.platform.web.door import ACTOR

_OF_RUNS: Final = ("/runs", "/approvals", "/executions")
HIDDEN_FIELDS: Final = "Hidden-Fields"


class VeiledAnswers:
    """ASGI layer around the routes, inside of compression; costs others nothing but one look."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _Masking(scope, send) if scope["type"] == "http" else send)


class _Masking:
    """Takes the place of `send`: an answer to somebody with something hidden is kept until it is whole."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._masks(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    def _masks(self, start: Message) -> bool:
        actor = self._scope.get(ACTOR)
        if actor is None or not actor.hidden:
            return False
        kind = next((value for name, value in start["headers"] if name.lower() == b"content-type"), b"")
        return kind.startswith((b"application/json", b"application/x-ndjson"))

    async def _finish(self, start: Message) -> None:
        path: str = self._scope["path"]
        veil = Veil(self._scope[ACTOR].hidden, of_runs=any(part in path for part in _OF_RUNS))
        lines = bytes(self._body).splitlines(keepends=True) if b"ndjson" in _kind(start) else [bytes(self._body)]
        body = b"".join(_masked(line, veil) for line in lines)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        if veil.met:
            headers[HIDDEN_FIELDS] = ", ".join(sorted(veil.met))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _kind(start: Message) -> bytes:
    return next((value for name, value in start["headers"] if name.lower() == b"content-type"), b"")


def _masked(text: bytes, veil: Veil) -> bytes:
    if not text.strip():
        return text
    shown: Any = veil.over(json.loads(text))
    end = b"\n" if text.endswith(b"\n") else b""
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode() + end
