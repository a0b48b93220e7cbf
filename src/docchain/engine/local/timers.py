"""Timers: a heap of what is due soon; what is due later stays in the journal's book of open runs."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from docchain.engine.clock import EngineClock
from docchain.engine.journal import Journal

_log = structlog.get_logger(__name__)
HORIZON: Final = 120_000_000
"""Microseconds: timers further away are not kept in memory."""
_REFRESH: Final = 60_000_000
_MOST: Final = 50_000


class Timers:
    """Calls `fire(run_id)` when a run has a timer due; calling once too often does no harm."""

    def __init__(self, clock: EngineClock, journal: Journal, fire: Callable[[bytes], Awaitable[None]]) -> None:
        self._clock = clock
        self._journal = journal
        self._fire = fire
        self._heap: list[tuple[int, bytes]] = []
        self._changed = asyncio.Event()

    def add(self, due: int, run: bytes) -> None:
        if due > self._clock.micros() + HORIZON:
            return
        heapq.heappush(self._heap, (due, run))
        if self._heap[0] == (due, run):
            self._changed.set()

    async def run(self) -> None:
        refresh = self._clock.micros()
        while True:
            now = self._clock.micros()
            if now >= refresh:
                await self._load(now + HORIZON)
                refresh = now + _REFRESH
            while self._heap and self._heap[0][0] <= now:
                await self._report(heapq.heappop(self._heap)[1])
            await self._sleep(min(refresh, self._heap[0][0]) if self._heap else refresh)

    async def _report(self, run: bytes) -> None:
        try:
            await self._fire(run)
        except Exception as error:  # noqa: BLE001 (one run's trouble must not stop the clock of all)
            _log.error("timer_failed", run_id=str(UUID(bytes=run)), error=f"{type(error).__name__}: {error}")

    async def _load(self, until: int) -> None:
        known = set(self._heap)
        rows = await self._journal.due_after((0, b""), until, _MOST)
        for row in rows:
            if row not in known:
                heapq.heappush(self._heap, row)

    async def _sleep(self, until: int) -> None:
        self._changed.clear()
        sleep = asyncio.ensure_future(self._clock.sleep_until(until))
        sleep.add_done_callback(self._slept)
        try:
            await self._changed.wait()
        finally:
            sleep.cancel()

    def _slept(self, sleep: asyncio.Future[None]) -> None:
        if not sleep.cancelled():  # a cancelled sleep is told of only after the next one began
            self._changed.set()
