"""One process of many writes an index that they share, though they share no folder: it holds a lock of PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import structlog

from docchain.features.search.indexer import Indexer
from docchain.features.search.keeper import IndexKeeper

log = structlog.get_logger(__name__)
_LOCK: Final = 0x646F_6369_6E64_6578
_POLL: Final = 2.0
_KEEP_ALIVE: Final = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


class WriterLock:
    """A lock of PostgreSQL that a process holds as long as its connection lives."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    @asynccontextmanager
    async def held(self) -> AsyncIterator[asyncio.Event]:
        """Wait until nobody else has it; yields an event that is set when it is lost."""
        connection, lost = await self._taken(), asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        watching = asyncio.create_task(_watch(connection, lost))
        try:
            yield lost
        finally:
            watching.cancel()
            await connection.close(timeout=5)

    async def _taken(self) -> Any:
        import asyncpg  # noqa: PLC0415 - the driver of PostgreSQL

        while True:
            try:
                connection = await asyncpg.connect(self._dsn, timeout=5, server_settings=_KEEP_ALIVE)
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                    return connection
                await connection.close()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("search_lock_unavailable", reason=str(error), retry_in=_POLL)
            await asyncio.sleep(_POLL)


class SharedIndexer(Indexer):
    """Writes while it holds the lock; a process that loses the connection stops writing, and stands by again.

    Args:
        keeper: brings entries into indexes.
        folder: of this process alone.
        dsn: the application's database, where the lock is.
        pause: seconds between two batches.
    """

    def __init__(self, keeper: IndexKeeper, folder: Path, dsn: str, *, pause: float = 0.1) -> None:
        super().__init__(keeper, folder, pause=pause)
        self._sole = WriterLock(dsn)

    async def run(self) -> None:
        while True:
            async with self._sole.held() as lost:
                writing = asyncio.create_task(super().run())
                losing = asyncio.create_task(lost.wait())
                try:
                    await asyncio.wait({writing, losing}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    losing.cancel()
                    writing.cancel()
                    with suppress(asyncio.CancelledError):
                        await writing
            log.info("search_indexer_stands_by")


async def _watch(connection: Any, lost: asyncio.Event) -> None:
    """A connection that says nothing any more is as good as closed."""
    while not lost.is_set():
        await asyncio.sleep(_POLL)
        try:
            await connection.fetchval("SELECT 1", timeout=_POLL * 2)
        except Exception:  # noqa: BLE001 - whatever it is, the lock is not certain any more
            lost.set()
