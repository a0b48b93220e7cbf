"""The probe: a bare group-commit journal of JSON facts, raw inserts, the standard library alone (and a driver).

Facts of all runs in flight share one transaction and one fsync; each run waits for each of its facts.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from bench.figures import percentile
from bench.places import Place

Row = tuple[bytes, int, bytes]


def fact(seq: int) -> bytes:
    return json.dumps(
        {"fact": "done", "at": time.time_ns() // 1_000, "step": "a", "attempt": seq, "output": {"value": 1}}
    ).encode()


class _Store(Protocol):
    async def open(self) -> None: ...

    async def commit(self, rows: list[Row]) -> None: ...

    async def close(self) -> None: ...


class _Sqlite:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._thread = ThreadPoolExecutor(1)

    async def open(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE fact (run BLOB, seq INTEGER, body BLOB, PRIMARY KEY (run, seq)) WITHOUT ROWID")

    async def commit(self, rows: list[Row]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, rows)

    def _commit(self, rows: list[Row]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO fact VALUES (?,?,?)", rows)
        self._db.execute("COMMIT")

    async def close(self) -> None:
        self._thread.shutdown()
        self._db.close()


class _Postgres:
    def __init__(self, url: str) -> None:
        self._url = url

    async def open(self) -> None:
        import asyncpg  # noqa: PLC0415 - not needed on SQLite

        self._db = await asyncpg.connect(self._url)
        await self._db.execute("DROP TABLE IF EXISTS fact")
        await self._db.execute("CREATE TABLE fact (run BYTEA, seq INTEGER, body BYTEA, PRIMARY KEY (run, seq))")

    async def commit(self, rows: list[Row]) -> None:
        await self._db.executemany("INSERT INTO fact VALUES ($1,$2,$3)", rows)

    async def close(self) -> None:
        await self._db.execute("DROP TABLE fact")
        await self._db.close()


class _Probe:
    def __init__(self, store: _Store) -> None:
        self._store = store
        self._rows: list[Row] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def append(self, row: Row) -> None:
        """Return when the fact is durable."""
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rows.append(row)
        self._waiting.append(durable)
        await durable

    async def run(self, run: int, facts: int) -> None:
        key = run.to_bytes(16, "big")
        for seq in range(facts):
            await self.append((key, seq, fact(seq)))

    async def serve(self) -> None:
        while True:
            await asyncio.sleep(0)
            rows, waiting = self._rows, self._waiting
            self._rows, self._waiting = [], []
            if rows:
                await self._store.commit(rows)
            for durable in waiting:
                durable.set_result(None)


async def _with_probe(place: Place, measure: Callable[[_Probe], Awaitable[float]]) -> float:
    path = place.folder / f"probe-{time.time_ns()}.db"
    store: _Store = _Sqlite(path) if place.on_sqlite else _Postgres(place.url)
    await store.open()
    probe = _Probe(store)
    serving = asyncio.create_task(probe.serve())
    try:
        return await measure(probe)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await store.close()


def probe_runs_per_second(place: Place, runs: int, in_flight: int, facts: int = 5) -> float:
    """On asyncio's own loop, as anybody would write it."""

    async def measure(probe: _Probe) -> float:
        numbers = iter(range(runs))

        async def client() -> None:
            for number in numbers:
                await probe.run(number, facts)

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(in_flight)))
        return runs / (time.perf_counter() - began)

    return asyncio.run(_with_probe(place, measure))


def probe_milliseconds(place: Place, facts: int = 300) -> float:
    """The median of one fact made durable, alone."""

    async def measure(probe: _Probe) -> float:
        times: list[float] = []
        for number in range(facts):
            began = time.perf_counter()
            await probe.append((number.to_bytes(16, "big"), 0, fact(0)))
            times.append(time.perf_counter() - began)
        return percentile(times, 0.5) * 1_000

    return asyncio.run(_with_probe(place, measure))
