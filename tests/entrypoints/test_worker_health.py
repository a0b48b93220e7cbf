"""A worker answers an orchestrator's probes on a port of its own, where the operator asks for one."""

import socket
import time
from pathlib import Path

import httpx
import pytest
from test_many_processes import SETTINGS, Process, free_port, until

from postgres_server import PostgresServer


class Worker(Process):
    """One with a health port."""

    def __init__(self, folder: Path, url: str, **settings: str) -> None:
        self.port = free_port()
        super().__init__(folder, url, "worker", DOCCHAIN_WORKER_HEALTH_PORT=str(self.port), **SETTINGS, **settings)

    def ask(self, path: str, method: str = "GET") -> httpx.Response:
        return httpx.request(method, f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def answers(self, path: str, status: int) -> bool:
        try:
            return self.ask(path).status_code == status
        except httpx.TransportError:
            return False


@pytest.fixture
def database():
    opened = PostgresServer(durable=True)
    opened.start()
    yield opened
    opened.remove()


def test_a_worker_is_alive_from_the_first_moment_and_ready_when_it_could_execute(tmp_path, database):
    url = database.new_database()
    database.stop()
    worker = Worker(tmp_path, url)
    try:
        until(lambda: worker.answers("/health/live", 200), worker.log)
        early = worker.ask("/health/ready")
        assert (early.status_code, early.text) == (503, "The worker starts; PostgreSQL may be on its way.\n")
        database.start()
        until(lambda: worker.answers("/health/ready", 200), worker.log)
        until(lambda: worker.ask("/health").json()["checks"]["engine"]["shows"]["role"] == "executes", worker.log)
        executed_by = f"{socket.gethostname()}:{worker.process.pid}"
        engine = worker.ask("/health/ready").json()["checks"]["engine"]
        assert engine["shows"] == {"role": "executes", "executed_by": executed_by, "broken_runs": 0}
        assert worker.ask("/health/live").json() == {"status": "ok"}
        assert (worker.ask("/health/live", "HEAD").status_code, worker.ask("/health/live", "HEAD").text) == (200, "")
        assert worker.ask("/health/live", "POST").status_code == 405
        assert worker.ask("/api/v3/runs").status_code == 404
        database.stop()
        until(lambda: worker.answers("/health/ready", 503), worker.log)
        assert worker.ask("/health/live").status_code == 200
    finally:
        worker.end()


def test_half_a_request_holds_nobody_up(tmp_path, postgres_url):
    worker = Worker(tmp_path, postgres_url)
    try:
        until(lambda: worker.answers("/health/ready", 200), worker.log)
        with socket.create_connection(("127.0.0.1", worker.port)) as half:
            half.sendall(b"GET /health/live")
            began = time.monotonic()
            assert worker.ask("/health/live").status_code == 200
            assert time.monotonic() - began < 2
            worker.process.terminate()
            assert worker.process.wait(10) == 0
    finally:
        worker.end()


def test_a_port_that_is_taken_is_refused_with_what_to_do(tmp_path, postgres_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        worker = Process(tmp_path, postgres_url, "worker", DOCCHAIN_WORKER_HEALTH_PORT=str(port), **SETTINGS)
        assert worker.process.wait(40) == 2
    told = worker.log.read_text()
    assert told.startswith(f"✗ The worker cannot answer probes on 127.0.0.1:{port}: ")
    assert told.endswith("Choose another DOCCHAIN_WORKER_HEALTH_PORT or _HOST.\n")
