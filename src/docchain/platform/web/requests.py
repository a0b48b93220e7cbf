"""The outermost layer: every request has an id, a log line and safe headers, and a failure never shows our insides."""

import re
import time
from functools import partial
from http import HTTPStatus

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.errors import Refusal
from docchain.platform.full_disk import StorageFull, is_disk_full
from docchain.platform.ids import id_text
from docchain.platform.provenance import CALLER, caller_of
from docchain.platform.secrecy import MASK
from docchain.platform.web.notes import notes_of
from docchain.platform.web.problems import REQUEST_ID, InternalFault, render
from docchain.platform.web.safety import SAFE_HEADERS, caching_of

SENT_STATUS = "docchain.sent_status"
"""Set by a layer outside that sent another status than it was given, such as a 304."""
ADDED = "docchain.added_headers"
"""Set by a layer outside: headers of the answer to this one request, whoever gives it."""
SERVER_SEND = "docchain.server_send"
"""Where a socket finds the server's own `send`: what it answers is under way before anybody awaits it."""
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_OF_A_BODY = frozenset({b"content-type", b"content-length", b"content-encoding"})
_TOKEN = re.compile(r"(?<=/files/)[^/]+|(?<=/callbacks/)[^/]+|(?<=/hooks/)[^/]+")  # they let in whoever knows them
_REFUSED = 400
_log = structlog.get_logger("docchain.web")


class Requests:
    """ASGI layer around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            scope[SERVER_SEND] = send
            await self._app(scope, receive, send)
            return
        scope[REQUEST_ID] = request_id = request_id_of(scope)
        CALLER.set(partial(caller_of, scope, request_id))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status, notes = 0, notes_of(scope)

        async def sending(message: Message) -> None:
            nonlocal status
            message = _short(message) if notes.is_short and status < _REFUSED else message
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = scope[REQUEST_ID]
                headers.raw.extend(scope.get(ADDED, ()))
                if status == HTTPStatus.NO_CONTENT:
                    del headers["content-type"]
                if status < _REFUSED:
                    headers.update(notes.headers())
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                if _is_stopping(scope):
                    close_after(message, scope)
                headers.setdefault("Cache-Control", caching_of(scope["path"], is_versioned="etag" in headers))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            fault = _told(error, scope)
            if status:
                raise  # the client must see a cut response, not a complete one
            await render(scope, fault)(scope, receive, sending)
        finally:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            line = _log.debug if scope["path"].startswith("/health") else _log.info
            line(
                "request",
                method=scope["method"],
                path=_TOKEN.sub(MASK, scope["path"]),
                status=scope.get(SENT_STATUS, status),
                ms=milliseconds,
            )


def _is_stopping(scope: Scope) -> bool:
    """Whether the server was told to stop; requests that were under way then have not met the layer for it."""
    stopping = getattr(scope["app"].state, "stopping", None) if "app" in scope else None
    return stopping is not None and stopping.is_set()


def close_after(message: Message, scope: Scope) -> None:
    """Let an answer, of which this is the start, be the last of its connection; newer protocols have no such header."""
    if scope["http_version"].startswith("1"):
        MutableHeaders(scope=message)["Connection"] = "close"


def _short(message: Message) -> Message:
    """The same without a body, of what went well."""
    if message["type"] == "http.response.body":
        return {**message, "body": b""}
    if message.get("status", _REFUSED) >= _REFUSED:
        return message
    headers = [header for header in message["headers"] if header[0].lower() not in _OF_A_BODY]
    if message["status"] == HTTPStatus.OK:
        return {**message, "status": int(HTTPStatus.NO_CONTENT), "headers": headers}
    return {**message, "headers": [*headers, (b"content-length", b"0")]}


def _told(error: Exception, scope: Scope) -> Refusal:
    """Log what went wrong; return what the client may know of it."""
    asked = {"method": scope["method"], "path": scope["path"]}
    if is_disk_full(error):
        _log.error("disk full", error=str(error), **asked)
        return StorageFull()
    _log.exception("request failed", **asked)
    return InternalFault("Something went wrong on our side.", hint="Give the request id to your operator.")


def request_id_of(scope: Scope) -> str:
    return request_id_from(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))


def request_id_from(given: bytes) -> str:
    """The id that a client gave, if it is a sane one, or a new one."""
    return given.decode() if given and _SANE.fullmatch(given) else id_text()
