"""What one connection still has to be told: bounded by count and bytes; full means that it reads too slowly."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

_FRAME: Final = 64 * 1024
Join = Callable[[Sequence[tuple[str, int]]], str]


def as_message(events: Sequence[tuple[str, int]]) -> str:
    return '{"type":"events","events":[' + ",".join(text for text, _ in events) + "]}"


class Outbox:
    """Texts of events and of other messages, in order; events in a row travel in one message.

    Args:
        messages: how many may wait.
        size: how many bytes of them may wait.
        join: makes one message of events, each with its number.
    """

    def __init__(self, messages: int, size: int, join: Join = as_message) -> None:
        self._messages = messages
        self._size = size
        self._join = join
        self._waiting: deque[tuple[str, int | None]] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self.sent = 0
        """The number of the last event that was handed over."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, text: str, number: int | None = None) -> bool:
        """Add a message, or an event with its number; `False` if there is no room."""
        if not self._fits(len(text), self._messages, self._size):
            return False
        self._waiting.append((text, number))
        self._bytes += len(text)
        self._filled.set()
        return True

    async def room(self, length: int) -> None:
        """Wait until a text fits into half of it; the other half is for what cannot wait."""
        while not self._fits(length, self._messages // 2, self._size // 2):
            self._drained.clear()
            await self._drained.wait()

    def _fits(self, length: int, messages: int, size: int) -> bool:
        """However large, one text always fits into an empty one."""
        return not self._waiting or (len(self._waiting) < messages and self._bytes + length <= size)

    async def filled(self) -> None:
        """Wait until there is something to take, or somebody calls `wake`."""
        await self._filled.wait()

    def wake(self) -> None:
        self._filled.set()

    def take(self) -> str | None:
        """The next message to send, if there is one."""
        if not self._waiting:
            self._filled.clear()
            return None
        text, number = self._take_one()
        if number is not None:
            events, length = [(text, number)], len(text)
            while self._waiting and (number := self._waiting[0][1]) is not None and length < _FRAME:
                events.append((self._take_one()[0], number))
                length += len(events[-1][0])
            text = self._join(events)
        self._drained.set()
        return text

    def _take_one(self) -> tuple[str, int | None]:
        text, number = self._waiting.popleft()
        self._bytes -= len(text)
        self.sent = number or self.sent
        return text, number
