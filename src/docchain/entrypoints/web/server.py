"""The server process: opens the services, serves until a signal, then finishes what was begun and leaves."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from docchain import __version__
from docchain.entrypoints.examples import load_examples
from docchain.entrypoints.signals import stop_on_signals
from docchain.entrypoints.web.app import create_app
from docchain.features.identity import FIRST_USER
from docchain.platform import memory, open_files
from docchain.platform.engines import parse_url
from docchain.platform.schema import alone
from docchain.platform.settings import DEFAULT_ADMIN_PASSWORD, DoorSettings, ServerSettings, Settings, SettingsError
from docchain.platform.web.lame_duck import LameDuck

Compose = Callable[[Settings], AbstractAsyncContextManager[Any]]
_BACKLOG = 1024
_START_TIMEOUT = 10.0
_WARNING = (
    "  WARNING   Everybody knows this password. Set DOCCHAIN_ADMIN_PASSWORD before others can reach this server.\n"
)
_log = structlog.get_logger(__name__)


class WebServerEndedError(RuntimeError):
    """The web server ended although nobody asked it to."""


def serve(settings: Settings, open_services: Compose) -> None:
    """Serve until SIGINT or SIGTERM; a second signal ends the process at once.

    Raises:
        SettingsError: if the address cannot be listened on.
    """
    settings.check_listening()
    address, port = free_address(settings.server.host, settings.server.port)
    settings = settings.model_copy(update={"server": _reachable(settings, port)})
    drained = uvloop.run(_serve(settings, open_services, address, port))
    _log.info("stopped", unfinished_requests=not drained)
    if not drained:
        # The threads of the web server wait for the requests that we gave up on; leave without them.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


async def _serve(settings: Settings, open_services: Compose, address: str, port: int) -> bool:
    stop = stop_on_signals()
    async with open_services(settings) as services:
        await _refuse_known_password(settings, services)
        if settings.engine.example_workspace:
            async with alone(settings.storage.app_database_url):
                await load_examples(services)
        app = create_app(services, settings.limits)
        server = Server(
            app,
            address=address,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,  # while it waits to learn which version is spoken, no timeout runs
            http1_settings=HTTP1Settings(header_read_timeout=int(settings.server.head_timeout * 1000)),
            backlog=_BACKLOG,
            log_enabled=False,
            **_tls(settings.doors),
        )
        stop_accepting: Callable[[], None] = server.stop
        memory.settle()
        open_files.allow_many()
        async with services.feed.following(), services.realtime.running():
            serving = asyncio.create_task(server.serve())
            if await _listening(serving, address, port):
                sys.stderr.write(_greeting(settings, port))
            await _first(serving, asyncio.create_task(stop.wait()))
            if not stop.is_set():
                _log.error("server_ended", hint="The web server ended by itself; start it again, and tell its makers.")
            app.state.stopping.set()
            app.middleware_stack = last = LameDuck(app.middleware_stack or app.build_middleware_stack())
            await services.realtime.stop()
            await last.quiet(settings.server.stop_linger)
        stop_accepting()
        await asyncio.wait({serving}, timeout=settings.server.stop_timeout)
        if app.state.limiter is not None:
            await app.state.limiter.close()
    if not stop.is_set():
        raise WebServerEndedError
    return serving.done()


async def _refuse_known_password(settings: Settings, services: Any) -> None:
    """Whatever the settings say now: the first user may still have the password that everybody knows.

    Raises:
        SettingsError: they do, where others can reach the server.
    """
    if settings.is_exposed and await services.sign_in.passwords.belongs(FIRST_USER, DEFAULT_ADMIN_PASSWORD):
        raise SettingsError(
            "The user admin still has the default password, from a first start in development. Set another one with "
            "`docchain user password admin`, then start again."
        )


async def _listening(serving: "asyncio.Task[None]", address: str, port: int) -> bool:
    """Wait until the server accepts connections."""
    async with asyncio.timeout(_START_TIMEOUT):
        while not serving.done():
            with suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                writer.close()
                return True
            await asyncio.sleep(0.005)
    await serving
    return False


async def _first(*tasks: "asyncio.Task[Any]") -> None:
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        if task is not tasks[0]:
            task.cancel()
    for task in done:
        task.result()


def _reachable(settings: Settings, port: int) -> ServerSettings:
    """Where the server is, with the port that it got; links begin with https if it speaks TLS itself."""
    told = settings.server.model_copy(update={"port": port})
    if settings.doors.tls_certificate is None or told.public_url:
        return told
    return told.model_copy(update={"public_url": told.url.replace("http://", "https://", 1)})


def _tls(doors: DoorSettings) -> dict[str, Any]:
    """What the server needs to speak TLS.

    Raises:
        SettingsError: if the certificate or its key cannot be used.
    """
    if doors.tls_certificate is None or doors.tls_key is None:
        return {}
    import ssl  # noqa: PLC0415 - most servers stand behind a proxy that speaks it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(doors.tls_certificate, doors.tls_key, lambda: b"")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The certificate {doors.tls_certificate} and the key {doors.tls_key} cannot be used together: {error}. "
            "Both are PEM files that this user may read; the key is not encrypted."
        ) from None
    least = SSLProtocols(doors.tls_least)
    return {"ssl_cert": doors.tls_certificate, "ssl_key": doors.tls_key, "ssl_protocol_min": least}


def free_address(host: str, port: int) -> tuple[str, int]:
    """Return the numeric address and the port to listen on; 0 becomes a free port.

    Raises:
        SettingsError: if somebody listens there already, or the host is none of this machine's.
    """
    try:
        family, _, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found)
            return str(probe.getsockname()[0]), int(probe.getsockname()[1])
    except OSError as error:
        raise SettingsError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            "Choose another port with DOCCHAIN_PORT or another address with DOCCHAIN_HOST."
        ) from None


def _greeting(settings: Settings, port: int) -> str:
    host = settings.server.host
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.doors.tls_certificate else "http"
    password = settings.security.admin_password.get_secret_value()
    sign_in = (
        f"admin / {password}  (development only)"
        if password == DEFAULT_ADMIN_PASSWORD
        else "admin, with the password that DOCCHAIN_ADMIN_PASSWORD had at the first start"
    )
    return (
        f"Document Workflow Chain {__version__} is ready.\n"
        f"  Look at   {scheme}://{shown}:{port}/  (API to try out: {scheme}://{shown}:{port}/docs)\n"
        f"  Sign in   {sign_in}\n"
        f"{_WARNING if password == DEFAULT_ADMIN_PASSWORD else ''}"
        f"  Data in   {_places(settings)}\n"
        "  Stop with Ctrl+C.\n"
    )


def _places(settings: Settings) -> str:
    folder = str(settings.storage.data_dir.resolve())
    if not settings.storage.on_postgres:
        return folder
    url = parse_url(settings.storage.database_url)
    return f"{folder}, and in PostgreSQL ({url.query.get('host', url.host)}/{url.database})"
