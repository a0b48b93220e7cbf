"""What one connection still has to be told: bounded by count and bytes; full means that it reads too slowly."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from docchain.features.realtime.rendering import Rendered, as_message

_FRAME: Final = 64 * 1024
Join = Callable[[Sequence[Rendered]], str]


def in_a_row(events: Sequence[Rendered]) -> str:
    return events[0].alone if len(events) == 1 else as_message(told.text for told in events)


class Outbox:
    """Events and other messages, in order; events in a row travel together.

    Args:
        messages: how many may wait.
        size: how many bytes of them may wait.
        join: makes one message of events.
    """

    def __init__(self, messages: int, size: int, join: Join = in_a_row) -> None:
        self._messages = messages
        self._size = size
        self._join = join
        self._waiting: deque[Rendered | str] = deque()
        self._bytes = 0
        self._taker: asyncio.Future[None] | None = None
        self._drained = asyncio.Event()
        self.sent = 0
        """The number of the last event that was handed over."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, told: Rendered | str) -> bool:
        """Add one; `False` if there is no room."""
        length = _length(told)
        if not self._fits(length, self._messages, self._size):
            return False
        self._waiting.append(told)
        self._bytes += length
        self.wake()
        return True

    def put_if_idle(self, text: str) -> bool:
        """Add what may be lost, while three quarters of the room are free: it goes first when a client is slow."""
        return self._fits(len(text), self._messages // 4, self._size // 4) and self.put(text)

    async def room(self, told: Rendered) -> None:
        """Wait until it fits into half of the outbox; the other half is for what cannot wait."""
        while not self._fits(len(told.text), self._messages // 2, self._size // 2):
            self._drained.clear()
            await self._drained.wait()

    def _fits(self, length: int, messages: int, size: int) -> bool:
        """However large, one always fits into an empty one."""
        return not self._waiting or (len(self._waiting) < messages and self._bytes + length <= size)

    def filled(self) -> "asyncio.Future[None]":
        """Done when there is something to take, or somebody calls `wake`; one at a time waits for it."""
        self._taker = asyncio.get_running_loop().create_future()
        return self._taker

    def wake(self) -> None:
        taker = self._taker
        if taker is not None and not taker.done():
            taker.set_result(None)

    def take(self) -> str | None:
        """The next message to send, if there is one."""
        if not self._waiting:
            return None
        first = self._take_one()
        if isinstance(first, Rendered):
            events, length = [first], len(first.text)
            while self._waiting and length < _FRAME and isinstance(told := self._waiting[0], Rendered):
                self._take_one()
                events.append(told)
                length += len(told.text)
            self.sent = events[-1].number
            first = self._join(events)
        self._drained.set()
        return first

    def _take_one(self) -> Rendered | str:
        told = self._waiting.popleft()
        self._bytes -= _length(told)
        return told


def _length(told: Rendered | str) -> int:
    return len(told) if isinstance(told, str) else len(told.text)
