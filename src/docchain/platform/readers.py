"""Durable readers of the event log: woken by commits, caught up at start, at least once with an atomic cursor."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from docchain.platform.cursors import get_position, peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.events import Event, last_position, read_after
from docchain.platform.hops import EndedError
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)


class EventReader(Protocol):
    """Reads events in order. What `handle` writes commits with the reader's cursor, or not at all."""

    @property
    def name(self) -> str: ...

    def handle(self, work: Work, events: Sequence[Event]) -> None: ...


class ReaderLoop:
    """Keeps every reader up to date, each at its own pace; one that fails is tried again and holds up nobody else.

    Args:
        database: where the log and the cursors are.
        readers: who reads.
        batch: how many events one transaction handles at most.
        about: read only events about this kind of subject; a constant of the code.
        ready: awaited when there are events, before they are handled: what the readers' tables follow from.
        poll: seconds after which a reader looks by itself, for events that other processes appended.
        longest_pause: seconds between attempts of a reader that keeps failing.
    """

    def __init__(
        self,
        database: Database,
        readers: Sequence[EventReader],
        *,
        about: str | None = None,
        ready: Callable[[], Awaitable[None]] | None = None,
        batch: int = 200,
        poll: float = 5.0,
        longest_pause: float = 60.0,
    ) -> None:
        self._database = database
        self._about = about
        self._ready = ready
        self._batch = batch
        self._poll = poll
        self._longest_pause = longest_pause
        self._wakes = {reader.name: asyncio.Event() for reader in readers}
        self._readers = list(readers)
        if len(self._wakes) != len(self._readers):
            raise ValueError("Two readers have the same name, they would share a cursor.")
        database.on_events(self.wake, about)

    def wake(self) -> None:
        for event in self._wakes.values():
            event.set()

    async def run(self) -> None:
        """Read until cancelled."""
        async with asyncio.TaskGroup() as group:
            for reader in self._readers:
                group.create_task(self._follow(reader), name=f"reader-{reader.name}")

    async def catch_up(self) -> None:
        """Bring every reader to the end of the log; a reader's failure is raised."""
        for reader in self._readers:
            while await self._advance(reader):
                pass

    async def _follow(self, reader: EventReader) -> None:
        wake = self._wakes[reader.name]
        pause = 1.0
        while True:
            wake.clear()
            try:
                while await self._advance(reader):
                    pass
                pause, delay = 1.0, self._poll
            except EndedError:
                return
            except Exception:
                log.exception("event_reader_failed", reader=reader.name, retry_in=pause)
                delay, pause = pause, min(pause * 2, self._longest_pause)
            await _wait(wake, delay)

    async def _advance(self, reader: EventReader) -> bool:
        """Handle the next events that were there before `ready` was asked, so that it covers them."""
        until = await self._database.read(lambda work: self._news(work, reader), SYSTEM)
        if until is None:
            return False
        if self._ready is not None:
            await self._ready()

        def step(work: Work) -> bool:
            position = get_position(work, reader.name)
            events = read_after(work.session, position, self._batch, until=until, about=self._about)
            if events:
                reader.handle(work, events)
                set_position(work, reader.name, events[-1].position)
            return bool(events)

        return await self._database.write(step, SYSTEM)

    def _news(self, work: Work, reader: EventReader) -> int | None:
        last = last_position(work.session, about=self._about)
        return last if last > peek_position(work, reader.name) else None


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        pass
