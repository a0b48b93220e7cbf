"""The live feed: a process follows the event log from its head, in memory, and tells what was committed, in order."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

import msgspec
import structlog

from docchain.platform.database import Database
from docchain.platform.events import CUSTOM, LOG, Event, last_position, read_after
from docchain.platform.work import SYSTEM

Listener = Callable[[Sequence[Event]], None]

log = structlog.get_logger(__name__)
_BATCH: Final = 500
_LONGEST_PAUSE: Final = 5.0
_GATHER: Final = 0.004
"""Seconds between two looks: what many commits at a time append is read together."""
_SMALL: Final = 512
"""What an event of our own weighs at most, as a rule; those from outside are weighed."""


class LiveFeed:
    """Tells listeners of every event once, in the order of commits, and remembers the last ones.

    Args:
        database: where the log is.
        keep: how many events stay in memory.
        weight: how many bytes of data stay in memory.
        poll: seconds after which it looks by itself, should nobody have told of new events.
    """

    def __init__(
        self, database: Database, *, keep: int = 10_000, weight: int = 32 * 1024 * 1024, poll: float = 0.25
    ) -> None:
        self._database = database
        self._keep = keep
        self._most = weight
        self._poll = poll
        self._listeners: list[Listener] = []
        self._recent: list[Event] = []
        self._weights: list[int] = []
        self._weight = 0
        self._floor = self.position = 0
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the event loop with new events; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def after(
        self,
        position: int,
        limit: int,
        *,
        until: int | None = None,
        workspace_id: UUID | None = None,
        subject_id: UUID | None = None,
    ) -> list[Event]:
        """The events behind a position that listeners were told of, oldest first; fewer than `limit`: that is all."""
        until = self.position if until is None else until
        if position >= self._floor:
            return self._remembered(position, until, limit, workspace_id, subject_id)
        asked = {"workspace_id": workspace_id, "subject_id": subject_id}
        only = {name: value for name, value in asked.items() if value is not None}
        return await self._database.read(
            lambda work: read_after(work.session, position, limit, until=until, only=only, readable=True), SYSTEM
        )

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the log, from its present head, as long as the context is open."""
        self._floor = self.position = await self._database.read(lambda work: last_position(work.session), SYSTEM)
        tasks = [asyncio.create_task(self._follow(), name="live-feed")]
        if self._database.dialect == "postgresql":
            from docchain.platform.postgres_bell import listen  # noqa: PLC0415 - brings the driver of PostgreSQL

            tasks.append(asyncio.create_task(listen(self._database.url, LOG, self._wake.set), name="live-bell"))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self) -> None:
        pause = self._poll
        while True:
            self._wake.clear()
            try:
                while await self._advance():
                    pass
                pause = self._poll
                await asyncio.sleep(_GATHER)
            except Exception as error:  # noqa: BLE001 - the database may be away; it is asked again
                pause = min(pause * 2, _LONGEST_PAUSE)
                log.warning("live_feed_waits", error=str(error), retry_in=pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _advance(self) -> bool:
        events = await self._database.read(
            lambda work: read_after(work.session, self.position, _BATCH, readable=True), SYSTEM
        )
        if not events:
            return False
        self._remember(events)
        self.position = events[-1].position
        for listener in tuple(self._listeners):
            try:
                listener(events)
            except Exception:
                log.exception("live_listener_failed")
        return len(events) == _BATCH

    def _remember(self, events: Sequence[Event]) -> None:
        """Keep them, and forget the oldest: some at a time, for taking them from the front moves all the others."""
        self._recent += events
        self._weights += (weights := [_weight_of(event) for event in events])
        self._weight += sum(weights)
        excess = len(self._recent) - self._keep
        dropped = excess if excess > self._keep // 4 else 0
        weight = self._weight - sum(self._weights[:dropped])
        while weight > self._most:
            weight -= self._weights[dropped]
            dropped += 1
        if dropped:
            self._floor, self._weight = self._recent[dropped - 1].position, weight
            del self._recent[:dropped], self._weights[:dropped]

    def _remembered(
        self, position: int, until: int, limit: int, workspace_id: UUID | None, subject_id: UUID | None
    ) -> list[Event]:
        found: list[Event] = []
        for event in self._recent[bisect_right(self._recent, position, key=_position) :]:
            if event.position > until or len(found) == limit:
                break
            if workspace_id in (None, event.workspace_id) and subject_id in (None, event.subject_id):
                found.append(event)
        return found


def _position(event: Event) -> int:
    return event.position


def _weight_of(event: Event) -> int:
    return len(msgspec.json.encode(event.data)) if event.subject_kind in (CUSTOM, "message") else _SMALL
