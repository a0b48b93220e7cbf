"""Load: clients that start runs as fast as they are answered, and the list of what was acknowledged."""

import itertools
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Acknowledged:
    """A run that the server promised."""

    run: str
    workflow: str
    key: str
    number: int


class Load:
    """Threads that start runs until told to stop; the list is kept outside the product's database."""

    def __init__(self, url: str, token: str, workflows: dict[str, str], book: Path, clients: int = 4) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.tried: set[str] = set()
        self.refused: list[str] = []
        self.waiting = 0
        self.kinds = tuple(workflows)
        self._url = f"{url}/api/v3"
        self._headers = {"authorization": token}
        self._workflows = workflows
        self._book = book
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._go = threading.Event()
        self._over = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def end(self) -> None:
        self._over = True
        self._go.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        client = httpx.Client(base_url=self._url, headers=self._headers, timeout=20)
        while self._go.wait() and not self._over:
            number = next(self._numbers)
            try:
                self._start(client, number)
            except httpx.TransportError:
                client.close()
                client = httpx.Client(base_url=self._url, headers=self._headers, timeout=20)
                threading.Event().wait(0.02)
        client.close()

    def _start(self, client: httpx.Client, number: int) -> None:
        name = ("delivered", "appended")[number % 2]
        key = uuid.uuid4().hex
        with self._lock:
            self.tried.add(key)
            self.waiting += 1
        try:
            body = {"inputs": {"key": key, "number": number}}
            answer = client.post(f"/workflows/{self._workflows[name]}/execute", json=body)
        finally:
            with self._lock:
                self.waiting -= 1
        if not answer.is_success:
            self.refused.append(answer.text)
            return
        with self._lock, self._book.open("a") as book:
            self.acknowledged.append(Acknowledged(answer.json()["handle"], name, key, number))
            book.write(f"{answer.json()['handle']} {name} {key} {number}\n")
