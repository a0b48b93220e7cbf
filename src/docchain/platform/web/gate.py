"""What a request must be like before a route sees it: a readable address, small headers, a plain body, known types."""

from typing import Any, Final
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docchain.platform.errors import FieldFault, Refusal
from docchain.platform.web.bodies import is_json
from docchain.platform.web.media import NotAcceptable, UnsupportedMediaType, accepts
from docchain.platform.web.problems import render

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHARSETS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_PROBLEM: Final = 400
_PER_HEADER: Final = 4


class BadAddress(Refusal):
    code = "bad_address"
    title = "The address of the request cannot be read"


class AddressTooLong(Refusal):
    code = "address_too_long"
    title = "The address of the request is too long"
    status = 414


class HeadersTooLarge(Refusal):
    code = "headers_too_large"
    title = "The headers of the request are too large"
    status = 431


class Gate:
    """ASGI layer around the routes and the limits of bodies.

    Args:
        app: what it is around.
        max_address: bytes of path and query.
        max_headers: bytes of all headers.
        makes_files: paths of orders that answer with a file; others answer with JSON.
    """

    def __init__(
        self, app: ASGIApp, max_address: int, max_headers: int, makes_files: frozenset[str] = frozenset()
    ) -> None:
        self._app = app
        self._makes_files = makes_files
        self._max_address = max_address
        self._max_headers = max_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            accept = self._checked(scope)
        except Refusal as refusal:
            await render(scope, refusal, _also(refusal))(scope, receive, send)
            return
        if accept and scope["method"] in _READS:
            send = _Negotiated(accept, scope, receive, send)
        await self._app(scope, receive, send)

    def _checked(self, scope: Scope) -> bytes:
        """Return what the client accepts, if it does not accept everything."""
        _check_address(scope, self._max_address)
        size, accept = 0, b""
        for name, value in scope["headers"]:
            size += len(name) + len(value) + _PER_HEADER
            if name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"content-type":
                _check_charset(value)
            elif name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
                raise UnsupportedMediaType(
                    "The body is compressed.", hint="Send it as it is, without Content-Encoding."
                )
        if size > self._max_headers:
            raise HeadersTooLarge(f"They have {size:,} bytes; {self._max_headers:,} are allowed.", hint="Send fewer.")
        if not accept or b"*/*" in accept:
            return b""
        if scope["method"] in _READS or scope["path"] in self._makes_files:
            return accept
        if not accepts(accept, b"application/json"):
            raise NotAcceptable("application/json")
        return accept


class _Negotiated:
    """Takes the place of `send`: an answer of a type that the client does not accept is not sent."""

    def __init__(self, accept: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        self._accept = accept
        self._scope = scope
        self._receive = receive
        self._send = send
        self._refused = False

    async def __call__(self, message: Message) -> None:
        if self._refused:
            return
        given = _type_of(message) if message["type"] == "http.response.start" else b""
        if given and not accepts(self._accept, given):
            self._refused = True
            refusal = NotAcceptable(given.decode("latin-1"))
            await render(self._scope, refusal, _also(refusal))(self._scope, self._receive, self._send)
            return
        await self._send(message)


def _type_of(message: Message) -> bytes:
    """The type of a good answer with a body; a download is of the type that it is of."""
    if message["status"] >= _PROBLEM:
        return b""
    headers = dict(message["headers"])
    return b"" if b"content-disposition" in headers else headers.get(b"content-type", b"").partition(b";")[0].strip()


def _also(refusal: Refusal) -> dict[str, str] | None:
    return {"Vary": "Accept"} if isinstance(refusal, NotAcceptable) else None


def _check_address(scope: Scope, most: int) -> None:
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query: bytes = scope["query_string"]
    size = len(path) + len(query)
    if size > most:
        hint = "Send long values in the body, or fewer."
        raise AddressTooLong(f"It has {size:,} bytes; {most:,} are allowed.", hint=hint)
    if b"%" in path or not path.isascii() or "\x00" in scope["path"]:
        _check_text(path, "path")
    if b"%" in query or not query.isascii():
        for part in query.split(b"&"):
            name, _, value = part.partition(b"=")
            _check_text(name, "query")
            _check_text(value, f"query.{unquote_to_bytes(name)[:60].decode()}")


def _check_text(coded: bytes, place: str) -> None:
    try:
        text = unquote_to_bytes(coded).decode()
    except UnicodeDecodeError:
        raise _bad(place, "is no text in UTF-8; send it percent-encoded as UTF-8") from None
    if "\x00" in text:
        raise _bad(place, "holds a NUL character; remove it")


def _bad(place: str, message: str) -> BadAddress:
    return BadAddress(f"{place}: {message}", errors=[FieldFault(place, message, BadAddress.code)])


def _check_charset(content_type: bytes) -> None:
    """What is read as text is read as UTF-8."""
    media_type, *parameters = content_type.split(b";")
    if not (is_json(media_type) or b"yaml" in media_type.lower()):
        return
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip().lower() == b"charset" and value.strip(b' "').lower() not in _CHARSETS:
            told: Any = value.strip(b' "')[:40].decode("latin-1")
            raise UnsupportedMediaType(f"The body is said to be in {told}.", hint="Send it in UTF-8.")
