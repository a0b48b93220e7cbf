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
_COLUMNS: Final = "SELECT position, subject_kind, subject_id FROM event WHERE position > "
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
    """Takes a snapshot that begins after the call, so that it holds whatever was answered as committed before."""

    async def after(self, position: int | None) -> Look: ...
    async def close(self) -> None: ...


class SqliteTail:
    """Looks in one thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "event-tail")
        self._connection: sqlite3.Connection | None = None

    async def after(self, position: int | None) -> Look:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._look, position)

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
        if position is None:
            last = self._connection.execute("SELECT max(position) FROM event").fetchone()[0]
            return Look(last or 0, ())
        found = self._connection.execute(_COLUMNS + "? ORDER BY position LIMIT ?", (position, MOST)).fetchall()
        return Look(position, found)


class PostgresTail:
    """Looks over one connection, which is made again after a failure."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Any = None

    async def after(self, position: int | None) -> Look:
        try:
            return await self._look(position)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self, position: int | None) -> Look:
        if self._connection is None:
            import asyncpg  # noqa: PLC0415 - only where a PostgreSQL URL is set

            named = {"application_name": "docchain-tail"}
            self._connection = await asyncpg.connect(
                self._dsn, timeout=_SECONDS, command_timeout=_SECONDS, server_settings=named
            )
        if position is None:
            last = await self._connection.fetchval("SELECT max(position) FROM event")
            return Look(last or 0, ())
        found = await self._connection.fetch(_COLUMNS + "$1 ORDER BY position LIMIT $2", position, MOST)
        return Look(position, found)


def _key(given: Any) -> bytes | None:
    found: bytes | None = getattr(given, "bytes", given)
    return found
