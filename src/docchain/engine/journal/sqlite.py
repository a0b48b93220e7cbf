"""The journal on SQLite: a file of its own, one writer thread, one transaction and one fsync a batch."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from docchain.engine.journal.batch import Batch
from docchain.engine.journal.schema import PRAGMAS, SCHEMA, VERSION

_CHUNKS: Final = (64, 16, 4, 1)
"""Rows a statement; a few fixed sizes keep SQLite's statement cache warm."""

_ENTRY: Final = ("INSERT INTO entry VALUES ", "(?,?,?)", "")
_OPEN: Final = (
    "INSERT INTO open_run VALUES ",
    "(?,?,?,?)",
    " ON CONFLICT (run_id) DO UPDATE SET active = excluded.active, due = excluded.due",
)
_EFFECT: Final = (
    "INSERT INTO effect VALUES ",
    "(?,?,?,?,?,?)",
    " ON CONFLICT (run_id, step, attempt) DO UPDATE SET status = excluded.status, at = excluded.at",
)
_BLOB: Final = ("INSERT OR IGNORE INTO blob VALUES ", "(?,?,?)", "")
_DEFINITION: Final = ("INSERT OR IGNORE INTO definition VALUES ", "(?,?)", "")
_SQL: Final = {
    (shape[0], count): shape[0] + ",".join([shape[1]] * count) + shape[2]
    for shape in (_ENTRY, _OPEN, _EFFECT, _BLOB, _DEFINITION)
    for count in _CHUNKS
}

Task = tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]]


class JournalError(Exception):
    """The journal cannot be used; the message says why and what to do."""


class SqliteJournal:
    """Opens, commits and reads one journal file. `commit` and every read run off the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._write = _connect(path)
        self._read = _connect(path)
        self._read_lock = threading.Lock()
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._serve, name="journal-writer", daemon=True)
        self._writer.start()

    async def commit(self, batch: Batch) -> None:
        """Make a batch durable.

        Raises:
            sqlite3.Error: nothing of the batch was kept (a full disk, say); it may be committed again.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._tasks.put((lambda: self._store(batch), loop, future))
        await future

    def close(self) -> None:
        self._tasks.put(None)
        self._writer.join()
        self._write.close()
        with self._read_lock:  # a cancelled caller's query may still be under way
            self._read.close()

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            work, loop, future = task
            try:
                work()
            except Exception as error:  # noqa: BLE001 (handed to the waiter)
                loop.call_soon_threadsafe(_settle, future, error)
            else:
                loop.call_soon_threadsafe(_settle, future, None)

    def _store(self, batch: Batch) -> None:
        run = self._write.execute
        run("BEGIN IMMEDIATE")
        try:
            _insert(run, _DEFINITION, batch.definitions)
            _insert(run, _BLOB, batch.blobs)
            _insert(run, _ENTRY, batch.entries)
            _insert(run, _OPEN, batch.open_runs)
            _insert(run, _EFFECT, batch.effects)
            if batch.closed_runs:
                self._write.executemany(
                    "DELETE FROM open_run WHERE run_id = ?", [(run_id,) for run_id in batch.closed_runs]
                )
            if batch.commands is not None:
                run("INSERT OR REPLACE INTO cursor VALUES ('commands', ?)", (batch.commands,))
            run("COMMIT")
        except BaseException:
            if self._write.in_transaction:
                run("ROLLBACK")
            raise

    async def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self.query_now, sql, parameters)

    def query_now(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._read_lock:
            return self._read.execute(sql, parameters).fetchall()

    def last_position(self) -> int:
        return int(self.query_now("SELECT coalesce(max(position), 0) FROM entry")[0][0])

    def command_cursor(self) -> int:
        rows = self.query_now("SELECT position FROM cursor WHERE name = 'commands'")
        return int(rows[0][0]) if rows else 0

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the runs that have a history."""
        marks = ",".join("?" * len(keys))
        rows = await self.query(f"SELECT DISTINCT run_id FROM entry WHERE run_id IN ({marks})", keys)  # noqa: S608 (marks)
        return {row[0] for row in rows}

    async def facts_of(self, run_id: bytes) -> list[bytes]:
        rows = await self.query("SELECT facts FROM entry WHERE run_id = ? ORDER BY position", (run_id,))
        return [row[0] for row in rows]

    async def entries_after(self, position: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        rows = await self.query(
            "SELECT position, run_id, facts FROM entry WHERE position > ? ORDER BY position LIMIT ?", (position, limit)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def active_runs(self) -> list[bytes]:
        return [row[0] for row in await self.query("SELECT run_id FROM open_run WHERE active ORDER BY run_id")]

    async def due_before(self, moment: int, limit: int) -> list[tuple[int, bytes]]:
        rows = await self.query(
            "SELECT due, run_id FROM open_run WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?", (moment, limit)
        )
        return [(row[0], row[1]) for row in rows]

    async def definition(self, digest: str) -> str | None:
        rows = await self.query("SELECT body FROM definition WHERE digest = ?", (digest,))
        return str(rows[0][0]) if rows else None

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None:
        rows = await self.query("SELECT data FROM blob WHERE workspace = ? AND sha256 = ?", (workspace, sha256))
        return bytes(rows[0][0]) if rows else None


def _insert(run: Callable[..., Any], shape: tuple[str, str, str], rows: Sequence[Iterable[Any]]) -> None:
    place = 0
    left = len(rows)
    for count in _CHUNKS:
        while left >= count:
            chunk = rows[place : place + count]
            run(_SQL[shape[0], count], [value for row in chunk for value in row])
            place += count
            left -= count


def _settle(future: asyncio.Future[Any], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalError(f"{path} was written by a newer release (format {version}); start that release instead.")
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
    return connection
