"""The application's database: whole transactions, one hop each, written one after the other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from docchain.platform.clock import Clock, SystemClock
from docchain.platform.engines import parse_url, postgres_engine, sqlite_engine
from docchain.platform.scope import ScopedSession
from docchain.platform.work import Actor, Work

T = TypeVar("T")
Transaction = Callable[[Work], T]


class _Backend(Protocol):
    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None]) -> T: ...
    async def read(self, transaction: Callable[[Session], T]) -> T: ...
    async def close(self) -> None: ...


class Database:
    """Runs functions of a `Work` as transactions.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        connections: reader threads on SQLite, pooled connections on PostgreSQL.
        clock: what time it is for the work.
    """

    def __init__(self, url: str, *, connections: int = 4, clock: Clock | None = None) -> None:
        self.url = parse_url(url)
        self.clock = clock or SystemClock()
        self._listeners: list[Callable[[], None]] = []
        self._backend: _Backend = (
            _Sqlite(self.url, connections) if self.dialect == "sqlite" else _Postgres(self.url, connections)
        )

    @property
    def dialect(self) -> str:
        return self.url.get_backend_name()

    def on_events(self, listener: Callable[[], None]) -> None:
        """Call `listener` on the event loop whenever a committed transaction appended events."""
        self._listeners.append(listener)

    async def write(self, transaction: Transaction[T], actor: Actor) -> T:
        """Run a transaction and commit it; any exception rolls all of it back."""
        opened: list[Work] = []

        def run(session: Session) -> T:
            work = self._open(session, actor)
            opened.append(work)
            result = transaction(work)
            work.finish()
            return result

        return await self._backend.write(run, lambda: self._committed(opened[-1]))

    async def read(self, transaction: Transaction[T], actor: Actor) -> T:
        """Run a function on a consistent snapshot; what it changes is refused or forgotten."""
        return await self._backend.read(lambda session: transaction(self._open(session, actor)))

    async def close(self) -> None:
        """Finish what is queued, then close all connections."""
        await self._backend.close()

    def _open(self, session: Session, actor: Actor) -> Work:
        assert isinstance(session, ScopedSession)  # noqa: S101 - both back ends build only these
        return Work(session, actor, self.clock.now())

    def _committed(self, work: Work) -> None:
        callbacks = [*work.callbacks, *(self._listeners if work.has_events else ())]
        for callback in callbacks:
            callback()


class _Sqlite:
    """One writer thread with a fair queue, and a few reader threads on snapshots."""

    def __init__(self, url: URL, connections: int) -> None:
        self._writer = sqlite_engine(url, "write")
        self._readers = sqlite_engine(url, "read", connections)
        self._writing = ThreadPoolExecutor(1, "database-writer")
        self._reading = ThreadPoolExecutor(connections, "database-reader")

    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None]) -> T:
        loop = asyncio.get_running_loop()

        def run() -> T:
            with ScopedSession(self._writer, expire_on_commit=False) as session:
                result = transaction(session)
                session.commit()
            # From here, not after the await: a caller who went away must not swallow the callbacks.
            loop.call_soon_threadsafe(committed)
            return result

        return await loop.run_in_executor(self._writing, run)

    async def read(self, transaction: Callable[[Session], T]) -> T:
        def run() -> T:
            with ScopedSession(self._readers, autoflush=False) as session:
                return transaction(session)

        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    async def close(self) -> None:
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)
        self._readers.dispose()
        self._writer.dispose()


class _Postgres:
    """Pooled connections; the same synchronous transactions run on greenlets over asyncpg."""

    def __init__(self, url: URL, connections: int) -> None:
        self._engine = postgres_engine(url, connections)

    def _session(self) -> AsyncSession:
        return AsyncSession(self._engine, sync_session_class=ScopedSession, expire_on_commit=False)

    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None]) -> T:
        async with self._session() as session:
            result = await session.run_sync(transaction)
            await session.commit()
        committed()
        return result

    async def read(self, transaction: Callable[[Session], T]) -> T:
        async with self._session() as session:
            await session.connection(
                execution_options={"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
            )
            return await session.run_sync(transaction)

    async def close(self) -> None:
        await self._engine.dispose()
