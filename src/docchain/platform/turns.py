"""Turns at a narrow place: whoever has the fewest places there is next, so that nobody's flood keeps others waiting."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Final
from uuid import UUID

_WORKSPACE: Final[ContextVar[UUID | None]] = ContextVar("on_behalf_of", default=None)
_REMEMBERED: Final = 10_000


@contextmanager
def on_behalf_of(workspace_id: UUID | None) -> Iterator[None]:
    """What is done within takes the turns of a workspace."""
    before = _WORKSPACE.set(workspace_id)
    try:
        yield
    finally:
        _WORKSPACE.reset(before)


def act_for(workspace_id: UUID | None) -> None:
    """From now on this task takes the turns of a workspace."""
    _WORKSPACE.set(workspace_id)


def workspace_served() -> UUID | None:
    """The workspace that the caller acts for; the system's own work has turns of its own."""
    return _WORKSPACE.get()


class Turns:
    """At most so many at the same time.

    Of one workspace comes next who came first; of several, whoever has the fewest places, then who waits longest for
    another turn.

    Args:
        places: how many there are.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._taken: Counter[UUID | None] = Counter()
        self._waiting: dict[UUID | None, deque[asyncio.Future[None]]] = {}
        self._served: dict[UUID | None, int] = {}
        self._counted = count()

    def waiting(self, whose: UUID | None) -> int:
        return len(self._waiting.get(whose, ()))

    @asynccontextmanager
    async def place(self, whose: UUID | None) -> AsyncIterator[None]:
        """Wait for a turn and have a place for the block."""
        await self._wait(whose)
        try:
            yield
        finally:
            self._leave(whose)

    async def _wait(self, whose: UUID | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if whose not in self._waiting:
            self._waiting[whose] = deque()
        self._waiting[whose].append(turn)
        self._hand_on()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._give_up(whose, turn)
            else:
                self._leave(whose)
            raise

    def _hand_on(self) -> None:
        while self._free and self._waiting:
            whose = min(self._waiting, key=lambda key: (self._taken[key], self._served.get(key, -1)))
            turn = self._waiting[whose].popleft()
            self._note(whose)
            self._forget_if_nobody_waits(whose)
            self._free -= 1
            self._taken[whose] += 1
            turn.set_result(None)

    def _give_up(self, whose: UUID | None, turn: asyncio.Future[None]) -> None:
        self._waiting[whose].remove(turn)
        self._forget_if_nobody_waits(whose)

    def _leave(self, whose: UUID | None) -> None:
        self._taken[whose] -= 1
        if not self._taken[whose]:
            del self._taken[whose]
        self._free += 1
        self._hand_on()

    def _forget_if_nobody_waits(self, whose: UUID | None) -> None:
        if not self._waiting[whose]:
            del self._waiting[whose]

    def _note(self, whose: UUID | None) -> None:
        """When somebody was served last is told by the order, also of those who come one by one."""
        self._served.pop(whose, None)
        self._served[whose] = next(self._counted)
        if len(self._served) > _REMEMBERED:
            del self._served[next(iter(self._served))]
