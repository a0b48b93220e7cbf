"""The system under test, one process on SQLite: a command that serves the API on a data folder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from audit import Books, SqliteBooks
from disk import Disk

SECRET = "whsec_" + "bm90LWEtc2VjcmV0LWp1c3QtYS10ZXN0LWtleQ=="
START_SECONDS = 60


class Nursery:
    """Where processes under test are born: forks of one that has imported the product, so that a kill costs little."""

    def __init__(self, folder: Path, more: dict[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            env={**os.environ, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def bear(self, arguments: list[str], environment: dict[str, str]) -> int:
        log = str(self._folder / "server.log")
        order = {"arguments": arguments, "environment": environment, "folder": str(self._folder), "log": log}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Program:
    """One process of ours that can be killed, stopped, and started again."""

    def __init__(self, nursery: Nursery, arguments: list[str], environment: dict[str, str]) -> None:
        self._nursery = nursery
        self._arguments = arguments
        self._environment = environment
        self.pid = 0

    def start(self) -> None:
        self.pid = self._nursery.bear(self._arguments, self._environment)

    def ended(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def signal(self, number: signal.Signals) -> None:
        if self.pid and not self.ended():
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """SIGKILL it and its children, as a power cut would."""
        self.signal(signal.SIGKILL)
        while self.pid and not self.ended():
            time.sleep(0.002)


class System:
    """One server over one data folder."""

    def __init__(self, folder: Path, receiver: str, *, disk: bool = False) -> None:
        self.folder = folder
        self.deliveries = folder / "deliveries"
        self.deliveries.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pauses: list[float] = []
        self.gave_up = 0
        self.disk = Disk(folder, folder / "data") if disk else None
        self._nursery = Nursery(folder, self.disk.environment if self.disk else {})
        told = environment(self.port, folder, self.deliveries, receiver)
        self._server = Program(self._nursery, ["serve"], told)

    @property
    def books(self) -> Books:
        return SqliteBooks(self.folder / "data" / "journal.db")

    def start(self) -> None:
        """Seconds until it answers are among the `pauses`."""
        began = time.monotonic()
        self._server.start()
        while not healthy(self.url):
            if self._server.ended() or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"The server did not start; read {self.folder / 'server.log'}")
            time.sleep(0.02)
        self.pauses.append(time.monotonic() - began)

    def kill(self) -> None:
        """Kill the server, and start it again."""
        self._server.kill()
        self.start()

    def stand(self) -> None:
        """Let the process stand still for a while, and go on."""
        self._server.signal(signal.SIGSTOP)
        time.sleep(1)
        self._server.signal(signal.SIGCONT)

    def ask(self) -> None:
        """Have the processes tell the log what they do."""
        self._server.signal(signal.SIGUSR1)

    def end(self) -> None:
        self._server.kill()
        self._nursery.end()


def environment(port: int, folder: Path, deliveries: Path, receiver: str) -> dict[str, str]:
    return {
        "DOCCHAIN_HOST": "127.0.0.1",
        "DOCCHAIN_PORT": str(port),
        "DOCCHAIN_DATA_DIR": str(folder / "data"),
        "DOCCHAIN_DELIVERY_ROOTS": json.dumps([str(deliveries)]),
        "DOCCHAIN_OUTGOING_ALLOW": json.dumps([receiver]),
        "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
        "DOCCHAIN_SECRET_FAULTS": SECRET,
    }


def client_of(url: str) -> httpx.Client:
    credentials = {"username": "admin", "password": "admin123"}
    answer = httpx.post(f"{url}/api/v3/security/auth/login", json=credentials, timeout=20).raise_for_status()
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=f"{url}/api/v3", headers=headers, timeout=20)


def healthy(url: str, path: str = "/health") -> bool:
    try:
        return httpx.get(f"{url}{path}", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def create(client: httpx.Client, definition: dict[str, Any]) -> str:
    answer = client.post("/workflows", json={"definition": definition})
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(answer.text)
    return str(answer.json()["handle"])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
