import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from docchain.engine.kinds import StepContext
from docchain.features.documents import Contents, StepDocuments
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs

WORKSPACE = UUID("0199f5e2-0000-7000-8000-00000000000a")


@dataclass
class Reply:
    """What the receiver does with a request: answers, waits first, or cuts the connection."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    cut: str = ""


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class _Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that went away is what some tests are about."""


class Receiver:
    """A real HTTP server on a free port, which remembers what it got and replies as told."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.reply = Reply()
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/inbox"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(receiver):  # noqa: N805 - the handler below is the one with a self of its own
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                reply = receiver.reply
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.command, self.path, headers, body))
                if reply.wait:
                    reply.wait.wait(10)
                if reply.cut == "before":
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut == "within" else reply.body)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the server's names

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def documents(tmp_path):
    return StepDocuments(Contents(LocalBlobs(tmp_path / "blobs")))


@pytest.fixture
def make_step():
    def make(step: str = "deliver", attempt: int = 1, run_id: UUID | None = None) -> StepContext:
        run_id = run_id or new_id()
        return StepContext(
            run_id=run_id,
            workspace_id=WORKSPACE,
            step_id=step,
            attempt=attempt,
            kind="",
            kind_version=1,
            effect_key=f"{run_id}:{step}",
            started=1_795_000_000_000_000,
            began=1_795_000_000_000_000,
            actor="ana",
            inputs={},
        )

    return make


@pytest.fixture
def now():
    return int(time.time())
