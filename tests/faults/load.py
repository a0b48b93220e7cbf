"""Load: clients that start runs as fast as they are answered, and the list of what was acknowledged."""

import http.client
import itertools
import json
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

NOTHING_KEPT = frozenset({429, 507})
"""Answers that promise that nothing happens: too much at once, or the disk is full."""
UNCERTAIN = frozenset({502, 503, 504})
"""Answers that promise nothing: the database is away."""


@dataclass(frozen=True)
class Acknowledged:
    """A run that the server promised."""

    run: UUID
    handle: str
    workflow: str
    key: str
    number: int


class Load:
    """Threads that start runs until told to stop; the list is kept outside the product's database."""

    def __init__(self, port: int, token: str, workflows: dict[str, str], book: Path, clients: int = 4) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.tried: set[str] = set()
        self.not_kept: set[str] = set()
        self.refused: list[str] = []
        self.turned_away = 0
        self.kinds = tuple(workflows)
        self._port = port
        self._headers = {"authorization": token, "content-type": "application/json"}
        self._workflows = workflows
        self._book = book.open("a")
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._most = 0
        self._over = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def allow(self, runs: int) -> None:
        """Go on until so many runs were acknowledged."""
        self._most = runs

    def end(self) -> None:
        self._over = True
        for thread in self._threads:
            thread.join()
        self._book.close()

    def _work(self) -> None:
        client = self._connect()
        while not self._over:
            if len(self.acknowledged) >= self._most:
                threading.Event().wait(0.01)
                continue
            try:
                self._start(client, next(self._numbers))
            except (OSError, http.client.HTTPException):
                client.close()
                client = self._connect()
                threading.Event().wait(0.05)
        client.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)

    def _start(self, client: http.client.HTTPConnection, number: int) -> None:
        name = ("delivered", "appended")[number % 2]
        key = uuid.uuid4().hex
        with self._lock:
            self.tried.add(key)
        body = json.dumps({"inputs": {"key": key, "number": number}})
        client.request("POST", f"/api/v3/workflows/{self._workflows[name]}/execute", body, self._headers)
        answer = client.getresponse()
        text = answer.read().decode()
        if answer.status in NOTHING_KEPT | UNCERTAIN:
            if answer.status in NOTHING_KEPT:
                self.not_kept.add(key)
            self.turned_away += 1
            threading.Event().wait(0.05)
        elif answer.status >= http.client.BAD_REQUEST:
            self.refused.append(f"{answer.status} {text}")
        else:
            self._acknowledge(json.loads(text), name, key, number)

    def _acknowledge(self, run: dict[str, str], name: str, key: str, number: int) -> None:
        with self._lock:
            self.acknowledged.append(Acknowledged(UUID(run["id"]), run["handle"], name, key, number))
            self._book.write(f"{run['handle']} {run['id']} {name} {key} {number}\n")
            self._book.flush()
