"""A virtual event loop: time passes only when nothing is ready, and then it jumps to the next timer."""

import asyncio
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

MOST_TURNS: Final = 50_000
"""Turns of the loop without any time passing: somebody spins."""


class StandstillError(Exception):
    """Time cannot go on: nothing is due though somebody waits, or somebody never stops being ready."""


class _Jump:
    """Stands where a selector stands; there is no I/O to wait for."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop
        self._turns = 0

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise StandstillError("Nothing is ready and nothing is due.")
        self._turns += 1
        if timeout > 0:
            self._turns = 0
            self._loop.jump()
        elif self._turns > MOST_TURNS:
            raise StandstillError("Somebody spins: no time passes.")
        return ()


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs tasks in the order asyncio promises; `time` is virtual and starts at zero."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = _Jump(self)

    def time(self) -> float:
        return self._now

    def jump(self) -> None:
        self._now = max(self._now, self._scheduled[0].when())

    def _process_events(self, events: Any) -> None: ...

    def _write_to_self(self) -> None: ...


class Gone(BaseException):
    """The process that calls is dead; nothing it still says is heard."""


class Process:
    """What lives and dies together: all tasks that were made within `inside`."""

    def __init__(self, name: str, on_death: Callable[[], None]) -> None:
        self.name = name
        self.alive = True
        self._on_death = on_death
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.failures: list[str] = []

    def kill(self) -> None:
        """End without a goodbye; what its tasks still do while they unwind reaches no port."""
        self.alive = False
        for task in list(self.tasks):
            task.cancel()
        self._on_death()

    def ended(self, task: asyncio.Task[Any]) -> None:
        """A task that ends by an error while its process lives is a fault of the engine."""
        self.tasks.pop(task, None)
        if self.alive and not task.cancelled() and (error := task.exception()) is not None:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
            self.failures.append(f"{self.name}: task {task.get_name()} died of {error!r} at {where}")

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        token = PROCESS.set(self)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            PROCESS.reset(token)


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def _make_task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    context = options.get("context")
    process = PROCESS.get() if context is None else context.get(PROCESS)
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(process.ended)
    return task


def run_virtual(work: Any) -> Any:
    """Run to the end on a loop of its own.

    Raises:
        StandstillError: when the work waits for what can never come.
    """
    loop = VirtualLoop()
    loop.set_task_factory(_make_task)
    loop.set_exception_handler(lambda *_: None)  # the dead do not tell
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
