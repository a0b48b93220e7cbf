"""The lease in PostgreSQL: who executes runs, by the database's clock; every take-over is a new epoch."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from docchain.engine.journal.port import JournalUnavailableError, LeaseLostError
from docchain.engine.journal.postgres import make_schema
from docchain.engine.journal.postgres_access import READS, connect, hang_up, told

FREE: Final = "docchain_lease"
"""Who listens here is told that a holder gave the lease back."""

_ACQUIRE: Final = """
UPDATE journal.lease SET epoch = epoch + 1, holder = $1, expires = clock_timestamp() + make_interval(secs => $2)
WHERE expires < clock_timestamp() RETURNING epoch
"""
_RENEW: Final = """
UPDATE journal.lease SET expires = clock_timestamp() + make_interval(secs => $2) WHERE epoch = $1 RETURNING epoch
"""
_RELEASE: Final = "UPDATE journal.lease SET holder = '', expires = '-infinity' WHERE epoch = $1"
_HOLDER: Final = "SELECT holder FROM journal.lease WHERE expires >= clock_timestamp()"


class PostgresLease:
    """One process's claim, on a connection of its own that also hears what other processes notify.

    Args:
        dsn: `postgresql://…`.
        holder: how this process is called in the lease and in logs.
        seconds: how long the lease lasts without being renewed.
        bells: what to call when somebody notifies a channel, and after each reconnection: something may have been
            missed.
    """

    def __init__(self, dsn: str, holder: str, seconds: float, bells: Mapping[str, Callable[[], None]]) -> None:
        self.holder = holder
        self.seconds = seconds
        self._dsn = dsn
        self._bells = bells
        self._connection: Any = None
        self._connecting = asyncio.Lock()
        self._until = 0.0

    @property
    def valid(self) -> bool:
        """Whether nobody else can have taken the lease yet, by our own clock: it also runs while we are stopped."""
        return time.monotonic() < self._until

    async def acquire(self) -> int | None:
        """Take the lease if it is free or has expired; the epoch under which we may commit now."""
        asked = time.monotonic()
        epoch: int | None = await self._ask(_ACQUIRE, self.holder, self.seconds)
        if epoch is not None:
            self._until = asked + self.seconds
        return epoch

    async def renew(self, epoch: int) -> None:
        """Hold it for as long again.

        Raises:
            LeaseLostError: somebody else holds it.
            JournalUnavailableError: nobody knows; try again while it is `valid`.
        """
        asked = time.monotonic()
        if await self._ask(_RENEW, epoch, self.seconds) is None:
            self._until = 0.0
            raise LeaseLostError(f"Another process took the lease of {self.holder}.")
        self._until = asked + self.seconds

    async def release(self, epoch: int) -> None:
        """Give it back; who waits for it is told."""
        self._until = 0.0
        await self._ask(_RELEASE, epoch)
        await self._ask("SELECT pg_notify($1, '')", FREE)

    async def held_by(self) -> str | None:
        """Who executes runs now."""
        holder: str | None = await self._ask(_HOLDER)
        return holder

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await hang_up(connection)

    async def _ask(self, sql: str, *arguments: Any) -> Any:
        connection = await self._connected()
        try:
            with told():
                return await connection.fetchval(sql, *arguments)
        except JournalUnavailableError:
            connection.terminate()
            raise

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
                for bell in self._bells.values():
                    bell()
        return self._connection

    async def _connect(self) -> Any:
        connection = await connect(self._dsn, READS, max(self.seconds / 3, 0.5))
        try:
            with told():
                await make_schema(connection)
                for channel in self._bells:
                    await connection.add_listener(channel, self._heard)
        except BaseException:
            connection.terminate()
            raise
        return connection

    def _heard(self, _connection: Any, _pid: int, channel: str, _payload: str) -> None:
        self._bells[channel]()
