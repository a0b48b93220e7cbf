"""SQLite: one writer thread with a fair queue, and a few reader threads on snapshots."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from docchain.platform.engines import sqlite_engine
from docchain.platform.event_tail import SqliteTail
from docchain.platform.scope import ScopedSession

T = TypeVar("T")


class Sqlite:
    """Runs transactions in threads: writes one after the other, reads beside them."""

    def __init__(self, url: URL, connections: int) -> None:
        self._path = url.database or ""
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

    def tail(self) -> SqliteTail:
        return SqliteTail(self._path)

    async def close(self) -> None:
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)
        self._readers.dispose()
        self._writer.dispose()
