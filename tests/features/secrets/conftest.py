"""A whole server on both databases, and services of others that steps call."""

import http.server
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app
from docchain.platform.settings import OutgoingSettings, StorageSettings, VaultSettings, load_settings

MASTER = "the-master-key-of-these-tests-0123456789"


class Echo:
    """A service that answers with all that it was sent, as careless ones do."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.status = 200
        self.media_type = "text/plain"
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(echo):  # noqa: N805 - the handler below is the one with a self of its own
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                echo.received.append(headers)
                body = "\n".join(f"{name}: {value}" for name, value in headers.items()).encode()
                self.send_response(echo.status)
                self.send_header("Content-Type", echo.media_type)
                self.send_header("X-Seen", headers.get("authorization", ""))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the server's names

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def echo() -> Iterator[Echo]:
    opened = Echo()
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def settings_for(url: str, folder, echo: Echo, **storage):
    return load_settings(
        env_file=None,
        storage=StorageSettings(
            data_dir=folder, database_url=url, **{"encryption_key": MASTER, "blob_url": "", **storage}
        ),
        outgoing=OutgoingSettings(outgoing_allow=[echo.host], outgoing_timeout=5),
        vault=VaultSettings(secrets_max=3),
    )


@pytest.fixture
def make_settings():
    return settings_for


class World:
    def __init__(self, services, http: httpx.AsyncClient) -> None:
        self.services = services
        self.http = http

    async def run(self, *steps: dict, expect: int = 200) -> dict:
        """Execute a workflow and wait for its end."""
        definition = {"workflow": "calling", "steps": list(steps)}
        made = await self.http.post("/workflows", json={"name": "calling", "definition": definition})
        assert made.status_code == 201, made.text
        handle = made.json()["handle"]
        started = await self.http.post(f"/workflows/{handle}/execute", params={"wait": 20}, json={})
        assert started.status_code == expect, started.text
        return (await self.http.get(f"/runs/{started.json()['id']}")).json()


@pytest.fixture
async def world(url, tmp_path, echo) -> AsyncIterator[World]:
    settings = settings_for(url, tmp_path / "data", echo)
    async with (
        open_services(settings) as services,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(services, settings.limits)),
            base_url="http://docchain.test/api/v3",
            headers={"If-Match": "*"},
            timeout=30,
        ) as http,
    ):
        signed = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
        assert signed.status_code == 200, signed.text
        http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
        yield World(services, http)


@pytest.fixture
def bytes_of(url, tmp_path):
    """Everything that is stored, as raw bytes: all files of the data folder, and a dump of the database."""

    async def read() -> bytes:
        files = [path.read_bytes() for path in sorted((tmp_path / "data").rglob("*")) if path.is_file()]
        return b"\n".join([*files, await _rows(url) if url else b""])

    return read


async def _rows(url: str) -> bytes:
    import asyncpg  # noqa: PLC0415 - half of the tests need no driver

    connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    try:
        wanted = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'journal')"
        told = []
        for schema, table in await connection.fetch(wanted):
            rows = await connection.fetch(f'SELECT t.* FROM "{schema}"."{table}" t')  # noqa: S608 - names of the database
            told += [
                b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row) for row in rows
            ]
        return b"\n".join(told)
    finally:
        await connection.close()
