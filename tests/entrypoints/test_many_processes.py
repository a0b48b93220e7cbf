"""Servers and workers over one PostgreSQL: killed or stopped under load, another one takes over and nothing is lost."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from postgres_server import PostgresServer

PATIENCE = 40
TAKEN_OVER = 10
SETTINGS = {"DOCCHAIN_EXAMPLE_WORKSPACE": "false", "DOCCHAIN_LEASE_SECONDS": "4"}
DEFINITION = {
    "workflow": "counted",
    "steps": [
        {"id": "a", "use": "value.set", "with": {"values": {"n": 1}}},
        {"id": "pause", "use": "wait", "with": {"for": "1s"}},
        {"id": "b", "use": "value.set", "with": {"values": {"n": "${steps.a.n + 1}"}}},
    ],
    "output": "${steps.b.n}",
}


class Process:
    """One `docchain` process; its log tells when it holds the lease."""

    def __init__(self, folder: Path, url: str, *command: str, **settings: str) -> None:
        self.log = folder / f"{'-'.join(command)}.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAIN_")}
        environment |= {"DOCCHAIN_DATABASE_URL": url, "DOCCHAIN_DATA_DIR": str(folder / "data")} | settings
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 (the product itself)
                [sys.executable, "-m", "docchain", *command], env=environment, stdout=log, stderr=log, cwd=folder
            )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def epochs(self) -> list[int]:
        return [int(found) for found in re.findall(r"lease_held .*epoch=(\d+)", self.log.read_text())]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Server(Process):
    """One that serves, too."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        self.port = free_port()
        super().__init__(folder, url, "serve", "--port", str(self.port), **settings)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api/v3", timeout=30)

    def sign_in(self) -> None:
        until(self.answers, self.log)
        answer = self.client.post("/security/auth/login", json={"username": "admin", "password": "admin123"})
        self.client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def order(self, workflow: str) -> str:
        answer = self.client.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": 0})
        assert answer.status_code == 202, answer.text
        return answer.json()["handle"]

    def end(self) -> None:
        self.client.close()
        super().end()


@pytest.fixture
def start(tmp_path, postgres_url) -> Iterator:
    started: list[Process] = []

    def make(kind: type[Process], *command: str, **settings: str) -> Process:
        started.append(kind(tmp_path, postgres_url, *command, **SETTINGS, **settings))
        return started[-1]

    yield make
    for process in started:
        process.end()


@pytest.mark.faults
def test_a_killed_or_stopped_executor_is_replaced_and_every_accepted_run_ends(start):
    door = start(Server, DOCCHAIN_EXECUTE="false")
    first = start(Process, "worker")
    until(lambda: first.epochs == [1], first.log)
    second = start(Server)
    for server in (door, second):
        server.sign_in()
    workflow = door.client.post("/workflows", json={"definition": DEFINITION}).json()["handle"]

    runs = [door.order(workflow) for _ in range(30)]
    first.signal(signal.SIGKILL)
    killed = time.monotonic()
    runs += [second.order(workflow) for _ in range(10)]
    until(lambda: second.epochs == [2], second.log)
    assert time.monotonic() - killed < TAKEN_OVER
    assert outputs(door, runs) == {2}

    third = start(Process, "worker")
    until(lambda: "is ready" in third.log.read_text(), third.log)
    second.signal(signal.SIGSTOP)
    stopped = time.monotonic()
    runs = [door.order(workflow) for _ in range(10)]
    until(lambda: third.epochs == [3], third.log)
    assert time.monotonic() - stopped < TAKEN_OVER
    second.signal(signal.SIGCONT)
    assert outputs(door, runs) == {2}
    until(lambda: "lease_lost" in second.log.read_text() or "lease_expired" in second.log.read_text(), second.log)
    assert outputs(second, [second.order(workflow)]) == {2}
    third.signal(signal.SIGTERM)
    assert third.process.wait(10) == 0
    until(lambda: second.epochs == [2, 4], second.log)


def test_a_server_refuses_politely_while_its_database_is_away_and_goes_on_by_itself(tmp_path):
    database = PostgresServer(durable=True)
    database.start()
    server = Server(tmp_path, database.new_database(), **SETTINGS)
    try:
        server.sign_in()
        workflow = server.client.post("/workflows", json={"definition": DEFINITION}).json()["handle"]
        run = server.order(workflow)
        database.stop(signal.SIGQUIT)
        for answer in (server.client.get("/runs"), server.client.post(f"/workflows/{workflow}/execute", json={})):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert answer.json()["hint"] == "Try again in a moment; with an Idempotency-Key, nothing is done twice."
            assert answer.headers["retry-after"] == "1"
        until(lambda: not server.answers(), server.log, patience=3)  # a look at health lasts half a second
        database.start()
        until(server.answers, server.log)
        assert outputs(server, [run, server.order(workflow)]) == {2}
    finally:
        server.end()
        database.remove()


def test_a_start_without_the_database_says_what_to_do(tmp_path):
    server = Server(tmp_path, f"postgresql://postgres@/none?host={tmp_path}", DOCCHAIN_DATABASE_WAIT="0")
    assert server.process.wait(PATIENCE) == 2
    told = server.log.read_text()
    assert told.startswith("✗ PostgreSQL does not answer: ")
    assert told.endswith("Start it, or correct DOCCHAIN_DATABASE_URL.\n")
    server.end()


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_a_start_waits_for_a_database_that_is_on_its_way(tmp_path, command):
    database = PostgresServer()
    database.start()
    url = database.new_database()
    database.stop()
    process = Process(tmp_path, url, command, DOCCHAIN_PORT=str(free_port()), **SETTINGS)
    try:
        until(lambda: "database_awaited" in process.log.read_text(), process.log)
        database.start()
        until(lambda: process.epochs == [1], process.log)
        told = process.log.read_text()
        assert (told.count("database_awaited"), "Traceback" in told) == (1, False)
    finally:
        process.end()
        database.remove()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("worker", "A worker needs PostgreSQL: set DOCCHAIN_DATABASE_URL to postgresql://user@host/name."),
        ("serve", "DOCCHAIN_EXECUTE=false needs PostgreSQL: on SQLite nobody else could execute the runs."),
    ],
)
def test_on_sqlite_the_server_executes_and_nobody_else(tmp_path, command, told):
    process = Process(tmp_path, "", command, DOCCHAIN_EXECUTE="false")
    assert process.process.wait(PATIENCE) == 2
    assert told in process.log.read_text()


def outputs(server: Server, runs: list[str]) -> set:
    """The outputs of all these runs, once all of them have succeeded."""
    found = {}

    def ended() -> bool:
        for run in set(runs) - set(found):
            answer = server.client.get(f"/runs/{run}").json()
            if answer["status"] == "succeeded":
                found[run] = answer["output"]
        return len(found) == len(runs)

    until(ended, server.log)
    return set(found.values())


def until(holds, log: Path, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, log.read_text()[-4_000:]
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
