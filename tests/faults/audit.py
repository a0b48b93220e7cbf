"""The audit: the journal, read from outside, must be one story that a single engine could have told."""

import asyncio
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from docchain.engine.machine import facts as f

Row = tuple[Any, ...]
OUTCOMES = {f.Done: "confirmed", f.Failed: "failed", f.Unknown: "unknown"}
ENTRIES = "SELECT position, run_id, facts FROM {}entry ORDER BY position"
EFFECTS = "SELECT run_id, step, attempt, status FROM {}effect"
BUSY = "SELECT count(*) FROM {}open_run WHERE active = {} OR due IS NOT NULL"


class SqliteBooks:
    """The journal's file, read only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, sql: str) -> list[Row]:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            return connection.execute(sql.format("", "1")).fetchall()
        finally:
            connection.close()


class PostgresBooks:
    """The journal's schema in the database."""

    def __init__(self, url: str) -> None:
        self._url = url

    def rows(self, sql: str) -> list[Row]:
        return asyncio.run(self._rows(sql.format("journal.", "TRUE")))

    async def _rows(self, sql: str) -> list[Row]:
        import asyncpg  # noqa: PLC0415 - the suite on SQLite needs no driver

        connection = await asyncpg.connect(self._url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()


Books = SqliteBooks | PostgresBooks


class Audit:
    """What the journal tells: the facts of every run, and what contradicts itself."""

    def __init__(self, books: Books) -> None:
        rows = books.rows(ENTRIES)
        self.runs: dict[UUID, list[f.Fact]] = defaultdict(list)
        for _, key, facts in rows:
            self.runs[UUID(bytes=bytes(key))] += f.decode(bytes(facts))
        self.entries = len(rows)
        self.effects = {
            (UUID(bytes=bytes(key)), step, attempt): status for key, step, attempt, status in books.rows(EFFECTS)
        }
        self.faults: list[str] = []
        if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
            self.faults.append("the journal's positions have gaps or repeats")
        for run, history in self.runs.items():
            self.faults += _contradictions(run, history) + self._ledger(run, history)

    def _ledger(self, run: UUID, history: list[f.Fact]) -> list[str]:
        """Every intent has its row, with the last word on it."""
        sent = {(fact.step, fact.attempt): "sending" for fact in history if isinstance(fact, f.Sending)}
        for fact in history:
            if type(fact) in OUTCOMES and (fact.step, fact.attempt) in sent:
                sent[fact.step, fact.attempt] = OUTCOMES[type(fact)]
        return [
            f"{run} {step} attempt {attempt}: the ledger says {self.effects.get((run, step, attempt))}, not {word}"
            for (step, attempt), word in sent.items()
            if word == "sending" or self.effects.get((run, step, attempt)) != word
        ]


def _contradictions(run: UUID, history: list[f.Fact]) -> list[str]:
    """Two engines that both committed would have told something twice."""
    told: Counter[tuple[Any, ...]] = Counter()
    for fact in history:
        if isinstance(fact, f.Started | f.Ended):
            told[type(fact).__name__, "", 0] += 1
        elif isinstance(fact, f.Sending | f.Done | f.Failed):
            told["Sent" if isinstance(fact, f.Sending) else "Outcome", fact.step, fact.attempt] += 1
    found = [f"{run} told {what} {count} times" for what, count in told.items() if count > 1]
    if history and not isinstance(history[0], f.Started):
        found.append(f"{run} does not begin with its start")
    return found


def busy(books: Books) -> int:
    """Runs that have something to do, or wait for time."""
    return int(books.rows(BUSY)[0][0])
