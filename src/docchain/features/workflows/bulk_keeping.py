"""Keeps many workflows at once: their numbers are taken together."""

from collections.abc import Iterator

from docchain.features.workflows.keeping import Keeper
from docchain.features.workflows.repository import WorkflowRepository
from docchain.platform.handles import next_number
from docchain.platform.work import Work


class ManyKeeper(Keeper):
    """Takes the numbers of all new workflows at once; with `ai`, those of AI workflows."""

    def __init__(self, work: Work, workflows: WorkflowRepository, *, ai: bool = False) -> None:
        super().__init__(work, workflows, ai=ai)
        self._numbers: Iterator[int] = iter(())

    def take_numbers(self, count: int) -> None:
        first = next_number(self._work, "ai_workflow" if self._ai else "workflow", count) if count else 0
        self._numbers = iter(-number if self._ai else number for number in range(first, first + count))

    def next_number(self) -> int:
        return next(self._numbers)
