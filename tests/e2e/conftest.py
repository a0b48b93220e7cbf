"""The product as its users meet it: a real server process on a free port, spoken to over HTTP."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "invoice_intake"
ADMIN = {"username": "admin", "password": "admin123"}
_PATIENCE = 30
_numbers = itertools.count(1)


class Server:
    """A `docchain serve` process on its own data directory; it can be stopped, killed and started again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.log = folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        command = [sys.executable, "-m", "docchain", "serve", "--port", str(self.port), "--data-dir", self.data_dir]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the product itself
                command, cwd=self.folder, env=environment | self._settings, stdout=log, stderr=log
            )
        self._until_healthy(self._process)

    def _until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _PATIENCE
        with httpx.Client(base_url=self.url) as client:
            while time.monotonic() < end:
                assert process.poll() is None, self.log.read_text()
                try:
                    if client.get("/health").is_success:
                        return
                except httpx.TransportError:
                    time.sleep(0.02)
        pytest.fail(f"The server did not come up: {self.log.read_text()}")

    def stop(self) -> float:
        """End it in good order; return how many seconds that took."""
        assert self._process
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(20) == 0
        return time.monotonic() - began

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def client(self, **credentials: str) -> "Client":
        """Somebody who is signed in; `admin` unless said otherwise."""
        return Client(self.url, credentials or ADMIN)


class Client(httpx.Client):
    """A signed-in user of the API; paths are relative to `/api/v3`."""

    def __init__(self, url: str, credentials: dict[str, str]) -> None:
        super().__init__(base_url=f"{url}/api/v3", timeout=30)
        answer = httpx.post(f"{url}/api/v3/security/auth/login", json=credentials, timeout=30)
        assert answer.status_code == 200, answer.text
        self.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        self.headers["if-match"] = "*"  # whatever state it is in

    def workflow(self, steps: list[dict[str, Any]], **more: Any) -> str:
        """Create a workflow of these steps; return its handle."""
        definition = {"workflow": f"made_{next(_numbers)}", "steps": steps, **more}
        answer = self.post("/workflows", json={"definition": definition})
        assert answer.status_code == 201, answer.text
        return answer.json()["handle"]

    def run(self, workflow: str, inputs: dict[str, Any] | None = None, wait: float = 20) -> dict[str, Any]:
        """Execute, wait for the end or for a person, and read the run."""
        answer = self.post(f"/workflows/{workflow}/execute", json={"inputs": inputs or {}, "wait": wait})
        assert answer.status_code in {200, 202}, answer.text
        return self.get(f"/runs/{answer.json()['handle']}").json()

    def until(self, run: str, *statuses: str) -> dict[str, Any]:
        """Poll a run, as a client without websockets does, until it has one of these statuses."""

        def found() -> dict[str, Any] | None:
            answer = self.get(f"/runs/{run}").json()
            return answer if answer["status"] in statuses else None

        return self.eventually(found)

    def eventually(self, found: Callable[[], Any]) -> Any:
        """Ask again until there is an answer; lists follow the journal, so it may take a moment."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if answer := found():
                return answer
            time.sleep(0.02)
        pytest.fail("It did not come about.")

    def upload(self, path: Path) -> dict[str, Any]:
        with path.open("rb") as file:
            answer = self.post("/documents", files={"file": (path.name, file)})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def approval_of(self, run_id: str) -> dict[str, Any]:
        """The pending approval of a run."""
        wanted = {"run_id": run_id, "status": "pending"}
        return self.eventually(lambda: self.get("/approvals", params=wanted).json()["items"])[0]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Iterator[Server]:
    """One server for all tests that do not mind each other."""
    server = Server(
        tmp_path_factory.mktemp("shared"), DOCCHAIN_REGISTRATION="open", DOCCHAIN_MAX_UPLOAD_BYTES="3000000"
    )
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def admin(shared) -> Iterator[Client]:
    with shared.client() as client:
        yield client


@pytest.fixture
def fresh(tmp_path) -> Iterator[Server]:
    """A server nobody has used."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def counted(tmp_path, fsync_counter) -> Iterator[tuple[Server, Callable[[], int]]]:
    """A server whose syncs are counted, and how many of its database there were."""
    log = tmp_path / "fsyncs.txt"
    server = Server(tmp_path, LD_PRELOAD=str(fsync_counter), FSYNC_LOG=str(log))
    server.start()
    synced = f"fdatasync {server.data_dir.resolve()}/app.db-wal"
    yield server, lambda: log.read_text().split("\n").count(synced)
    server.kill()


@pytest.fixture(scope="session")
def documents() -> Path:
    return EXAMPLE / "documents"


@pytest.fixture(scope="session")
def intake() -> str:
    return (EXAMPLE / "workflow.yaml").read_text(encoding="utf-8")
