"""Who listens where: every event goes to whoever listens at its addresses, to each once and in order."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.features.realtime.domain import by_subject, only_run
from docchain.features.realtime.errors import TooManyRooms
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.rendering import Rendered, Renderings
from docchain.platform.events import Event
from docchain.platform.live import LiveFeed
from docchain.platform.work import Actor

_BATCH: Final = 200
_LOOKS: Final = 40
_LOOK_SECONDS: Final = 0.05
_CATCHING_UP: Final = 2
"""How many read the log at once to catch up: the others' requests need the database, too."""


class Hub:
    """Takes events from the feed to the listeners of this process.

    Args:
        feed: tells of events.
        most: at how many addresses one connection may listen.
    """

    def __init__(self, feed: LiveFeed, most: int) -> None:
        self.feed = feed
        self.listeners: set[Listener] = set()
        self._most = most
        self._index: dict[str, set[Listener]] = {}
        self._renderings = Renderings()
        self._turns = asyncio.Semaphore(_CATCHING_UP)
        feed.subscribe(self._fan_out)

    def remove(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        self.leave(listener, tuple(listener.addresses))

    def listen(self, listener: Listener, addresses: Iterable[str]) -> None:
        """Listen at addresses from now on; where it listens already, nothing changes."""
        self._enter(listener, dict.fromkeys(addresses, self.feed.position))

    def leave(self, listener: Listener, addresses: Iterable[str]) -> None:
        for address in addresses:
            listener.addresses.pop(address, None)
            if there := self._index.get(address):
                there.discard(listener)
                if not there:
                    del self._index[address]

    async def catch_up(self, listener: Listener, since: Mapping[str, int]) -> int:
        """Tell what came to addresses behind a number, then let the listener go on live; return where it does.

        While it catches up nothing is handed to it live, so that it hears of everything in order.
        """
        before, covered = dict(listener.addresses), self.feed.position
        self._enter(listener, since)
        listener.catching_up = True
        position, run_id = min(since.values()), only_run(listener.addresses)
        while listener.ending is None and position < self.feed.position:
            head = self.feed.position
            events = await self._read(listener, position, head, run_id)
            for told in map(self._renderings.of, events):
                new = _hears(since, told) and not _hears(before, told)
                if new if told.number <= covered else _hears(listener.addresses, told):
                    await listener.outbox.room(told)
                    listener.tell(told)
            position = head if len(events) < _BATCH else events[-1].position
            await asyncio.sleep(0)  # others' turn: all this may have come from memory
        # Nothing is awaited between the last look at the feed and this.
        listener.catching_up = False
        return self.feed.position

    def whisper(self, workspace_id: UUID, run_id: UUID, message: Mapping[str, Any]) -> None:
        """Tell the sockets in a run's room something that no log keeps; those that lag behind do without."""
        there = [one for one in self._index.get(by_subject(workspace_id, "run", run_id), ()) if one.kind == "socket"]
        if not there:
            return
        text = msgspec.json.encode(message).decode()
        for listener in there:
            listener.hint(text)

    async def reaches(self, number: int) -> bool:
        """Whether a number is in the log; another process may have told of it before this one hears of it."""
        for _ in range(_LOOKS):
            if number <= self.feed.position:
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        return False

    async def has_more(self, actor: Actor, run_id: UUID, number: int) -> bool:
        """Whether anything came about a run after a number."""
        found = await self.feed.after(number, 1, workspace_id=actor.workspace_id, subject_id=run_id)
        return bool(found)

    async def _read(self, listener: Listener, position: int, until: int, run_id: UUID | None) -> list[Event]:
        assert listener.actor is not None  # noqa: S101 - only who signed in listens
        async with self._turns:
            return await self.feed.after(
                position,
                _BATCH,
                until=until,
                workspace_id=listener.actor.workspace_id,
                subject_id=run_id,
            )

    def _enter(self, listener: Listener, since: Mapping[str, int]) -> None:
        if len(listener.addresses.keys() | since.keys()) > self._most:
            raise TooManyRooms(f"At most {self._most} of a socket.", hint="Leave some, or open another socket.")
        for address, position in since.items():
            known = listener.addresses.get(address, position)
            listener.addresses[address] = min(known, position)
            self._index.setdefault(address, set()).add(listener)

    def _fan_out(self, events: Sequence[Event]) -> None:
        for event in events:
            told = self._renderings.of(event)
            for listener in self._whom(told):
                if not listener.catching_up:
                    listener.tell(told)

    def _whom(self, told: Rendered) -> Iterable[Listener]:
        found = [there for address in told.addresses if (there := self._index.get(address))]
        return tuple(found[0]) if len(found) == 1 else set().union(*found)


def _hears(since: Mapping[str, int], told: Rendered) -> bool:
    return any(since.get(address, told.number) < told.number for address in told.addresses)
