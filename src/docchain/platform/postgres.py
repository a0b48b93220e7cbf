"""PostgreSQL: pooled connections; the same synchronous transactions run on greenlets over asyncpg.

Imported only where a PostgreSQL URL is set: half of SQLAlchemy's import time is its asyncio part.
"""

from collections.abc import Callable
from typing import TypeVar

from pydantic_core import from_json
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from docchain.platform.engines import dump_json
from docchain.platform.scope import ScopedSession

T = TypeVar("T")


def postgres_engine(url: URL, connections: int) -> AsyncEngine:
    """Open a pool of PostgreSQL connections."""
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=dump_json,
        json_deserializer=from_json,
    )


class Postgres:
    """Runs transactions on a pool of connections."""

    def __init__(self, url: URL, connections: int) -> None:
        self._engine = postgres_engine(url, connections)

    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None]) -> T:
        async with self._session() as session:
            result = await session.run_sync(transaction)
            await session.commit()
        committed()
        return result

    async def read(self, transaction: Callable[[Session], T]) -> T:
        snapshot = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        async with self._session() as session:
            await session.connection(execution_options=snapshot)
            return await session.run_sync(transaction)

    async def close(self) -> None:
        await self._engine.dispose()

    def _session(self) -> AsyncSession:
        return AsyncSession(self._engine, sync_session_class=ScopedSession, expire_on_commit=False)
