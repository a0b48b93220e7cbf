"""The end of the event log, looked at often: what was committed behind a position, on a connection of its own."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

Subject = tuple[str, bytes | None]
"""What an event is about: the kind, and the 16 bytes of its id."""
DATABASE: Final[Subject] = ("database", None)
"""What every committed transaction is about, with events or without."""
MOST: Final = 5_000
_COLUMNS: Final = "SELECT position, subject_kind, subject_id FROM event"
_BEHIND: Final = f"{_COLUMNS} WHERE position > ? ORDER BY position LIMIT ?"
_FEW: Final = 64
"""So many events are read where one stands: to hand that over to a thread would cost more."""
_BEHIND_AND_STATE: Final = (
    "SELECT found.*, now.state FROM (SELECT pg_current_snapshot()::text AS state) AS now "  # noqa: S608 - constants
    f"LEFT JOIN ({_COLUMNS} WHERE position > $1 ORDER BY position LIMIT {MOST}) AS found ON true ORDER BY position"
)
_END_AND_STATE: Final = "SELECT max(position), pg_current_snapshot()::text FROM event"
_SECONDS: Final = 5.0


class Look:
    """What one look found: where the log ends, and the subjects since; none if they are too many to tell.

    Args:
        position: where the log ended before.
        rows: position, kind and id of the events behind it.
        state: the same as another look's only if nothing at all was committed between them.
    """

    __slots__ = ("position", "state", "touched")

    def __init__(self, position: int, rows: Sequence[Any], state: object) -> None:
        self.state = state
        self.position: int = rows[-1][0] if rows else position
        self.touched: Sequence[Subject] | None = None
        if len(rows) < MOST:
            self.touched = [(row[1], _key(row[2])) for row in rows]


class Tail(Protocol):
    """Takes a snapshot that begins after the call, so that it holds whatever was answered as committed before.

    `at_once` takes it without waiting, where that is possible; not during another look.
    """

    async def after(self, position: int | None) -> Look: ...
    def at_once(self, position: int) -> Look | None: ...
    async def close(self) -> None: ...


class SqliteTail:
    """Looks at a few events at once and at many in a thread; whether anybody wrote, SQLite tells from shared memory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "event-tail")
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None

    async def after(self, position: int | None) -> Look:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._look, position)

    def at_once(self, position: int) -> Look | None:
        try:
            if self._version is None:
                return None
            version = self._data_version()
            rows: Sequence[Any] = () if version == self._version else self._behind(position, _FEW)
        except sqlite3.Error:
            return None
        if len(rows) == _FEW:
            return None
        self._version = version
        return Look(position, rows, version)

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
            look = Look(last or 0, (), version)
        else:
            look = Look(position, self._behind(position, MOST), version)
        self._version = None if look.touched is None else version
        return look

    def _behind(self, position: int, most: int) -> Sequence[Any]:
        assert self._connection is not None  # noqa: S101 - looked before
        return self._connection.execute(_BEHIND, (position, most)).fetchall()

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

    def at_once(self, position: int) -> Look | None:  # noqa: ARG002 - the contract's shape
        return None

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _look(self, position: int | None) -> Look:
        if self._connection is None:
            import asyncpg  # noqa: PLC0415 - only where a PostgreSQL URL is set

            named = {"application_name": "docchain-tail"}
            self._connection = await asyncpg.connect(self._dsn, server_settings=named)
            self._behind = await self._connection.prepare(_BEHIND_AND_STATE)
        if position is None:
            last, state = await self._connection.fetchrow(_END_AND_STATE)
            return Look(last or 0, (), state)
        rows = await self._behind.fetch(position)
        return Look(position, rows if rows[0][0] is not None else (), rows[0]["state"])


def _key(given: Any) -> bytes | None:
    found: bytes | None = getattr(given, "bytes", given)
    return found
