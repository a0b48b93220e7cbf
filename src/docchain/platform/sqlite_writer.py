"""SQLite's one writer: transactions that wait for it share a commit, and each is answered after the fsync of it.

One that fails takes back what it did, and nothing of the others.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, TypeVar

from sqlalchemy.engine import URL, Connection
from sqlalchemy.orm import Session

from docchain.platform.engines import shared_of, sqlite_engine
from docchain.platform.scope import ScopedSession

T = TypeVar("T")
_LONGEST: Final = 0.03
"""Seconds after which a commit takes in no more: the first one in it waits for the last."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A transaction, and who waits for it; one that is `alone` shares its commit with no other."""

    transaction: Callable[[Session], Any]
    committed: Callable[[], None]
    alone: bool
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """On the event loop; a caller who went away must not swallow the callbacks, nor they the caller's answer."""
        try:
            if self.error is None:
                self.committed()
        finally:
            self._answer()

    def _answer(self) -> None:
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.error)


class SqliteWriter:
    """A thread that runs transactions in the order they came."""

    def __init__(self, url: URL) -> None:
        self._engine = sqlite_engine(url, "write")
        self._waiting: deque[_Asked] = deque()
        self._bell = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None], *, alone: bool) -> T:
        if self._closed:
            raise RuntimeError("The database is closed.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Asked(transaction, committed, alone, loop, answer))
        self._bell.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="database-writer", daemon=True)
            self._thread.start()
        return await answer

    async def close(self) -> None:
        """Finish what was asked, then close the file."""
        self._closed = True
        self._bell.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        self._engine.dispose()

    def _serve(self) -> None:
        connection: Connection | None = None
        while self._waiting or not self._closed:
            self._bell.wait()
            self._bell.clear()
            while self._waiting:
                group: list[_Asked] = []
                try:
                    connection = connection or self._engine.connect()
                    self._commit(group, connection)
                except Exception as error:  # noqa: BLE001 - told to who asked; the next one tries again
                    _tell(group or [self._waiting.popleft()], error)
        if connection is not None:
            connection.close()

    def _commit(self, group: list[_Asked], connection: Connection) -> None:
        """Commit the first one and those that wait behind it; an exception says that none in the group is kept."""
        shared, until = shared_of(connection), perf_counter() + _LONGEST
        while self._waiting and (not group or self._joins(group[-1], until)):
            asked = self._waiting.popleft()
            if asked.answer.cancelled():
                continue
            group.append(asked)
            self._run(asked, connection)
            if asked.error is not None and not shared.in_transaction:
                _tell(group, asked.error)  # a full disk takes back all of it
                group.clear()
        shared.sync()
        _tell(group)

    def _joins(self, last: _Asked, until: float) -> bool:
        return not (last.alone or self._waiting[0].alone) and perf_counter() < until

    def _run(self, asked: _Asked, connection: Connection) -> None:
        try:
            with ScopedSession(connection, expire_on_commit=False) as session:
                asked.result = asked.transaction(session)
                session.commit()
        except BaseException as error:  # noqa: BLE001 - raised where it was asked
            asked.error = error


def _tell(group: Sequence[_Asked], error: BaseException | None = None) -> None:
    for asked in group:
        asked.error = asked.error or error
        with suppress(RuntimeError):  # its loop has ended: nobody waits any more
            asked.loop.call_soon_threadsafe(asked.settle)
