"""Every published example is sent, in the order of its story, to a server that knows nothing yet."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from published_stories import BEFORE, CHANGED, STORIES, TOLD, sealed
from real_server import RealServer
from websockets.sync.client import connect

from mail_server import MailServer

PATIENCE = 60
_PAYING: Final = ("/runs/run_2", lambda run: run["waits"] == {"payment": "paid"})
_FIRST: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "list_run_step_items": _PAYING,
    "pause_run": _PAYING,
    "resume_run": ("/runs/run_2", lambda run: run["status"] == "paused"),
    "signal_run": ("/runs/run_2", lambda run: run["status"] == "waiting"),
    "list_approvals": ("/approvals", lambda found: found["items"]),
    "cancel_run": ("/runs/run_3", lambda run: run["status"] == "waiting"),
    "retry_run": ("/runs/run_3", lambda run: run["status"] == "failed"),
    "find_similar": ("/search?q=document_1", lambda found: found["hits"]),
}
"""What must have happened before an operation: where to look, and what to see."""


_SAID: Final = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Thank you."}}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
}
_MODEL: Final = (
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" + json.dumps(_SAID).encode()
)


@contextmanager
def silent_service() -> Iterator[str]:
    """Hands out one file, answers as a model, and takes other requests and never answers: were they acted on?"""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def cut() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked = connection.recv(65536)
                    if asked.startswith(b"POST /v1/chat/completions "):
                        connection.sendall(_MODEL)
                    if asked.startswith(b"GET /invoice.html "):
                        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>An invoice</html>")

        threading.Thread(target=cut, daemon=True).start()
        yield "{}:{}".format(*listening.getsockname())
        listening.shutdown(socket.SHUT_RDWR)


class Storyteller:
    """Sends operations as they are published, and brings about what an example speaks of."""

    def __init__(self, server: RealServer, service: str, mails: MailServer) -> None:
        headers = server.headers() | {"x-workspace": "examples"}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE)
        self.socket = connect(f"{server.api.replace('http', 'ws')}/ws/ws", additional_headers=headers)
        self.service = service
        self.mails = mails
        self.document = self.http.get("/openapi.json").json()
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
        }
        self.last: dict[str, Any] = {}

    def until(self, path: str, wanted: Callable[[Any], Any]) -> Any:
        end = time.monotonic() + PATIENCE
        while not (found := wanted(told := self.http.get(f"/api/v3{path}").json())):
            assert time.monotonic() < end, told
            time.sleep(0.05)
        return found

    def prepare(self, operation: str) -> dict[str, Any]:
        """What only an earlier answer can tell, by parameter, after what must have happened has happened."""
        for method, path, body in BEFORE.get(operation, ()):
            self._ask(method, path, body)
        if operation in _FIRST:
            self.until(*_FIRST[operation])
        if operation == "call_back":
            return {"token": self.until("/runs/run_2", _callback)}
        if operation == "resolve_run":
            self._ask("POST", "/workflows", {"definition": _unsure(self.service)})
            self._ask("POST", "/workflows/workflow_4/execute", {})
            self.until("/runs/run_3", lambda run: run["in_doubt"])
        if operation == "close_connection":
            return {"connection": self.last["list_connections"]["items"][0]["id"]}
        return TOLD[operation](self) if operation in TOLD else {}

    def _ask(self, method: str, path: str, body: Any) -> None:
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.http.request(method, f"/api/v3{path}", headers={"if-match": "*"}, **sent)
        assert answer.is_success, answer.text

    def body(self, name: str, media: str, example: Any) -> dict[str, Any]:
        if name in CHANGED:
            example = example | CHANGED[name](self)
        if media == "multipart/form-data":
            return {"files": {"file": (example["name"], example["file"])}}
        if isinstance(example, bytes):
            return {"content": example, "headers": {"content-type": media}}
        content = example if isinstance(example, str) else json.dumps(example)
        return {"content": content.encode(), "headers": {"content-type": media}}

    def value(self, example: dict[str, Any]) -> Any:
        """What an example shows, or what is found where it says."""
        return example["value"] if "value" in example else self.http.get(example["externalValue"]).content

    def send(self, name: str) -> None:
        method, path, operation = self.operations[name]
        told = self.prepare(name)
        query: dict[str, Any] = {}
        headers: dict[str, str] = {}
        for parameter in operation.get("parameters", ()):
            value = told.get(parameter["name"], parameter.get("example"))
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", quote(str(value), safe=""))
            elif value is not None:
                place = query if parameter["in"] == "query" else headers
                place[parameter["name"]] = value
        kinds = operation.get("requestBody", {}).get("content", {})
        for media, content in kinds.items() or [("", {})]:
            examples = [
                content.get("example"),
                *(self.value(example) for example in content.get("examples", {}).values()),
            ]
            for number, example in enumerate(examples):
                if example is None and len(examples) > 1:
                    continue
                more = self.body(name, media, example) if media else {}
                own = {key: f"{value}{media[-3:]}{number}" if "key" in key else value for key, value in headers.items()}
                if name == "send_to_hook":
                    own |= sealed(self.last["create_intake_source"]["signing_key"], more["content"])
                more["headers"] = own | more.pop("headers", {})
                answer = self.http.request(method, path, params=query, **more)
                self.check(name, answer, operation)
                if "idempotency-key" in own:
                    self.repeat(name, answer)

    def repeat(self, name: str, first: httpx.Response) -> None:
        """Send the same once more, as who has not seen the answer."""
        if first.content and first.json().get("dry_run"):
            return  # it does nothing, however often
        again = self.http.send(first.request)
        assert again.headers.get("idempotency-replayed") == "true", (name, again.text[:1000])
        assert again.status_code == first.status_code, (name, again.text[:1000])
        if not first.content:
            assert (again.content, again.headers.get("location")) == (b"", first.headers.get("location")), name
            return
        told, before = again.json(), first.json()
        named = next((key for key in ("id", "user") if key in before), None)  # a run, as it stands now; new tokens
        assert (told[named] == before[named]) if named else (told == before), name

    def check(self, name: str, answer: httpx.Response, operation: Any) -> None:
        expected = [int(status) for status in operation["responses"] if status[0] == "2"]
        assert answer.status_code in expected, (name, answer.request.url, answer.status_code, answer.text[:1000])
        assert answer.status_code != 204 or "content-type" not in answer.headers, name
        if answer.content and answer.headers["content-type"] == "application/json":
            self.last[name] = answer.json()
            if name == "change_documents":
                assert answer.json()["succeeded"] == 1, answer.text

    def close(self) -> None:
        self.socket.close()
        self.http.close()


def _callback(run: Any) -> str | None:
    step = next(step for step in run["steps"] if step["id"] == "bank")
    found = json.dumps(step)
    return found.partition("/callbacks/")[2].partition('"')[0] or None


def _unsure(service: str) -> Any:
    sends = {"method": "POST", "url": f"http://{service}/", "json": {}}
    return {"workflow": "deliver", "steps": [{"id": "deliver", "use": "http.request", "with": sends}]}


@pytest.fixture
def mails() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def storyteller(tmp_path, mails) -> Iterator[Storyteller]:
    host, port = mails.address
    more = {"DOCCHAIN_MAIL_HOST": host, "DOCCHAIN_MAIL_PORT": str(port), "DOCCHAIN_MAIL_SECURITY": "none"}
    with silent_service() as service:
        model = {"url": f"http://{service}/v1", "models": ["m"], "price_in": 0, "price_out": 0}
        more |= {"DOCCHAIN_OUTGOING_ALLOW": json.dumps([service]), "DOCCHAIN_REGISTRATION": "open"}
        more |= {"DOCCHAIN_AI_COMPATIBLE": json.dumps({"ours": model}), "DOCCHAIN_AI_ORDER": '["local", "ours"]'}
        with RealServer(tmp_path, **more) as server:
            teller = Storyteller(server, service, mails)
            yield teller
            teller.close()


@pytest.mark.parametrize("story", STORIES)
def test_every_example_works_as_it_is_published(storyteller, story):
    for name in story.split():
        storyteller.send(name)


def test_every_operation_is_in_a_story(storyteller):
    assert set(" ".join(STORIES).split()) == set(storyteller.operations)
