"""The timers of one run: a heap beside the state, so that no commit looks at all steps; the state is what counts."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

from docchain.engine.machine.facts import Called, Fact, Retry, Started, Waiting
from docchain.engine.machine.state import OF_THE_RUN, RunState

_SETTING: Final = frozenset({Started, Waiting, Called, Retry})
"""Facts that set a timer."""


class RunTimers:
    """Made from the state when it is first asked; facts add to it, and what the state says no more is passed over."""

    __slots__ = ("_heap", "_state")

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._heap: list[tuple[int, str]] | None = None

    def note(self, facts: Sequence[Fact]) -> None:
        """Facts that the state holds already."""
        if self._heap is None:
            return
        for fact in facts:
            if type(fact) in _SETTING:
                name = getattr(fact, "step", OF_THE_RUN)
                for due in self._of(name):
                    heappush(self._heap, (due, name))

    def next(self) -> int | None:
        heap = self._known()
        while heap and heap[0][0] not in self._of(heap[0][1]):
            heappop(heap)
        return heap[0][0] if heap else None

    def due(self, now: int, facts: Sequence[Fact]) -> list[tuple[str, int]]:
        """Step and moment of those that have come, in order; `facts` are not noted yet. No step is the run itself."""
        self.note(facts)
        heap, found = self._known(), set[tuple[int, str]]()
        while heap and heap[0][0] <= now:
            due, name = heappop(heap)
            if due in self._of(name):
                found.add((due, name))
        for timer in found:
            heappush(heap, timer)  # the machine may refuse it
        return [(name, due) for due, name in sorted(found)]

    def _known(self) -> list[tuple[int, str]]:
        if self._heap is None:
            self._heap = [(due, name) for name in (OF_THE_RUN, *self._state.steps) for due in self._of(name)]
            heapify(self._heap)
        return self._heap

    def _of(self, name: str) -> Iterator[int]:
        """What the state says."""
        moments: tuple[int | None, ...] = (self._state.due,)
        if name != OF_THE_RUN:
            step = self._state.steps.get(name)
            moments = (step.due, step.expires) if step else ()
        return (due for due in moments if due is not None)
