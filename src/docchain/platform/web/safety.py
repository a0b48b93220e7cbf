"""Headers that tell browsers to be careful: on every answer, and on answers of TLS to come back that way only."""

from collections.abc import MutableMapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_HEADERS: Final[dict[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PERSONAL: Final = tuple(f"/api/v3/{part}" for part in ("auth/", "security/", "admin/", "workspace"))
"""Where answers are about people, their sessions, keys, secrets and rights."""
_SECURE: Final = frozenset({"https", "wss"})


def caching_of(path: str, *, is_versioned: bool) -> str:
    """What of an answer a browser may keep: nothing personal; what has an ETag, if it asks before it shows it."""
    return "private, no-cache" if is_versioned and not path.startswith(_PERSONAL) else "no-store"


class StrictTransport:
    """ASGI layer: who came over TLS is told to come over TLS only.

    Args:
        app: what it is around.
        seconds: for how long.
    """

    def __init__(self, app: ASGIApp, seconds: int) -> None:
        self._app = app
        self._told = (b"strict-transport-security", f"max-age={seconds}; includeSubDomains".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("scheme") not in _SECURE:
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            _add(message, self._told)
            await send(message)

        await self._app(scope, receive, sending)


def _add(message: MutableMapping[str, object], header: tuple[bytes, bytes]) -> None:
    if message["type"] == "http.response.start":
        headers: list[tuple[bytes, bytes]] = message["headers"]  # type: ignore[assignment] # as ASGI says
        message["headers"] = [*headers, header]
