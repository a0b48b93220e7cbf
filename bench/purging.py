"""What a sweep of retention costs the journal's writer: commits' latency while many runs are deleted, and without."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from bench.million import facts_of, load_sqlite, runs_of
from docchain.engine.definition import RetentionSpec
from docchain.engine.journal import Batch, SqliteJournal
from docchain.features.runs import Archive, History, Policy
from docchain.platform.database import Database
from docchain.platform.ids import new_id

RUNS: Final = 100_000
WORKSPACE: Final = UUID(int=1)
_QUIET: Final = 5.0
_PACE: Final = 0.002


class Writer:
    """Commits like a busy engine, every few milliseconds, and keeps how long each took."""

    def __init__(self, journal: SqliteJournal, position: int) -> None:
        self._journal = journal
        self._position = position
        self._facts = facts_of(next(runs_of(1, WORKSPACE)))
        self.times: list[float] = []

    async def run(self) -> None:
        while True:
            entries = [(self._position + place, new_id().bytes, self._facts) for place in range(1, 21)]
            self._position += len(entries)
            began = time.perf_counter()
            await self._journal.commit(Batch(entries=entries))
            self.times.append(time.perf_counter() - began)
            await asyncio.sleep(_PACE)


async def commits_during(journal: SqliteJournal, position: int, work: Callable[[], Awaitable[object]]) -> list[float]:
    """Latencies in milliseconds of commits while `work` goes on, sorted."""
    writer = Writer(journal, position)
    writing = asyncio.create_task(writer.run())
    await work()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    return sorted(took * 1_000 for took in writer.times)


async def measure(folder: Path, runs: int, said: RetentionSpec) -> None:
    await load_sqlite(folder, runs, WORKSPACE)
    with sqlite3.connect(folder / "app.db") as connection:  # nobody projects what the writer commits here
        connection.execute("UPDATE reader_cursor SET position = ?", (1_000 * runs,))
    connection.close()
    database = Database(f"sqlite:///{folder / 'app.db'}")
    journal = SqliteJournal(folder / "journal.db")
    await journal.open()
    history = History(database, journal, Archive(folder / "archive"), lambda _work: Policy(said))
    try:
        quiet = await commits_during(journal, 10 * runs, lambda: asyncio.sleep(_QUIET))
        began = time.perf_counter()
        busy = await commits_during(journal, 20 * runs, history.sweep)
        _print(runs, time.perf_counter() - began, quiet, busy, said)
    finally:
        await journal.close()
        await database.close()


def _print(runs: int, seconds: float, quiet: list[float], busy: list[float], said: RetentionSpec) -> None:
    rules = said.model_dump(exclude_none=True)
    print(f"\nretention of {runs:,} runs, {rules}: {seconds:,.0f} s, {runs / seconds:,.0f} runs/s")
    for name, times in (("without", quiet), ("while sweeping", busy)):
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"  journal commits {name:15} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   worst {times[-1]:6.1f} ms")


def main(runs: int = RUNS) -> None:
    gone = RetentionSpec(succeeded="1d", failed="1d", rejected="1d", cancelled="1d")
    for said in (gone, RetentionSpec(payload="1d")):
        with tempfile.TemporaryDirectory() as made:
            uvloop.run(measure(Path(made), runs, said))


if __name__ == "__main__":
    main()
