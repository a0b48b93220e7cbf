"""Proxies before the server: what they say of the caller is believed if they are the operator's, and else ignored."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

_MOST = 20


class Proxies:
    """ASGI layer outside of all others.

    Args:
        app: what it is around.
        trusted: networks of the operator's proxies.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = app
        self._trusted = [ip_network(network) for network in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] in ("http", "websocket") and client and _within(str(client[0]), self._trusted):
            said = _said(scope, b"x-forwarded-for")
            scope["client"] = (self._caller(str(client[0]), said), client[1])
            scheme = _said(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                secure = scheme == "https"
                scope["scheme"] = {True: "wss", False: "ws"}[secure] if scope["type"] == "websocket" else scheme
        await self._app(scope, receive, send)

    def _caller(self, nearest: str, said: str) -> str:
        """The last address that none of our own proxies has; what is left of it, the caller may have made up."""
        found = nearest
        for part in reversed(said.split(",")[-_MOST:]):
            address = _without_port(part.strip())
            if not _is_address(address):
                return found
            found = address
            if not _within(address, self._trusted):
                return found
        return found


def _said(scope: Scope, name: bytes) -> str:
    return b",".join([value for known, value in scope["headers"] if known == name]).decode("latin-1")


def _without_port(text: str) -> str:
    """Some proxies tell the port, too: `203.0.113.9:5555` or `[2001:db8::1]:443`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    address, _, port = text.partition(":")
    return address if port.isdecimal() else text


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)
