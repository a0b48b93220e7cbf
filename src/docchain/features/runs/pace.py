"""The pace of work in the background: short bites, and a rest of four times as long after each."""

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from types import TracebackType
from typing import Final, TypeVar

T = TypeVar("T")
_BITE: Final = 0.004
"""Seconds that somebody else may have to wait for us."""
_SMALLEST, _LARGEST = 4, 256
_REST: Final = 4
_LONGEST_REST: Final = 1.0


class Pace:
    """`async with pace:` around each bite; `chunks` are as large as the last bites allow."""

    def __init__(self) -> None:
        self._size = 32.0
        self._began = 0.0

    def chunks(self, items: Sequence[T]) -> Iterator[Sequence[T]]:
        place = 0
        while place < len(items):
            size = int(self._size)
            yield items[place : place + size]
            place += size

    async def __aenter__(self) -> None:
        self._began = perf_counter()

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        took = perf_counter() - self._began
        ratio = min(max(_BITE / max(took, 1e-6), 0.5), 1.5)
        self._size = min(max(self._size * ratio, _SMALLEST), _LARGEST)
        await asyncio.sleep(min(took * _REST, _LONGEST_REST))

    async def rest(self) -> None:
        await asyncio.sleep(_BITE)
