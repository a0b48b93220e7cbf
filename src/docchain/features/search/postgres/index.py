"""The PostgreSQL back end behind the port: an index for each workspace is a generation of rows, swapped in one step."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg

from docchain.features.search.beside import shown
from docchain.features.search.beside.vectors import mean_of
from docchain.features.search.embedded.asking import analyzed
from docchain.features.search.errors import SearchAway
from docchain.features.search.port import (
    Batch,
    Capabilities,
    Counts,
    Highlight,
    Kept,
    Near,
    Order,
    Ranked,
    Scope,
)
from docchain.features.search.postgres.naming import Current
from docchain.features.search.postgres.reading_repository import Reading
from docchain.features.search.postgres.repository import Writing
from docchain.features.search.postgres.sets_repository import RememberedColumns
from docchain.features.search.postgres.signs_repository import Remembered
from docchain.features.search.postgres.tables import EXTENSIONS, Able, prepare
from docchain.features.search.queries import Node
from docchain.platform.ids import new_id

_AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_SESSION: Final = {
    "application_name": "docchain search",
    "pg_trgm.similarity_threshold": "0.2",
    "enable_seqscan": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_custom_plan",
}
"""Every question has an index; how rare a word is decides which one."""
_SECONDS: Final = 30.0


class PostgresIndex:
    """Nothing is opened before it is asked for.

    Args:
        dsn: the database, the application's or another one.
        model: what makes the vectors; those of another model are not compared.
        connections: at most, for each process.
        extensions: which may be used, where the server has them.
        remembered: passages whose signs are kept in memory, and entries whose facts are.
    """

    def __init__(
        self,
        dsn: str,
        model: str,
        connections: int = 4,
        extensions: Sequence[str] = EXTENSIONS,
        remembered: int = 400_000,
    ) -> None:
        self._dsn = dsn
        self._model = model
        self._connections = connections
        self._extensions = extensions
        self._signs, self._columns = Remembered(remembered), RememberedColumns(remembered)
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool | None = None
        self._able = Able(letters="pg_trgm" in extensions)

    @property
    def capabilities(self) -> Capabilities:
        """What the server has decides: known once it was asked for the first time."""
        return Capabilities("postgresql", fuzzy=self._able.letters, corrections=self._able.letters)

    async def open(self) -> None:
        async with self._connection():
            pass

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        async with self._connection() as db, db.transaction():
            await db.execute(
                "INSERT INTO docchain_search.generation (name, workspace, current) VALUES ($1, $2, true) "
                "ON CONFLICT (workspace) WHERE current DO NOTHING",
                new_id(),
                workspace_id,
            )
            await self.write(db, (await _current(db, workspace_id)).name, batch)

    async def write(self, db: asyncpg.Connection, name: UUID, batch: Batch) -> None:
        await Writing(db, name, self._model).apply(batch)

    async def position(self, workspace_id: UUID) -> int | None:
        statement = "SELECT position FROM docchain_search.generation WHERE workspace = $1 AND current"
        async with self._connection() as db:
            position: int | None = await db.fetchval(statement, workspace_id)
        return position

    async def rank(self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order) -> Sequence[Ranked]:
        async with self._reading(workspace_id) as found:
            return await found.rank(scope, query, limit, order)

    async def nearest(self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int) -> Sequence[Near]:
        async with self._reading(workspace_id) as found:
            return await found.nearest(scope, vector, limit, self._signs)

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        return mean_of((await self.carry(workspace_id, [id_])).get(id_, b""))

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        async with self._reading(workspace_id) as found:
            return await found.count(scope, query, also, facets)

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        async with self._reading(workspace_id) as found:
            return await found.fetch(ids)

    async def highlight(
        self, workspace_id: UUID, ids: Sequence[UUID], query: Node, length: int
    ) -> Mapping[UUID, Sequence[Highlight]]:
        return await shown.highlights(self, workspace_id, ids, query, length)

    async def suggest(self, workspace_id: UUID, scope: Scope, prefix: str, limit: int) -> Sequence[str]:
        words = analyzed("", prefix)
        if not words:
            return []
        before = prefix[: len(prefix) - len(re.findall(r"\w*$", prefix)[0])]
        async with self._reading(workspace_id) as found:
            return [before + word for word in await found.suggestions(scope, words[-1], limit)]

    async def correct(self, workspace_id: UUID, scope: Scope, words: Sequence[str]) -> Mapping[str, str]:
        async with self._reading(workspace_id) as found:
            return await found.corrections(scope, words)

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]:
        async with self._reading(workspace_id) as found:
            return await found.ids_where("state", state, limit)

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        async with self._reading(workspace_id) as found:
            return await found.ids_where("kind", kind)

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        async with self._reading(workspace_id) as found:
            return await found.vectors(ids)

    async def begin(self, workspace_id: UUID) -> "NextGeneration":
        """One at a time: what an earlier one left is removed."""
        name = new_id()
        async with self._connection() as db, db.transaction():
            await db.execute(
                "DELETE FROM docchain_search.generation WHERE workspace = $1 AND NOT current", workspace_id
            )
            await db.execute(
                "INSERT INTO docchain_search.generation (name, workspace, current) VALUES ($1, $2, false)",
                name,
                workspace_id,
            )
        return NextGeneration(self, workspace_id, name)

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        async with self._reading(workspace_id) as found:
            return await found.sizes()

    async def workspaces(self) -> Sequence[UUID]:
        statement = "SELECT workspace FROM docchain_search.generation WHERE current ORDER BY workspace"
        async with self._connection() as db:
            return [row["workspace"] for row in await db.fetch(statement)]

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def _reading(self, workspace_id: UUID) -> AsyncIterator[Reading]:
        """What is current now; of a workspace that has no index, an empty one."""
        async with self._connection() as db:
            yield Reading(db, await _current(db, workspace_id), self._able, self._model, self._columns)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            pool = await self._opened()
            async with pool.acquire() as connection:
                yield connection
        except _AWAY as error:
            raise SearchAway(
                "The database of the search index does not answer.",
                hint="Try again in a moment; DOCCHAIN_SEARCH_URL says where it is.",
            ) from error

    async def _opened(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,
                    max_size=self._connections,
                    timeout=5.0,
                    command_timeout=_SECONDS,
                    server_settings=_SESSION,
                    reset=_as_it_is,
                )
                try:
                    async with pool.acquire() as connection:
                        self._able = await prepare(connection, self._extensions)
                except BaseException:
                    await pool.close()
                    raise
                self._pool = pool
            return self._pool


class NextGeneration:
    """A generation that nobody searches yet."""

    def __init__(self, index: PostgresIndex, workspace_id: UUID, name: UUID) -> None:
        self._index = index
        self._workspace_id = workspace_id
        self._name = name

    async def apply(self, batch: Batch) -> None:
        async with self._index._connection() as db, db.transaction():  # noqa: SLF001 - its other half
            await self._index.write(db, self._name, batch)

    async def publish(self) -> None:
        async with self._index._connection() as db, db.transaction():  # noqa: SLF001 - its other half
            await db.execute(
                "DELETE FROM docchain_search.generation WHERE workspace = $1 AND name <> $2",
                self._workspace_id,
                self._name,
            )
            await db.execute("UPDATE docchain_search.generation SET current = true WHERE name = $1", self._name)

    async def discard(self) -> None:
        async with self._index._connection() as db:  # noqa: SLF001 - its other half
            await db.execute("DELETE FROM docchain_search.generation WHERE name = $1", self._name)


async def _current(db: asyncpg.Connection, workspace_id: UUID) -> Current:
    statement = (
        "SELECT name, number, version, last, passages FROM docchain_search.generation WHERE workspace = $1 AND current"
    )
    row = await db.fetchrow(statement, workspace_id)
    return Current(*row) if row else Current(UUID(int=0))


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing is left on a connection that the next question would have to be kept from."""
