"""A load generator in a process of its own: connections that each send the next request when the last is answered.

`python -m bench.http_load` reads a plan from its standard input and prints what it saw, both as JSON.
"""

import asyncio
import json
import sys
import time
from array import array
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf
from random import random
from typing import Any, cast

import uvloop

from bench.figures import percentile


@dataclass(frozen=True, slots=True)
class Plan:
    """`requests` are whole HTTP/1.1 requests, sent in turn; what happens in `warm_up` seconds is not counted.

    `rate` is how many are due each second, all connections together; without it, each connection sends as soon as it
    can. A request that is due waits from then on, whether its connection is free or not.
    """

    port: int
    requests: list[str]
    connections: int
    seconds: float
    warm_up: float = 1.0
    rate: float | None = None


@dataclass(slots=True)
class Seen:
    """What came of a plan; times in milliseconds."""

    answers: int
    per_second: float
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]
    sample: str


class Load:
    """What all connections share."""

    def __init__(self, plan: Plan) -> None:
        self.requests = [request.encode() for request in plan.requests]
        self.times = array("d")
        self.statuses: Counter[bytes] = Counter()
        self.sample = b""
        self.sent = 0
        self.ends = False
        self.interval = plan.connections / plan.rate if plan.rate else 0.0

    def clear(self) -> None:
        self.times = array("d")
        self.statuses.clear()

    def next(self) -> bytes:
        self.sent += 1
        return self.requests[self.sent % len(self.requests)]


class Connection(asyncio.Protocol):
    """Keep-alive; one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._length = 0
        self._loop = asyncio.get_running_loop()
        self._began = time.perf_counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast("asyncio.WriteTransport", transport).write
        self._began = time.perf_counter() + random() * self._load.interval  # noqa: S311 - no secret
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if len(data) != self._length:  # answers to one request have one length, so this is looked up rarely
            self._length = _length(data)
            if len(data) < self._length:
                self._buffer = data
                return
        self._buffer = b""
        load = self._load
        load.times.append(time.perf_counter() - self._began)
        load.statuses[data[9:12]] += 1
        load.sample = data
        if load.ends:
            return
        if load.interval:
            self._began += load.interval
            self._wait()
        else:
            self._began = time.perf_counter()
            self._write(load.next())

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._load.ends:
            self._load.statuses[b"cut"] += 1

    def _wait(self) -> None:
        self._loop.call_later(max(self._began - time.perf_counter(), 0), self._send)

    def _send(self) -> None:
        self._write(self._load.next())


def _length(data: bytes) -> int:
    """Length of a whole answer, or more than there is while its headers are incomplete."""
    head, found, _ = data.partition(b"\r\n\r\n")
    if not found:
        return len(data) + 1
    name = head.lower().find(b"content-length:")
    size = 0 if name < 0 else int(head[name + 15 :].split(b"\r\n", 1)[0])
    return len(head) + 4 + size


async def run(plan: Plan) -> Seen:
    load, loop = Load(plan), asyncio.get_running_loop()
    for _ in range(plan.connections):
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", plan.port)
    await asyncio.sleep(plan.warm_up)
    load.clear()
    began = time.perf_counter()
    await asyncio.sleep(plan.seconds)
    took = time.perf_counter() - began
    times = list(load.times) or [inf]
    load.ends = True
    p50, p95, p99 = (percentile(times, part) * 1_000 for part in (0.5, 0.95, 0.99))
    statuses = {status.decode(): count for status, count in load.statuses.items()}
    return Seen(len(times), len(times) / took, p50, p95, p99, statuses, load.sample.decode(errors="replace"))


def main() -> None:
    given: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(uvloop.run(run(Plan(**given)))), sys.stdout)


if __name__ == "__main__":
    main()
