"""The application's database: whole transactions, one hop each, written one after the other."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from docchain.platform.clock import Clock, SystemClock
from docchain.platform.engines import parse_url
from docchain.platform.event_tail import Tail
from docchain.platform.freshness import Freshness
from docchain.platform.provenance import CALLER, Caller
from docchain.platform.scope import ScopedSession
from docchain.platform.sqlite import Sqlite
from docchain.platform.work import Actor, Work

T = TypeVar("T")
Transaction = Callable[[Work], T]


class _Backend(Protocol):
    async def write(self, transaction: Callable[[Session], T], committed: Callable[[], None], *, alone: bool) -> T: ...
    async def read(self, transaction: Callable[[Session], T]) -> T: ...
    def tail(self) -> Tail: ...
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
        self._listeners: list[tuple[Callable[[], None], str | None]] = []
        self._backend = _backend(self.url, connections)
        self.freshness = Freshness(self._backend.tail())

    @property
    def dialect(self) -> str:
        return self.url.get_backend_name()

    def on_events(self, listener: Callable[[], None], about: str | None = None) -> None:
        """Call `listener` on the event loop whenever a committed transaction appended events `about` such a subject."""
        self._listeners.append((listener, about))

    async def write(self, transaction: Transaction[T], actor: Actor) -> T:
        """Run a transaction and commit it; any exception rolls all of it back.

        It may share its commit with others that wait; never with what the system does, for that may take long.
        """
        opened: list[Work] = []
        caller = CALLER.get()  # here: the thread that writes has a context of its own

        def run(session: Session) -> T:
            work = self._open(session, actor, caller)
            opened.append(work)
            result = transaction(work)
            work.finish()
            return result

        return await self._backend.write(run, lambda: self._committed(opened[-1]), alone=actor.is_system)

    async def read(self, transaction: Transaction[T], actor: Actor) -> T:
        """Run a function on a consistent snapshot; what it changes is refused or forgotten."""
        return await self._backend.read(lambda session: transaction(self._open(session, actor)))

    async def close(self) -> None:
        """Finish what is queued, then close all connections."""
        await self.freshness.close()
        await self._backend.close()

    def _open(self, session: Session, actor: Actor, caller: Callable[[], Caller] | None = None) -> Work:
        assert isinstance(session, ScopedSession)  # noqa: S101 - both back ends build only these
        return Work(session, actor, self.clock.now(), caller)

    def _committed(self, work: Work) -> None:
        for callback in work.callbacks:
            callback()
        if subjects := work.subjects:
            for listener, about in tuple(self._listeners):
                if about is None or about in subjects:
                    listener()


def _backend(url: URL, connections: int) -> _Backend:
    if url.get_backend_name() == "sqlite":
        return Sqlite(url, connections)
    from docchain.platform.postgres import Postgres  # noqa: PLC0415 - see there

    return Postgres(url, connections)
