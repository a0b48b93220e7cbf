"""The probe: a bare group-commit journal of JSON facts, raw inserts, the standard library alone."""

import asyncio
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FACTS = 5


def fact(seq: int) -> bytes:
    return json.dumps(
        {"fact": "done", "at": time.time_ns() // 1_000, "step": "a", "attempt": seq, "output": {"value": 1}}
    ).encode()


class Probe:
    """Facts of all runs in flight share one transaction and one fsync; each run waits for each of its five facts."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE fact (run BLOB, seq INTEGER, body BLOB, PRIMARY KEY (run, seq)) WITHOUT ROWID")
        self._thread = ThreadPoolExecutor(1)
        self._rows: list[tuple[bytes, int, bytes]] = []
        self._waiting: list[asyncio.Future[None]] = []

    async def append(self, row: tuple[bytes, int, bytes]) -> None:
        """Return when the fact is durable."""
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rows.append(row)
        self._waiting.append(durable)
        await durable

    async def run(self, run: int) -> None:
        key = run.to_bytes(16, "big")
        for seq in range(FACTS):
            await self.append((key, seq, fact(seq)))

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0)
            rows, waiting = self._rows, self._waiting
            self._rows, self._waiting = [], []
            if rows:
                await loop.run_in_executor(self._thread, self._commit, rows)
            for durable in waiting:
                durable.set_result(None)

    def _commit(self, rows: list[tuple[bytes, int, bytes]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO fact VALUES (?,?,?)", rows)
        self._db.execute("COMMIT")
