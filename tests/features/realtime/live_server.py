"""A server process of its own, and clients that speak to its sockets as everybody's programs do."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 30
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: a client would read all certificates of the system
CHAIN = {
    "workflow": "chain",
    "steps": [
        {"id": "a", "use": "value.set", "with": {"values": {"n": 1}}},
        {"id": "b", "use": "value.set", "with": {"values": {"n": "${steps.a.n + 1}"}}},
    ],
    "output": "${steps.b.n}",
}
WAITING = {"workflow": "waiting", "steps": [{"id": "hold", "use": "wait", "with": {"for": "1h"}}]}
QUICK = {"workflow": "quick", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"n": 1}}}]}


class LiveServer:
    """`docchain serve` over a folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log = folder, folder / "server.log"
        self.port = _free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        environment |= {
            "DOCCHAIN_DATA_DIR": str(folder / "data"),
            "DOCCHAIN_PORT": str(self.port),
            "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
            "DOCCHAIN_REGISTRATION": "open",
            "DOCCHAIN_LOG_LEVEL": "warning",
            **settings,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "docchain", "serve"], env=environment, stdout=log, stderr=log, cwd=folder
            )
        self.api = f"http://127.0.0.1:{self.port}/api/v3"
        self._until_ready()
        self.admin = self.sign_in("admin", "admin123")

    def _until_ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while "Stop with" not in self.log.read_text():
            assert time.monotonic() < end and self.process.poll() is None, self.log.read_text()  # noqa: PT018
            time.sleep(0.05)

    def sign_in(self, username: str, password: str) -> str:
        answer = httpx.post(f"{self.api}/auth/login", json={"username": username, "password": password}, timeout=30)
        return str(answer.json()["access_token"])

    def register(self, username: str) -> str:
        """Somebody with a workspace of their own."""
        body = {"username": username, "password": "correct horse battery"}
        return str(httpx.post(f"{self.api}/auth/register", json=body, timeout=30).json()["access_token"])

    def http(self, token: str | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.api, headers=bearer(token or self.admin), timeout=30, verify=_TLS)

    async def workflow(self, definition: dict[str, Any], token: str | None = None) -> str:
        async with self.http(token) as http:
            answer = await http.post("/workflows", json={"definition": definition})
            assert answer.status_code == 201, answer.text
            return str(answer.json()["handle"])

    async def run(self, workflow: str, token: str | None = None, *, wait: int = 0) -> str:
        async with self.http(token) as http:
            answer = await http.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": wait})
            return str(answer.json()["handle"])

    @asynccontextmanager
    async def socket(self, query: str = "", **headers: str):
        """A socket that has not signed in, unless the headers do."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"{self.api.replace('http', 'ws')}/ws/ws?{query}"
        async with connect(address, additional_headers=named, max_size=None, proxy=None) as connection:
            yield Client(connection)

    @asynccontextmanager
    async def signed_in(self, token: str | None = None, query: str = ""):
        async with self.socket(query, **bearer(token or self.admin)) as client:
            client.welcome = await client.next("welcome")
            yield client

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Client:
    """Says and hears JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}
        self.early: list[dict[str, Any]] = []

    async def say(self, type_: str, **more: Any) -> None:
        await self.connection.send(json.dumps({"type": type_, **more}))

    async def hear(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))

    async def next(self, *types: str) -> dict[str, Any]:
        """The next message of a type; what comes before is passed over."""
        if types == ("events",) and self.early:
            return self.early.pop(0)
        async with asyncio.timeout(PATIENCE):
            while (message := await self.hear())["type"] not in types:
                pass
        return message

    async def ask(self, type_: str, **more: Any) -> dict[str, Any]:
        """Order something; return its answer. Events that come before it are heard afterwards."""
        await self.say(type_, **more)
        while (message := await self.next("ok", "error", "pong", "welcome", "events"))["type"] == "events":
            self.early.append(message)
        return message

    async def events(self, last: str, run: str | None = None) -> list[dict[str, Any]]:
        """What is heard until an event of a type; with a run, only of that. What came along with it is heard later."""
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while not heard or heard[-1]["event"] != last:
                first, *others = (await self.next("events"))["events"]
                if others:
                    self.early.insert(0, {"type": "events", "events": others})
                if run in (None, first["data"].get("run")):
                    heard.append(first)
        return heard

    async def close_code(self) -> tuple[int, str]:
        """Why the server closes."""
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(self._drain(), PATIENCE)
        said = closed.value.rcvd
        assert said is not None, closed.value
        return said.code, said.reason

    async def _drain(self) -> None:
        while True:
            await self.connection.recv()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
