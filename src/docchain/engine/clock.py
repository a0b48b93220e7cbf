"""The engine's time: whole microseconds since the epoch, real or virtual."""

import asyncio
import heapq
import time
from typing import Final, Protocol

LONGEST_SLEEP: Final = 3_600.0


class EngineClock(Protocol):
    """Tells the time and wakes sleepers."""

    def micros(self) -> int: ...

    async def sleep_until(self, due: int) -> None: ...


class SystemClock:
    """Wall-clock time; a sleep may end early, its caller looks again."""

    def micros(self) -> int:
        return time.time_ns() // 1_000

    async def sleep_until(self, due: int) -> None:
        await asyncio.sleep(min(max(due - self.micros(), 0) / 1_000_000, LONGEST_SLEEP))


class VirtualClock:
    """Time that moves only when told to: for tests of workflows and of the engine itself."""

    def __init__(self, start: int = 1_750_000_000_000_000) -> None:
        self._now = start
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def micros(self) -> int:
        return self._now

    async def sleep_until(self, due: int) -> None:
        if due <= self._now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (due, self._count, future))
        await future

    def advance(self, micros: int) -> None:
        """Move time on and wake every sleeper whose moment has come."""
        self._now += micros
        while self._sleepers and self._sleepers[0][0] <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
