"""A worker: a long-lived task and the job it does; and the watch over the deadlines of all."""

import asyncio
from collections.abc import Callable
from typing import Final

from docchain.engine.clock import EngineClock
from docchain.engine.local.jobs import Job

_TICK: Final = 50_000
"""Microseconds between looks at the deadlines."""


class Worker:
    """One task and its job. `deadline` is when the step must have ended; `reason` says why it was interrupted."""

    __slots__ = ("deadline", "job", "limit", "reason", "task", "wake")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.wake: asyncio.Future[None] | None = None
        self.job: Job | None = None
        self.deadline: int | None = None
        self.limit = 0
        self.reason = ""

    def interrupt(self, reason: str) -> None:
        if self.task is not None and self.deadline is not None and not self.reason:
            self.reason = reason
            self.task.cancel()


class Watch:
    """Interrupts steps that take too long; it sleeps while nobody has a deadline."""

    def __init__(self, clock: EngineClock, workers: list[Worker], over: Callable[[asyncio.Task[None]], None]) -> None:
        self._clock = clock
        self._workers = workers
        self._over = over
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Call when a step has begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="engine-deadlines")
            self._task.add_done_callback(self._over)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        busy = True
        while busy:  # sleep first: most steps are over before anybody looks
            await self._clock.sleep_until(self._clock.micros() + _TICK)
            now = self._clock.micros()
            for worker in self._workers:
                if worker.deadline is not None and worker.deadline <= now:
                    worker.interrupt("timeout")
            busy = any(worker.deadline is not None for worker in self._workers)
        self._task = None
