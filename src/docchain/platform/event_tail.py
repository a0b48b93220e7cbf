"""The end of the event log, looked at often: what was committed behind a position, on a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

Subject = tuple[str, bytes | None]
"""What an event is about: the kind, and the 16 bytes of its id."""
MOST: Final = 5_000
_COLUMNS: Final = "SELECT position, subject_kind, subject_id FROM event WHERE position >"
_SECONDS: Final = 5.0


class Look:
    """What one look found: where the log ends, and the subjects since; none if they are too many to tell.

    Args:
        position: where the log ended before.
        rows: position, kind and id of the events behind it.
    """

    __slots__ = ("position", "touched")

    def __init__(self, position: int, rows: Sequence[Any]) -> None:
        self.position: int = rows[-1][0] if rows else position
        self.touched: Sequence[tuple[int, Subject]] | None = None
        if len(rows) < MOST:
            self.touched = [(row[0], (row[1], _key(row[2]))) for row in rows]


class Tail(Protocol):
    """Takes a snapshot that begins after the call, so that it holds whatever was answered as committed before.

    `unchanged` tells at once, where that is possible, that nobody has written since the last look; not during a look.
    """

    async def after(self, position: int | None) -> Look: ...
    def unchanged(self) -> bool: ...
    async def close(self) -> None: ...


class SqliteTail:
    """Looks in one thread. Whether anybody wrote at all, SQLite tells from memory that its connections share."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "event-tail")
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None

    async def after(self, position: int | None) -> Look:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._look, position)

    def unchanged(self) -> bool:
        try:
            return self._version is not None and self._data_version() == self._version
        except sqlite3.Error:
            return False

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        if self._connection is not None:
            self._connection.close()

    def _look(self, position: int | None) -> Look:
        if self._connection is None:
            address = f"{Path(self._path).absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(
                address, uri=True, timeout=_SECONDS, isolation_level=None, check_same_thread=False
            )
        version = self._data_version()  # before the rows: what is written in between makes another one
        if position is None:
            last = self._connection.execute("SELECT max(position) FROM event").fetchone()[0]
            look = Look(last or 0, ())
        else:
            found = self._connection.execute(f"{_COLUMNS} ? ORDER BY position LIMIT {MOST}", (position,)).fetchall()
            look = Look(position, found)
        self._version = None if look.touched is None else version
        return look

    def _data_version(self) -> int:
        assert self._connection is not None  # noqa: S101 - looked before
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version


class PostgresTail:
    """Looks over one connection, which is made again after a failure."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Any = None
        self._behind: Any = None

    async def after(self, position: int | None) -> Look:
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._look(position)
        except BaseException:
            await self.close()
            raise

    def unchanged(self) -> bool:
        return False

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self, position: int | None) -> Look:
        if self._connection is None:
            import asyncpg  # noqa: PLC0415 - only where a PostgreSQL URL is set

            named = {"application_name": "docchain-tail"}
            self._connection = await asyncpg.connect(self._dsn, server_settings=named)
            self._behind = await self._connection.prepare(f"{_COLUMNS} $1 ORDER BY position LIMIT {MOST}")
        if position is None:
            last = await self._connection.fetchval("SELECT max(position) FROM event")
            return Look(last or 0, ())
        return Look(position, await self._behind.fetch(position))


def _key(given: Any) -> bytes | None:
    found: bytes | None = getattr(given, "bytes", given)
    return found
