"""Hops from the event loop into threads and back: as few threads as do the work, told and heard in bulk.

To hand over between threads costs more than a small read does, so one thread does what came meanwhile as well; another
one helps only when something waits too long behind something slow.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Final, TypeVar

T = TypeVar("T")
_PATIENCE: Final = 0.005
"""Seconds between looks whether one thread keeps up."""
_WORK: Final = "work"
_END: Final = "end"

_Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]
_Done = tuple["asyncio.Future[Any]", Any, BaseException | None]


class EndedError(RuntimeError):
    """The threads have ended, because the product stops: whoever works in a loop ends, too."""


class Hops:
    """Runs functions in up to `threads` threads, in the order in which they came."""

    def __init__(self, threads: int, name: str) -> None:
        self._most, self._name = threads, name
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._done: list[_Done] = []
        self._at_work = 0
        self._bell: SimpleQueue[str] = SimpleQueue()
        """Rings once for each thread that is to get to work, or to end."""
        self._threads: list[threading.Thread] = []
        self._watched: _Job | None = None
        self._watching = False
        self._closed = False
        self._loop: asyncio.AbstractEventLoop

    async def run(self, work: Callable[[], T]) -> T:
        """What the function returns or raises."""
        if self._closed:
            raise EndedError("Its threads have ended.")
        self._loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = self._loop.create_future()
        with self._lock:
            self._waiting.append((work, answer))
            is_first = not self._at_work
        if is_first:
            self._call_in()
        elif not self._watching:
            self._watching = True
            self._loop.call_later(_PATIENCE, self._watch)
        return await answer

    async def close(self) -> None:
        """Finish what is waiting; from now on nobody else is called in, who would take the word for another one's."""
        self._closed = True
        for _ in self._threads:
            self._bell.put(_END)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._threads.clear()

    def _call_in(self) -> None:
        """Let one more thread work."""
        with self._lock:
            self._at_work += 1
            is_new = self._at_work > len(self._threads)
        if is_new:
            thread = threading.Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._bell.put(_WORK)

    def _watch(self) -> None:
        """Whatever waits since the last look waits too long."""
        if self._closed:
            return
        with self._lock:
            first = self._waiting[0] if self._waiting else None
            lags = first is not None and first is self._watched and self._at_work < self._most
        self._watched = first
        if lags:
            self._call_in()
        self._watching = first is not None
        if self._watching:
            self._loop.call_later(_PATIENCE, self._watch)

    def _serve(self) -> None:
        while self._bell.get() == _WORK:
            while (job := self._next()) is not None:
                work, answer = job
                if answer.cancelled():
                    continue
                try:
                    self._tell((answer, work(), None))
                except BaseException as error:  # noqa: BLE001 - whoever waits is told
                    self._tell((answer, None, error))

    def _next(self) -> _Job | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._at_work -= 1
            return None

    def _tell(self, done: _Done) -> None:
        with self._lock:
            self._done.append(done)
            is_first = len(self._done) == 1
        if is_first:
            with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        with self._lock:
            done, self._done = self._done, []
        for answer, result, error in done:
            if answer.done():
                continue
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)
