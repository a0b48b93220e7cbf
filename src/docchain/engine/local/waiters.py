"""Waiters: who wants to know when a run has ended, or when only a person can move it; answered when that is durable."""

import asyncio
from collections.abc import Iterable

from docchain.engine.machine.state import RunState

Future = asyncio.Future[RunState]


def asks(state: RunState) -> bool:
    """Whether some step waits for a person or a signal."""
    return any(step.signal is not None for step in state.steps.values())


class Waiters:
    """Futures by run key, in two books."""

    def __init__(self) -> None:
        self._for_end: dict[bytes, list[Future]] = {}
        self._for_question: dict[bytes, list[Future]] = {}

    def add(self, key: bytes, *, or_asked: bool) -> Future:
        future: Future = asyncio.get_running_loop().create_future()
        self._book(or_asked=or_asked).setdefault(key, []).append(future)
        return future

    def remove(self, key: bytes, future: Future, *, or_asked: bool) -> None:
        book = self._book(or_asked=or_asked)
        if (waiting := book.get(key)) and future in waiting:
            waiting.remove(future)
            if not waiting:
                del book[key]

    def ended(self, key: bytes, state: RunState) -> None:
        _answer(self._for_end.pop(key, ()), state)
        if self._for_question:
            self.asked(key, state)

    def asked(self, key: bytes, state: RunState) -> None:
        _answer(self._for_question.pop(key, ()), state)

    def _book(self, *, or_asked: bool) -> dict[bytes, list[Future]]:
        return self._for_question if or_asked else self._for_end


def _answer(waiting: Iterable[Future], state: RunState) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(state)
