"""A search server over HTTP, at the one address that the operator named; redirects and proxies are not followed."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic_core import from_json

from docchain.features.search.errors import SearchAway
from docchain.platform.outgoing import Outgoing, OutgoingError

_PORTS: Final = {"http": 80, "https": 443}
_MOST_BYTES: Final = 256 * 1024 * 1024
_NOT_FOUND: Final = 404
_FAILED: Final = 300


class Server:
    """Speaks JSON with it.

    Args:
        url: with user and password, if it wants them.
        name: what people call it.
        seconds: that it may take.
    """

    def __init__(self, url: str, name: str, seconds: float) -> None:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        self._root = f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}"
        self._name = name
        self._headers = _authorization(parts.username, parts.password)
        self._outgoing = Outgoing([f"{parts.hostname}:{port}"], seconds, _MOST_BYTES)

    async def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """What it answers; `None` if there is no such thing.

        Raises:
            SearchAway: it does not answer, or not as expected.
        """
        headers = {**self._headers, "Content-Type": kind, "Accept": "application/json"}
        try:
            answer = await self._outgoing.send(method, f"{self._root}/{path}", headers=headers, content=body)
        except OutgoingError as error:
            raise self._away(str(error)) from error
        if answer.status == _NOT_FOUND:
            return None
        if answer.status >= _FAILED:
            raise self._away(f"It answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
        return from_json(answer.body) if answer.body else {}

    def _away(self, reason: str) -> SearchAway:
        return SearchAway(
            f"{self._name} does not do what search asks of it. {reason}",
            hint="Look whether it runs, and whether DOCCHAIN_SEARCH_URL says where; then try again.",
        )

    async def close(self) -> None:
        await self._outgoing.close()


def _authorization(user: str | None, password: str | None) -> Mapping[str, str]:
    if user is None:
        return {}
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
