"""SQLite: one writer thread with a fair queue, and a few reader threads on snapshots."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from docchain.platform.engines import sqlite_engine
from docchain.platform.event_tail import SqliteTail
from docchain.platform.hops import Hops
from docchain.platform.scope import ScopedSession
from docchain.platform.sqlite_writer import SqliteWriter

T = TypeVar("T")


class Sqlite:
    """Runs transactions in threads: writes one after the other, reads beside them."""

    def __init__(self, url: URL, connections: int) -> None:
        self._path = url.database or ""
        self._writer = SqliteWriter(url)
        self._readers = sqlite_engine(url, "read", connections)
        self._reading = Hops(connections, "database-reader")

    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None], *, alone: bool) -> T:
        return await self._writer.write(transaction, committed, alone=alone)

    async def read(self, transaction: Callable[[Session], T]) -> T:
        def run() -> T:
            with ScopedSession(self._readers, autoflush=False) as session:
                return transaction(session)

        return await self._reading.run(run)

    def tail(self) -> SqliteTail:
        return SqliteTail(self._path)

    async def close(self) -> None:
        await self._writer.close()
        await self._reading.close()
        self._readers.dispose()
