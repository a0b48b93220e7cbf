"""The system under test: a command that serves the API on a data folder; it can be killed and started again."""

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

SECRET = "whsec_" + "bm90LWEtc2VjcmV0LWp1c3QtYS10ZXN0LWtleQ=="
START_SECONDS = 60


class System:
    """One server over one data folder."""

    def __init__(self, folder: Path, receiver: str) -> None:
        self.folder = folder
        self.deliveries = folder / "deliveries"
        self.deliveries.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.starts: list[float] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")},
            "DOCCHAIN_HOST": "127.0.0.1",
            "DOCCHAIN_PORT": str(self.port),
            "DOCCHAIN_DATA_DIR": str(folder / "data"),
            "DOCCHAIN_DELIVERY_ROOTS": json.dumps([str(self.deliveries)]),
            "DOCCHAIN_OUTGOING_ALLOW": json.dumps([receiver]),
            "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
            "DOCCHAIN_SECRET_FAULTS": SECRET,
        }

    def start(self) -> None:
        began = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "docchain", "serve"],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"The server did not start; read {self.folder / 'server.log'}")
            time.sleep(0.02)
        self.starts.append(time.monotonic() - began)

    def kill(self) -> None:
        """SIGKILL the server and its children, as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def client(self) -> httpx.Client:
        url = f"{self.url}/api/v3"
        credentials = {"username": "admin", "password": "admin123"}
        answer = httpx.post(f"{url}/security/auth/login", json=credentials, timeout=20).raise_for_status()
        headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=url, headers=headers, timeout=20)

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def create(client: httpx.Client, definition: dict[str, Any]) -> str:
    answer = client.post("/workflows", json={"definition": definition})
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(answer.text)
    return str(answer.json()["handle"])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
