"""HTTP: hot reads beside an application that does nothing on the same server, and ordinary requests of every kind."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import median
from typing import Any, Final
from urllib.request import Request, urlopen

from bench.figures import Figure, below, busy, share, show
from bench.http_load import Plan, Seen
from bench.places import Place, Places

SECONDS: Final = 4.0
TURNS: Final = 8
"""They take turns, for others may use the machine, too."""
MOST: Final = 20_000
PATIENCE: Final = 30.0
RUNS: Final = 50
NEVER_REACHED: Final = {
    f"{who}.{what}": [1_000_000_000, 1, 1_000_000_000] for who in ("ip", "user") for what in ("read", "write")
} | {"ip.sign_in": [1_000_000_000, 1, 1_000_000_000]}
DEFINITION: Final = {
    "workflow": "bench",
    "steps": [{"id": "a", "use": "value.set", "with": {"values": {"n": 1}}}],
    "output": "${steps.a.n}",
}


class Server:
    """A process that serves on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._token = ""

    def sign_in(self) -> None:
        given = {"username": "admin", "password": "admin123"}
        self._token = self.ask("POST", "/auth/login", given)["access_token"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request, now; what is answered."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if body is None else json.dumps(body).encode()
        asked = Request(f"http://127.0.0.1:{self.port}/api/v3{path}", content, headers, method=method)
        with urlopen(asked) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def request(self, method: str, path: str, body: Any = None) -> str:
        """One request as it goes over the wire, from somebody who is signed in."""
        head = f"{method} /api/v3{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
        if body is None:
            return f"{head}\r\n"
        content = json.dumps(body)
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}"

    def load(self, requests: list[str], connections: int, seconds: float, rate: float | None = None) -> Seen:
        """Put it under load from a process of its own.

        Raises:
            RuntimeError: when a request was refused.
        """
        plan = Plan(self.port, requests, connections, seconds, rate=rate)
        made = subprocess.run(
            [sys.executable, "-m", "bench.http_load"],
            input=json.dumps(asdict(plan)),
            capture_output=True,
            check=True,
            text=True,
        )
        seen = Seen(**json.loads(made.stdout))
        if not set(seen.statuses) <= {"200", "201", "202"}:
            raise RuntimeError(f"Not all were answered well: {seen.statuses}; the last: {seen.sample}")
        return seen


@contextmanager
def _process(*command: str, port: int, **settings: str) -> Iterator[Server]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-m", *command],
        env=environment | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not come up on port {port}.")
            time.sleep(0.05)
        yield Server(port)
    finally:
        process.terminate()
        process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def product(place: Place, **settings: str) -> Iterator[Server]:
    port, url = _free_port(), {} if place.on_sqlite else {"DOCCHAIN_DATABASE_URL": place.url}
    settings = {"DOCCHAIN_RATE_LIMITS": json.dumps(NEVER_REACHED)} | settings
    settings |= {"DOCCHAIN_PORT": str(port), "DOCCHAIN_DATA_DIR": str(place.folder / "data"), **url}
    with _process("docchain", "serve", port=port, **settings) as server:
        server.sign_in()
        yield server


def _hot(server: Server, workflow: str, seconds: float) -> list[Figure]:
    asked = [server.request("GET", f"/workflows/{workflow}")]
    size = len(json.dumps(server.ask("GET", f"/workflows/{workflow}"), separators=(",", ":")))
    port = _free_port()
    with _process("bench.http_bare", str(port), str(size), port=port) as bare:
        turns = [(bare.load(asked, 256, seconds), server.load(asked, 256, seconds)) for _ in range(TURNS)]
    probe, hot = (sum(seen.per_second for seen in side) / TURNS for side in zip(*turns, strict=True))
    allows = probe / 2 > MOST
    note = "" if allows else "half of the probe is less here"
    beside = f"probe {median(seen.p95 for seen, _ in turns):.1f} ms"
    return [
        share("hot GET, 256 connections", hot, probe, 0.5, "/s"),
        Figure("the same, as a rate", f"{hot:,.0f} /s", note, f"> {MOST:,} /s", hot > MOST if allows else None),
        below("hot GET, p95", median(seen.p95 for _, seen in turns), "ms", 50, beside),
    ]


def _reads(server: Server, runs: list[str]) -> dict[str, list[str]]:
    return {
        "GET a run": [server.request("GET", f"/runs/{run}") for run in runs],
        "GET 50 runs": [server.request("GET", "/runs")],
        "GET the workflows": [server.request("GET", "/workflows")],
    }


def _writes(server: Server, workflow: str) -> dict[str, list[str]]:
    return {
        "POST execute": [server.request("POST", f"/workflows/{workflow}/execute", {"inputs": {}})],
        "POST a workflow": [server.request("POST", "/workflows", {"definition": DEFINITION})],
    }


def _ordinary(server: Server, kinds: dict[str, list[str]], seconds: float) -> Iterator[Figure]:
    for what, requests in kinds.items():
        most = server.load(requests, 64, seconds)
        yield below(f"{what}, p95", most.p95, "ms", 50, f"{most.per_second:,.0f} /s")
        half = server.load(requests, 64, seconds, most.per_second / 2)
        yield below(f"{what}, half of that, p95", half.p95, "ms", 50, f"{half.per_second:,.0f} /s")


def run(places: Places, scale: float) -> None:
    seconds = max(SECONDS * scale, 1.0)
    with places.empty() as place, busy("HTTP"):
        with product(place) as server:
            workflow = server.ask("POST", "/workflows", {"definition": DEFINITION})["handle"]
            runs = [server.ask("POST", f"/workflows/{workflow}/execute", {"wait": 10})["handle"] for _ in range(RUNS)]
            figures = [*_hot(server, workflow, seconds / 2), *_ordinary(server, _reads(server, runs), seconds)]
        with product(place, DOCCHAIN_HOT_READS_MB="0") as server:
            kinds = {f"{what}, never kept": requests for what, requests in _reads(server, runs).items()}
            figures += _ordinary(server, kinds | _writes(server, workflow), seconds)
    show(f"HTTP, {places.database}", figures)
