"""The journal on SQLite: a file of its own, one writer thread, one transaction and one fsync a batch."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from docchain.engine.journal.batch import Batch
from docchain.engine.journal.port import EffectRow, JournalError, JournalUnavailableError
from docchain.engine.journal.purge import forget, forget_blobs, rewrite
from docchain.engine.journal.schema import PRAGMAS, SCHEMA, VERSION
from docchain.platform.hops import Hops

_ROWS: Final = 64
"""Most rows a statement: each number of them is a statement that SQLite has to keep."""

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
_CLOSED: Final = ("DELETE FROM open_run WHERE run_id IN (", "?", ")")

Task = tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]]


class SqliteJournal:
    """One journal file. `commit` and every read run off the event loop; opening and closing twice does no harm."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._write: sqlite3.Connection | None = None
        self._read: sqlite3.Connection | None = None
        self._read_lock = threading.Lock()
        self._reading = Hops(1, "journal-reader")
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._writer: threading.Thread | None = None

    async def open(self) -> None:
        if self._writer is None:
            await asyncio.to_thread(self._connect)
            self._writer = threading.Thread(target=self._serve, name="journal-writer", daemon=True)
            self._writer.start()

    def _connect(self) -> None:
        try:
            self._write = _connect(self.path)
            self._read = _connect(self.path)
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    async def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            self._tasks.put(None)
            await self._reading.close()
            await asyncio.to_thread(self._disconnect, writer)

    def _disconnect(self, writer: threading.Thread) -> None:
        writer.join()
        with self._read_lock:  # a cancelled caller's query may still be under way
            for connection in (self._write, self._read):
                if connection is not None:
                    connection.close()

    @property
    def is_ours(self) -> bool:
        return True

    async def commit(self, batch: Batch) -> None:
        await self._in_turn(lambda: self._store(batch))

    async def forget(self, keys: Sequence[bytes]) -> None:
        await self._in_turn(lambda: forget(self._writing, keys))

    async def rewrite(self, rows: Sequence[tuple[int, bytes]]) -> None:
        await self._in_turn(lambda: rewrite(self._writing, rows))

    async def forget_blobs(self, workspace: bytes, shas: Sequence[bytes], since: int) -> None:
        await self._in_turn(lambda: forget_blobs(self._writing, workspace, shas, since))

    @property
    def _writing(self) -> sqlite3.Connection:
        assert self._write is not None  # noqa: S101 (the writer runs between open and close)
        return self._write

    async def _in_turn(self, work: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._tasks.put((work, loop, future))
        await future

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            work, loop, future = task
            try:
                work()
            except sqlite3.Error as error:
                loop.call_soon_threadsafe(_settle, future, _unavailable(error))
            except Exception as error:  # noqa: BLE001 (handed to the waiter)
                loop.call_soon_threadsafe(_settle, future, error)
            else:
                loop.call_soon_threadsafe(_settle, future, None)

    def _store(self, batch: Batch) -> None:
        connection = self._writing
        run = connection.execute
        run("BEGIN IMMEDIATE")
        try:
            _write_rows(run, _DEFINITION, batch.definitions)
            _write_rows(run, _BLOB, batch.blobs)
            _write_rows(run, _ENTRY, batch.entries)
            _write_rows(run, _OPEN, batch.open_runs)
            _write_rows(run, _EFFECT, batch.effects)
            _write_rows(run, _CLOSED, [(key,) for key in batch.closed_runs])
            if batch.cursors:
                connection.executemany("INSERT OR REPLACE INTO cursor VALUES (?,?)", list(batch.cursors.items()))
            run("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                run("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError) and batch.entries:
                _check_same(run, batch)
                return
            raise

    async def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await self._reading.run(lambda: self.query_now(sql, parameters))

    def query_now(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._read_lock:
            if self._read is None:
                raise JournalError(f"{self.path} is not open.")
            try:
                return self._read.execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                raise _unavailable(error) from error

    async def last_position(self) -> int:
        return int((await self.query("SELECT coalesce(max(position), 0) FROM entry"))[0][0])

    async def cursors(self) -> dict[str, int]:
        return dict(await self.query("SELECT name, position FROM cursor ORDER BY name"))

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the runs that have a history."""
        marks = ",".join("?" * len(keys))
        rows = await self.query(f"SELECT DISTINCT run_id FROM entry WHERE run_id IN ({marks})", keys)  # noqa: S608 (marks)
        return {row[0] for row in rows}

    async def facts_of(self, keys: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        """The entries of each of these runs in order; runs without a history are absent."""
        marks = ",".join("?" * len(keys))
        sql = f"SELECT run_id, facts FROM entry WHERE run_id IN ({marks}) ORDER BY position"  # noqa: S608 (marks)
        found: dict[bytes, list[bytes]] = {}
        for key, facts in await self.query(sql, keys):
            found.setdefault(key, []).append(facts)
        return found

    async def entries_of(self, keys: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]:
        marks = ",".join("?" * len(keys))
        sql = f"SELECT position, run_id, facts FROM entry WHERE run_id IN ({marks}) ORDER BY position"  # noqa: S608 (marks)
        return [(row[0], row[1], row[2]) for row in await self.query(sql, keys)]

    async def entries_after(self, position: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        rows = await self.query(
            "SELECT position, run_id, facts FROM entry WHERE position > ? ORDER BY position LIMIT ?", (position, limit)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def active_runs(self) -> list[tuple[bytes, bytes]]:
        """Run and workspace of every unfinished run that has work to do now, in the order of their ids."""
        rows = await self.query("SELECT run_id, workspace FROM open_run WHERE active ORDER BY run_id")
        return [(row[0], row[1]) for row in rows]

    async def due_after(self, last: tuple[int, bytes], until: int, limit: int) -> list[tuple[int, bytes]]:
        """The next timers behind `last`, due at `until` at the latest."""
        rows = await self.query(
            "SELECT due, run_id FROM open_run WHERE due IS NOT NULL AND (due, run_id) > (?, ?) AND due <= ? "
            "ORDER BY due, run_id LIMIT ?",
            (*last, until, limit),
        )
        return [(row[0], row[1]) for row in rows]

    async def definition(self, digest: str) -> str | None:
        rows = await self.query("SELECT body FROM definition WHERE digest = ?", (digest,))
        return str(rows[0][0]) if rows else None

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None:
        rows = await self.query("SELECT data FROM blob WHERE workspace = ? AND sha256 = ?", (workspace, sha256))
        return bytes(rows[0][0]) if rows else None

    async def shas_of(self, workspace: bytes) -> list[bytes]:
        rows = await self.query("SELECT sha256 FROM blob WHERE workspace = ?", (workspace,))
        return [bytes(row[0]) for row in rows]

    async def effects(self, status: str, limit: int) -> list[EffectRow]:
        """Rows of the effect ledger in one status."""
        sql = "SELECT run_id, step, attempt, key, status, at FROM effect WHERE status = ? ORDER BY run_id LIMIT ?"
        return [row[:6] for row in await self.query(sql, (status, limit))]


def _write_rows(run: Callable[..., Any], shape: tuple[str, str, str], rows: Sequence[Iterable[Any]]) -> None:
    for place in range(0, len(rows), _ROWS):
        chunk = rows[place : place + _ROWS]
        run(_statement(shape, len(chunk)), [value for row in chunk for value in row])


@cache
def _statement(shape: tuple[str, str, str], rows: int) -> str:
    """Few and long ones: after each, the writer waits its turn among the interpreter's threads."""
    return shape[0] + ",".join([shape[1]] * rows) + shape[2]


def _check_same(run: Callable[..., Any], batch: Batch) -> None:
    """The positions were taken before: by this very batch, or the journal was meddled with."""
    first, last = batch.entries[0][0], batch.entries[-1][0]
    kept = run("SELECT position, run_id, facts FROM entry WHERE position BETWEEN ? AND ?", (first, last)).fetchall()
    if kept != batch.entries:
        raise JournalError(f"Positions {first} to {last} hold other facts already; the journal was meddled with.")


def _unavailable(error: sqlite3.Error) -> JournalUnavailableError:
    wrapped = JournalUnavailableError(f"The database cannot be used: {error}.")
    wrapped.__cause__ = error
    return wrapped


def _settle(future: asyncio.Future[Any], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=6 * _ROWS)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalError(f"{path} was written by a newer release (format {version}); start that release instead.")
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
    return connection
