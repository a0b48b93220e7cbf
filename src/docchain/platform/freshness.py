"""Keeping what was read, and never using it once it changed: one look at the event log, shared by all who wait.

Whoever wants to use something kept awaits `reach()` first. The look that answers it began after the call, so it sees
everything that any process had committed by then; what the new events are about is forgotten before anybody goes on.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any, Final, Generic, TypeVar

import structlog

from docchain.platform.event_tail import DATABASE, Look, Subject, Tail

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FORGET_ALL: Final = frozenset({"membership", "workspace", "role", "grant", "restriction"})
_REMEMBERED: Final = 10_000
_log = structlog.get_logger(__name__)


class Freshness:
    """Follows the end of the log, but only when asked."""

    def __init__(self, tail: Tail) -> None:
        self.changes: int | None = None
        """How many looks found something; `None` before the first."""
        self._position: int | None = None
        self._state: object = None
        self._tail = tail
        self.stores: list[Kept[Any, Any]] = []
        self._waiting: list[asyncio.Future[bool]] = []
        self._looking: asyncio.Task[None] | None = None
        self.is_current = False
        """Whether a look in this turn of the loop has found all that there is."""
        self._loop: asyncio.AbstractEventLoop

    def follow(self, store: "Kept[Any, Any]") -> None:
        self.stores.append(store)

    async def reach(self) -> bool:
        """Apply everything that was committed before this call; `False` if that could not be found out."""
        if self.is_current:
            return True
        if self._looking is None and self._position is not None and (look := self._tail.at_once(self._position)):
            self._take(look)
            # Whoever comes later is called after the end of this turn, for callbacks keep their order.
            self.is_current = True
            self._loop.call_soon(self._end_turn)
            return True
        if self._looking is None:
            self._loop = asyncio.get_running_loop()  # asking for it each time would be a call of the system each time
            self._looking = self._loop.create_task(self._look())
        joined: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append(joined)
        return await joined

    async def known(self) -> int | None:
        """The changes that were seen before this call; `None` if that could not be found out."""
        if self.changes is None:
            await self.reach()
        return self.changes

    async def close(self) -> None:
        await self._tail.close()

    def _end_turn(self) -> None:
        self.is_current = False

    async def _look(self) -> None:
        try:
            while self._waiting:
                joined, self._waiting = self._waiting, []  # who comes from here on needs the next look
                known = await self._apply()
                for waiting in joined:
                    if not waiting.done():
                        waiting.set_result(known)
        finally:
            self._looking = None

    async def _apply(self) -> bool:
        try:
            look = await self._tail.after(self._position)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing kept may be used
            _log.warning("event_log_unseen", error=str(error))
            return False
        self._take(look)
        return True

    def _take(self, look: Look) -> None:
        if look.position != self._position or look.state != self._state:
            self._position, self._state = look.position, look.state
            self.changes = (self.changes or 0) + 1
            for store in self.stores:
                store.forget(look, self.changes)


class Kept(Generic[K, V]):
    """Values by key, the latest used ones up to a weight; each is dropped by the events about its subjects.

    Args:
        freshness: tells of events.
        most: weight of all values together.
    """

    def __init__(self, freshness: Freshness, most: int) -> None:
        self.weight = 0
        self._most = most
        self._values: OrderedDict[K, tuple[V, int, tuple[Subject, ...]]] = OrderedDict()
        self._keys: dict[Subject, set[K]] = {}
        self._touched: OrderedDict[Subject, int] = OrderedDict()
        self._floor = 0
        freshness.follow(self)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, weight: int, subjects: Iterable[Subject], since: int | None) -> None:
        """Keep a value that was read after the changes up to `since` were seen, unless its subjects changed later."""
        about = tuple(subjects)
        self.drop(key)
        if since is None or since < self._floor or weight > self._most:
            return
        if any(self._touched.get(subject, 0) > since for subject in about):
            return
        self._values[key] = value, weight, about
        self.weight += weight
        for subject in about:
            self._keys.setdefault(subject, set()).add(key)
        while self.weight > self._most:
            self.drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        found = self._values.pop(key, None)
        if found is None:
            return
        self.weight -= found[1]
        for subject in found[2]:
            keys = self._keys[subject]
            keys.discard(key)
            if not keys:
                del self._keys[subject]

    def forget(self, look: Look, change: int) -> None:
        """Drop what a look found changed; everything, if that cannot be told."""
        if look.touched is None or any(subject[0] in _FORGET_ALL for subject in look.touched):
            self._forget_all(change)
            return
        for subject in (DATABASE, *look.touched):
            for key in tuple(self._keys.get(subject, ())):
                self.drop(key)
            self._touched[subject] = change
            self._touched.move_to_end(subject)
        while len(self._touched) > _REMEMBERED:
            self._floor = self._touched.popitem(last=False)[1]

    def _forget_all(self, change: int) -> None:
        self._values.clear()
        self._keys.clear()
        self._touched.clear()
        self.weight, self._floor = 0, change
