"""`docchain serve` as a process of its own over an empty folder; whoever starts it ends it."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import httpx

_PATIENCE = 60
ADMIN = {"username": "admin", "password": "admin123"}


class RealServer:
    """A server with one signed-in administrator.

    Args:
        folder: where its data and its log go.
        database_url: of an empty PostgreSQL database; without it, SQLite in the folder.
        settings: more of its environment.
    """

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        self.log = folder / "server.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        environment |= {
            "DOCCHAIN_DATA_DIR": str(folder / "data"),
            "DOCCHAIN_PORT": "0",
            "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
            "DOCCHAIN_LOG_LEVEL": "warning",
            **({"DOCCHAIN_DATABASE_URL": database_url} if database_url else {}),
            **settings,
        }
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "docchain", "serve"]
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)  # noqa: S603
        self.url = self._when_ready()
        self.port = int(self.url.rpartition(":")[2])
        self.api = f"{self.url}/api/v3"
        self.token: str = httpx.post(f"{self.api}/auth/login", json=ADMIN, timeout=30).json()["access_token"]

    def _when_ready(self) -> str:
        end = time.monotonic() + _PATIENCE
        while "Stop with" not in (said := self.log.read_text()):
            if time.monotonic() > end or self.process.poll() is not None:
                self.close()
                raise AssertionError(said)
            time.sleep(0.05)
        address = re.search(r"http://[\d.]+:\d+", said)
        assert address
        return address[0]

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(base_url=self.api, headers=self.headers(), timeout=60, **more)

    def concurrent(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.api, headers=self.headers(), timeout=60, limits=limits)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
