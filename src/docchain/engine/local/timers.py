"""Timers: the journal's book of open runs says what is due; in memory there is only when to look next."""

import asyncio
from typing import Final

import structlog

from docchain.engine.clock import EngineClock
from docchain.engine.journal import Journal, JournalError
from docchain.engine.local.residents import Residents
from docchain.engine.local.window import Window
from docchain.engine.machine.facts import Fired

_log = structlog.get_logger(__name__)
_REFRESH: Final = 60_000_000
"""Microseconds after which the book is looked at by itself."""
_PAUSE: Final = 1_000_000
_PAGE: Final = 512
_LAST: Final = b"\xff" * 16


class Timers:
    """Reads what is due page by page, however much it is; what was fired is durable before the next page."""

    def __init__(self, clock: EngineClock, journal: Journal, runs: Residents, fed: Window) -> None:
        self._clock = clock
        self._journal = journal
        self._runs = runs
        self._fed = fed
        self._next = 0
        self._changed = asyncio.Event()

    def due_at(self, due: int) -> None:
        """A timer with this moment is in the book."""
        if due < self._next:
            self._next = due
            self._changed.set()

    async def run(self) -> None:
        while True:
            await self._sleep()
            now = self._clock.micros()
            if self._next > now:
                continue
            self._next = now + _REFRESH
            try:
                await self._fire_all(now)
                soon = await self._journal.due_after((now, _LAST), now + _REFRESH, 1)
            except JournalError as error:
                _log.error("timers_unread", error=str(error), hint="They are read again.")
                self.due_at(now + _PAUSE)
            else:
                if soon:
                    self.due_at(soon[0][0])

    async def _fire_all(self, until: int) -> None:
        last = (0, b"")
        while rows := await self._journal.due_after(last, until, _PAGE):
            last = rows[-1]
            await self._fire([key for _, key in rows])
            if len(rows) < _PAGE:
                return
            await self._runs.commits.synced()

    async def _fire(self, keys: list[bytes]) -> None:
        found = await self._runs.hydrate(keys, fed=self._fed, parks=True)
        now = self._clock.micros()
        for run in found.values():
            if run is None:
                continue
            if run.idle:
                self._runs.touch(run)  # a book that says what is not so would be read for ever
            for step, due in run.timers.due(now, run.facts):
                self._runs.take(run, Fired(now, step, due))

    async def _sleep(self) -> None:
        """Until the next moment; sooner when one before it is booked."""
        self._changed.clear()
        sleep = asyncio.ensure_future(self._clock.sleep_until(self._next))
        sleep.add_done_callback(self._slept)
        try:
            await self._changed.wait()
        finally:
            sleep.cancel()

    def _slept(self, sleep: asyncio.Future[None]) -> None:
        if not sleep.cancelled():  # a cancelled sleep is told of only after the next one began
            self._changed.set()
