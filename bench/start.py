"""A server process from its start to its first answer, its memory when idle, and how soon it is gone after SIGTERM."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.figures import Figure, below, show
from bench.places import Place, Places

REPEATS: Final = 5
PATIENCE: Final = 60.0
IMPORTS: Final = "import fastapi, sqlalchemy.orm"


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds and megabytes; `cpu` is what the process had used when it answered."""

    wall: float
    cpu: float
    memory: float
    stop: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def surroundings(place: Place | None, port: int) -> Mapping[str, str]:
    """Of a user: settings of this shell stay out, and Python keeps its bytecode."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DOCCHAIN_", "PYTHONDONTWRITEBYTECODE"))
    }
    if place is None:
        return kept
    database = {} if place.on_sqlite else {"DOCCHAIN_DATABASE_URL": place.url}
    return kept | database | {"DOCCHAIN_DATA_DIR": str(place.folder), "DOCCHAIN_PORT": str(port)}


def healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/api/v3/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _cpu(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - no file of ours
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123 - no file of ours
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1_024


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    opened = subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield opened
    finally:
        opened.kill()
        opened.wait()


def started(command: Sequence[str], environment: Mapping[str, str], port: int) -> Started:
    """Start a server, wait until it answers that it is healthy, and stop it."""
    began = time.perf_counter()
    with process(command, environment) as server:
        while not healthy(port):
            if server.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"{' '.join(command)} did not start.")
            time.sleep(0.002)
        wall, cpu, memory = time.perf_counter() - began, _cpu(server.pid), _memory(server.pid)
        asked = time.perf_counter()
        server.terminate()
        server.wait(PATIENCE)
        return Started(wall, cpu, memory, time.perf_counter() - asked)


def _ours(place: Place) -> Started:
    port = free_port()
    return started(["-m", "docchain", "serve"], surroundings(place, port), port)


def _bare() -> Started:
    """The probe: the same server with an application that does nothing."""
    port = free_port()
    return started(["-m", "bench.http_bare", str(port), "2"], surroundings(None, port), port)


def _imports() -> float:
    """The other probe: the two libraries that nothing of ours can do without."""
    began = time.perf_counter()
    with process(["-c", IMPORTS], surroundings(None, 0)) as imported:
        imported.wait(PATIENCE)
    return time.perf_counter() - began


def run(places: Places, scale: float) -> None:
    """Warm starts take turns with the probes; the middle one of each counts."""
    repeats = max(int(REPEATS * scale), 1)
    with places.empty() as place:
        first = _ours(place)
        turns = [(_ours(place), _imports(), _bare()) for _ in range(repeats)]
    ours = [turn[0] for turn in turns]
    imports, bare = median(turn[1] for turn in turns), median(turn[2].wall for turn in turns)
    wall, cpu = median(one.wall for one in ours), median(one.cpu for one in ours)
    show(
        f"start and stop of a server, {places.database}",
        [
            below("first start: schema and example", first.wall, "s", None, f"{first.cpu:.2f} s of CPU"),
            below("start to a healthy answer", wall, "s", 1, f"probe imports both libraries in {imports:.2f} s"),
            Figure("CPU of a start", f"{cpu:.2f} s", f"probe: a bare server answers in {bare:.2f} s"),
            below("memory when idle", median(one.memory for one in ours), "MB", 150),
            below("stop after SIGTERM, idle", median(one.stop for one in ours), "s", 1),
        ],
    )
