"""PostgreSQL: pooled connections; the same synchronous transactions run on greenlets over asyncpg.

Imported only where a PostgreSQL URL is set: half of SQLAlchemy's import time is its asyncio part.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeVar

import asyncpg
import structlog
from pydantic_core import from_json
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from docchain.platform.engines import dump_json
from docchain.platform.errors import Refusal
from docchain.platform.event_tail import PostgresTail
from docchain.platform.partial_index import tell_postgres
from docchain.platform.scope import ScopedSession
from docchain.platform.settings import SettingsError
from docchain.platform.tables import Table

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_CONNECT_SECONDS: Final = 5.0
_ASK_AGAIN_SECONDS: Final = 0.25
_FIRST_START_LOCK: Final = 0x646F_6363_6669_7273
_FAILURES: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_AWAY: Final = ("08", "53", "57")
"""Classes of SQLSTATEs of a server that is lost, out of room, or shutting down."""


class DatabaseAway(Refusal):
    code = "database_unavailable"
    title = "The database does not answer"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer; nobody knows whether a change under way was kept.",
            hint="Try again in a moment; with an Idempotency-Key, nothing is done twice.",
        )


def dsn_of(url: URL) -> str:
    """The URL as PostgreSQL's own programs know it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def postgres_engine(url: URL, connections: int) -> AsyncEngine:
    """Open a pool of PostgreSQL connections."""
    tell_postgres(Table.metadata)
    dsn = dsn_of(url)

    async def connect(**_: Any) -> Any:
        try:
            return await asyncpg.connect(
                dsn, timeout=_CONNECT_SECONDS, server_settings={"application_name": "docchain"}
            )
        except _FAILURES as error:
            raise DatabaseAway from error

    engine = create_async_engine(
        url,
        async_creator=connect,
        pool_size=connections,
        max_overflow=0,
        json_serializer=dump_json,
        json_deserializer=from_json,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def _is_open(connection: Any, _record: Any, _proxy: Any) -> None:
        # The loop has heard when a server closed it; asking would take three round trips each transaction.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine


class Postgres:
    """Runs transactions on a pool of connections."""

    def __init__(self, url: URL, connections: int) -> None:
        self._dsn = dsn_of(url)
        self._engine = postgres_engine(url, connections)

    async def write(
        self,
        transaction: Callable[[Session], T],
        committed: Callable[[], None],
        *,
        alone: bool,  # noqa: ARG002 - each commits by itself, beside the others
    ) -> T:
        with _told():
            async with self._session() as session:
                result = await session.run_sync(transaction)
                await session.commit()
        committed()
        return result

    async def read(self, transaction: Callable[[Session], T]) -> T:
        snapshot = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        with _told():
            async with self._session() as session:
                await session.connection(execution_options=snapshot)
                return await session.run_sync(transaction)

    def tail(self) -> PostgresTail:
        return PostgresTail(self._dsn)

    async def close(self) -> None:
        await self._engine.dispose()

    def _session(self) -> AsyncSession:
        return AsyncSession(self._engine, sync_session_class=ScopedSession, expire_on_commit=False)


@asynccontextmanager
async def first_of_many(url: URL, patience: float = 0.0) -> AsyncIterator[None]:
    """Hold a lock of the database: of processes that start together, one prepares it while the others wait.

    Args:
        url: of the database.
        patience: seconds to wait for one that is away or recovers.

    Raises:
        SettingsError: when it does not answer, with the reason.
    """
    connection = await _answered(dsn_of(url), patience)
    try:
        yield
    finally:
        with suppress(*_FAILURES):
            await connection.close(timeout=_CONNECT_SECONDS)


async def _answered(dsn: str, patience: float) -> Any:
    """A connection that holds the lock, as soon as there is one."""
    end, is_told = time.monotonic() + patience, False
    while True:
        try:
            return await _locked(dsn)
        except _FAILURES as error:
            reason = str(error) or type(error).__name__
            if not _may_pass(error) or time.monotonic() >= end:
                message = f"PostgreSQL does not answer: {reason}. Start it, or correct DOCCHAIN_DATABASE_URL."
                raise SettingsError(message) from error
        if not is_told:
            _log.warning("database_awaited", reason=reason, seconds=patience)
        is_told = True
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


async def _locked(dsn: str) -> Any:
    connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
    await connection.execute("SELECT pg_advisory_lock($1)", _FIRST_START_LOCK)
    return connection


def _may_pass(error: Exception) -> bool:
    """Whether waiting may help; a wrong password or name stays wrong."""
    return isinstance(error, OSError | TimeoutError) or str(getattr(error, "sqlstate", "")).startswith(_AWAY)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(_AWAY):
            raise DatabaseAway from error
        raise
