"""The journal on PostgreSQL: one statement, one round trip and one fsync a batch, fenced by the epoch of a lease."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg

from docchain.engine.journal import postgres_schema as sql
from docchain.engine.journal.batch import Batch
from docchain.engine.journal.port import EffectRow, JournalError, JournalUnavailableError, LeaseLostError
from docchain.engine.journal.postgres_access import (
    CONNECT_SECONDS,
    READS,
    WRITES,
    columns,
    connect,
    hang_up,
    told,
)
from docchain.engine.journal.purge import forget_blobs_in_postgres, forget_in_postgres, rewrite_in_postgres

NEWS: Final = "docchain_journal"
"""Who listens here is told the position that commits have come to, at most every few milliseconds."""
_NEWS_PAUSE: Final = 0.01


class PostgresJournal:
    """The journal in schema `journal` of a database.

    Args:
        dsn: `postgresql://…`.
        epoch: of the lease that commits are made under; 0 while nobody ever took it (tests, benchmarks, readers).
        valid: whether our own clock says that nobody else can hold the lease yet; a process that was stopped amid a
            commit must not act on its answer.
        readers: most connections that read at the same time.
        timeout: seconds after which a statement counts as lost.
    """

    def __init__(
        self,
        dsn: str,
        epoch: int = 0,
        *,
        valid: Callable[[], bool] = lambda: True,
        readers: int = 2,
        timeout: float = 30.0,
    ) -> None:
        self.epoch = epoch
        self._dsn = dsn
        self._valid = valid
        self._readers = readers
        self._timeout = timeout
        self._pool: Any = None
        self._writer: tuple[Any, Any, Any] | None = None  # a connection and what is prepared on it: append, commit
        self._one_by_one = asyncio.Lock()
        self._news = asyncio.Event()
        self._position = 0
        self._telling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and make the tables where they are absent. Opening twice does no harm."""
        if self._pool is not None:
            return
        await self._prepare()
        with told():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=self._readers,
                timeout=CONNECT_SECONDS,
                command_timeout=self._timeout,
                server_settings=READS,
                reset=_as_it_is,
            )

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
            self._telling = None
        writer, self._writer = self._writer, None
        if writer is not None:
            await hang_up(writer[0])
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await pool.close()
            except (TimeoutError, OSError, asyncpg.InterfaceError):
                pool.terminate()

    @property
    def is_ours(self) -> bool:
        return self._valid()

    async def commit(self, batch: Batch) -> None:
        entries = columns(batch.entries, 3)
        try:
            async with self._one_by_one:
                with told():
                    held, known = await self._write(batch, entries)
        except JournalUnavailableError:
            self._forget_writer()
            raise
        if not held:
            raise LeaseLostError(f"Another engine took the lease; epoch {self.epoch} may commit nothing.")
        if known:
            await self._check_same(entries)
        self._tell(batch)
        if not self.is_ours:
            raise LeaseLostError("The lease may have run out while this process stood still.")

    async def _write(self, batch: Batch, entries: list[Any]) -> tuple[bool, bool]:
        """Whether the lease is held, and whether the positions were taken before."""
        _, append, commit = await self._connected()
        try:
            if batch.entries and batch.has_only_entries:
                await append.fetch(self.epoch, *entries)
                return append.get_statusmsg() != "INSERT 0 0", False
            return bool(await commit.fetch(self.epoch, *entries, *_beside(batch))), False
        except asyncpg.UniqueViolationError:
            return True, True

    async def forget(self, keys: Sequence[bytes]) -> None:
        await self._aside(forget_in_postgres, keys)

    async def rewrite(self, rows: Sequence[tuple[int, bytes]]) -> None:
        await self._aside(rewrite_in_postgres, rows)

    async def forget_blobs(self, workspace: bytes, shas: Sequence[bytes], since: int) -> None:
        await self._aside(forget_blobs_in_postgres, (workspace, shas, since))

    async def _aside(self, work: Callable[[Any, Any], Awaitable[None]], given: Any) -> None:
        """On a connection of its own, so that no commit waits for it."""
        connection = await connect(self._dsn, WRITES, self._timeout)
        try:
            with told():
                await work(connection, given)
        finally:
            await hang_up(connection)

    async def last_position(self) -> int:
        rows = await self._fetch("SELECT coalesce(max(position), 0) FROM journal.entry")
        return int(rows[0][0])

    async def cursors(self) -> dict[str, int]:
        rows = await self._fetch("SELECT name, position FROM journal.cursor ORDER BY name")
        return {row[0]: row[1] for row in rows}

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        rows = await self._fetch(
            "SELECT run_id FROM unnest($1::bytea[]) AS given (run_id) "
            "WHERE EXISTS (SELECT FROM journal.entry WHERE entry.run_id = given.run_id)",
            keys,
        )
        return {row[0] for row in rows}

    async def facts_of(self, keys: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        sql = "SELECT run_id, facts FROM journal.entry WHERE run_id = ANY ($1::bytea[]) ORDER BY position"
        for key, facts in await self._fetch(sql, keys):
            found.setdefault(key, []).append(facts)
        return found

    async def entries_of(self, keys: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]:
        sql = "SELECT position, run_id, facts FROM journal.entry WHERE run_id = ANY ($1::bytea[]) ORDER BY position"
        return [tuple(row) for row in await self._fetch(sql, keys)]

    async def entries_after(self, position: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        sql = "SELECT position, run_id, facts FROM journal.entry WHERE position > $1 ORDER BY position LIMIT $2"
        return [tuple(row) for row in await self._fetch(sql, position, limit)]

    async def touched(self, position: int, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the runs that got facts behind a position."""
        sql = "SELECT DISTINCT run_id FROM journal.entry WHERE position > $1 AND run_id = ANY ($2::bytea[])"
        return {row[0] for row in await self._fetch(sql, position, keys)}

    async def active_runs(self) -> list[tuple[bytes, bytes]]:
        sql = "SELECT run_id, workspace FROM journal.open_run WHERE active ORDER BY run_id"
        return [tuple(row) for row in await self._fetch(sql)]

    async def due_after(self, last: tuple[int, bytes], until: int, limit: int) -> list[tuple[int, bytes]]:
        sql = (
            "SELECT due, run_id FROM journal.open_run WHERE due IS NOT NULL AND (due, run_id) > ($1, $2) AND due <= $3 "
            "ORDER BY due, run_id LIMIT $4"
        )
        return [tuple(row) for row in await self._fetch(sql, *last, until, limit)]

    async def definition(self, digest: str) -> str | None:
        rows = await self._fetch("SELECT body FROM journal.definition WHERE digest = $1", digest)
        return str(rows[0][0]) if rows else None

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None:
        rows = await self._fetch(sql.BLOB, workspace, sha256)
        return bytes(rows[0][0]) if rows else None

    async def shas_of(self, workspace: bytes) -> list[bytes]:
        return [bytes(row[0]) for row in await self._fetch(sql.SHAS, workspace)]

    async def effects(self, status: str, limit: int) -> list[EffectRow]:
        return [tuple(row) for row in await self._fetch(sql.EFFECTS, status, limit)]

    async def _prepare(self) -> None:
        connection = await connect(self._dsn, WRITES, self._timeout)
        try:
            with told():
                await make_schema(connection)
        finally:
            await hang_up(connection)

    async def _connected(self) -> tuple[Any, Any, Any]:
        if self._writer is None or self._writer[0].is_closed():
            connection = await connect(self._dsn, WRITES, self._timeout)
            try:
                self._writer = connection, await connection.prepare(sql.APPEND), await connection.prepare(sql.COMMIT)
            except BaseException:
                connection.terminate()
                raise
        return self._writer

    def _forget_writer(self) -> None:
        if self._writer is not None:
            self._writer[0].terminate()
            self._writer = None

    async def _check_same(self, entries: Sequence[Any]) -> None:
        """The positions were taken before: by this very batch, whose answer got lost, or somebody broke the fence."""
        others = (await self._fetch(sql.OTHERS, *entries))[0][0]
        if others:
            raise JournalError(
                f"{others} positions from {entries[0][0]} on hold other facts; the journal was meddled with."
            )

    async def _fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """Read; once more if the connection proved to be dead, as after a restart of the server."""
        if self._pool is None:
            raise JournalError("The journal is not open.")
        try:
            with told():
                return list(await self._pool.fetch(sql, *arguments))
        except JournalUnavailableError:
            with told():
                return list(await self._pool.fetch(sql, *arguments))

    def _tell(self, batch: Batch) -> None:
        if batch.entries:
            self._position = batch.entries[-1][0]
            self._news.set()
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell_news(), name="journal-news")

    async def _tell_news(self) -> None:
        """Aside from the commits, for PostgreSQL commits what notifies one by one; polls make up for a lost word."""
        while True:
            await self._news.wait()
            self._news.clear()
            with suppress(JournalError):
                await self._fetch("SELECT pg_notify($1, $2)", NEWS, str(self._position))
            await asyncio.sleep(_NEWS_PAUSE)


async def _as_it_is(_connection: Any) -> None:
    """What only reads leaves nothing behind: to reset it would be another round trip."""


async def make_schema(connection: Any) -> None:
    """Make the tables, once, however many processes start at the same time.

    Raises:
        JournalError: when a newer release made them.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", sql.SCHEMA_LOCK)
        if await connection.fetchval("SELECT to_regclass('journal.format') IS NULL"):
            await connection.execute(sql.SCHEMA)
            await connection.execute("INSERT INTO journal.format VALUES ($1)", sql.VERSION)
            return
        version = await connection.fetchval("SELECT version FROM journal.format")
    if version > sql.VERSION:
        raise JournalError(
            f"A newer release wrote the journal in PostgreSQL (format {version}); start that release instead."
        )


def _beside(batch: Batch) -> list[Any]:
    """What a commit holds beside the entries."""
    open_runs = [(key, workspace, bool(active), due) for key, workspace, active, due in batch.open_runs]
    return [
        *columns(open_runs, 4),
        batch.closed_runs,
        *columns(batch.effects, 6),
        *columns(batch.blobs, 3),
        *columns(batch.definitions, 2),
        *columns(list(batch.cursors.items()), 2),
    ]
