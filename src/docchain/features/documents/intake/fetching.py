"""Documents from the web: over the guarded network only, within a time, and never more than is wanted."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from email.message import Message
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urljoin, urlsplit

from docchain.features.documents.intake.errors import NotFetched
from docchain.platform.outgoing_rules import OutsideRulesError, PrivateAddressError, within_rules

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from docchain.platform.outgoing_rules import Watch

_HOPS: Final = 5
_OK: Final = 200
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Fetched:
    """An answer whose body is still to come."""

    def __init__(self, response: "httpx.Response", url: str) -> None:
        self._response = response
        headers = response.headers
        self.media_type: str | None = headers.get("content-type")
        said = Message()
        said["content-disposition"] = headers.get("content-disposition", "")
        self.name = said.get_filename() or unquote(urlsplit(url).path.rpartition("/")[2]) or "document"

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_bytes():
            yield chunk


class Fetcher:
    """Fetches one document at a time from a public address, or from one that the operator listed."""

    def __init__(
        self, allow: Iterable[str], timeout: float, watch: "Watch | None" = None, workspace: "UUID | None" = None
    ) -> None:
        self._allow = list(allow)
        self._watch = watch
        self._workspace = workspace
        self.timeout = timeout

    async def open(self, client: "httpx.AsyncClient", url: str) -> Fetched:
        """Ask; go where that leads, each time through the same guard."""
        for _ in range(_HOPS):
            _check(url)
            async with within_rules(self._watch, self._workspace):
                response = await client.send(client.build_request("GET", url), stream=True)
            if not response.is_redirect:
                break
            await response.aclose()
            url = urljoin(url, response.headers.get("location", ""))
            if urlsplit(url).scheme not in ("http", "https"):
                raise NotFetched("It leads to an address that is none of the web.")
        if response.status_code != _OK:
            await response.aclose()
            raise NotFetched(
                f"The other side answered {response.status_code}.",
                hint="Look at the address yourself.",
                later=response.status_code in _LATER,
            )
        return Fetched(response, url)

    def client(self) -> "httpx.AsyncClient":
        import httpx  # noqa: PLC0415 - slow to import

        from docchain.platform.guarded_network import GuardedTransport  # noqa: PLC0415 - the same

        return httpx.AsyncClient(
            transport=GuardedTransport(self._allow),
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(self.timeout),
            headers={"accept": "*/*", "accept-encoding": "identity", "user-agent": "docchain"},
        )


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named:
        raise NotFetched("The address names no host.", hint="Write it like https://example.com/file.pdf.")


def told(error: Exception) -> NotFetched | None:
    """What a failure of the network is for who asked."""
    import httpcore  # noqa: PLC0415 - slow to import
    import httpx  # noqa: PLC0415 - the same

    broken = httpcore.NetworkError | httpcore.ProtocolError | httpcore.UnsupportedProtocol
    if isinstance(error, OutsideRulesError):
        return NotFetched(str(error), hint="An administrator sets them: PUT /admin/settings/outgoing.")
    if isinstance(error, PrivateAddressError):
        return NotFetched(str(error), hint="Ask your operator to list it in DOCCHAIN_OUTGOING_ALLOW.")
    if isinstance(error, TimeoutError | asyncio.TimeoutError | httpx.TimeoutException | httpcore.TimeoutException):
        return NotFetched("It took too long.", hint="Try again, or fetch it yourself and upload it.", later=True)
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | broken):
        return NotFetched(f"The connection failed: {str(error)[:200] or type(error).__name__}.", later=True)
    return None


def shown(url: str) -> str:
    """An address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
