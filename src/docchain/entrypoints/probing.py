"""A door for orchestrators only: /health, /health/live and /health/ready of a process that serves nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

from docchain.features.monitoring import HealthService
from docchain.features.monitoring.schemas import Health, Live
from docchain.platform.settings import ServerSettings, SettingsError

_LONGEST: Final = 5.0
"""Seconds that a request may take to arrive."""
_LARGEST: Final = 8_192
_METHODS: Final = ("GET", "HEAD")
Answer = tuple[HTTPStatus, bytes]


class HealthDoor:
    """Answers one request a connection. Alive from the first moment; ready when `service` is there and not ill."""

    def __init__(self) -> None:
        self.service: HealthService | None = None
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/health": self._health,
            "/health/ready": self._health,
            "/health/live": self._live,
        }

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a request and answer it; whatever is no request is not answered at all."""
        try:
            with suppress(
                TimeoutError, ConnectionError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
            ):
                async with asyncio.timeout(_LONGEST):
                    head = await reader.readuntil(b"\r\n\r\n")
                    method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
                    writer.write(_response(method, *await self._page(method, target)))
                    await writer.drain()
        finally:
            writer.close()

    async def _page(self, method: str, target: str) -> Answer:
        page = self._pages.get(target.partition("?")[0])
        if page is None:
            return HTTPStatus.NOT_FOUND, b"Ask for /health, /health/live or /health/ready.\n"
        if method not in _METHODS:
            return HTTPStatus.METHOD_NOT_ALLOWED, b"Ask with GET.\n"
        return await page()

    async def _live(self) -> Answer:
        return HTTPStatus.OK, Live().model_dump_json().encode()

    async def _health(self) -> Answer:
        if self.service is None:
            return HTTPStatus.SERVICE_UNAVAILABLE, b"The worker starts; PostgreSQL may be on its way.\n"
        found: Health = await self.service.check()
        status = HTTPStatus.SERVICE_UNAVAILABLE if found.status == "failed" else HTTPStatus.OK
        return status, found.model_dump_json().encode()


def _response(method: str, status: HTTPStatus, body: bytes) -> bytes:
    media_type = "application/json" if body.startswith(b"{") else "text/plain; charset=utf-8"
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if method == "HEAD" else body)


@asynccontextmanager
async def health_door(settings: ServerSettings) -> AsyncIterator[HealthDoor]:
    """Open it where the operator said; nowhere, if no port is set.

    Raises:
        SettingsError: the port is taken, or the address is none of this machine.
    """
    door = HealthDoor()
    host, port = settings.worker_health_host, settings.worker_health_port
    if not port:
        yield door
        return
    try:
        server = await asyncio.start_server(door.answer, host, port, limit=_LARGEST)
    except OSError as error:
        told = f"The worker cannot answer probes on {host}:{port}: {error.strerror or error}. "
        raise SettingsError(told + "Choose another DOCCHAIN_WORKER_HEALTH_PORT or _HOST.") from None
    async with server:
        yield door
