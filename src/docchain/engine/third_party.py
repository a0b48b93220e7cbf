"""Step kinds of third parties, found by their entry points."""

from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Final

from docchain.engine.kinds import StepKind

ENTRY_POINTS: Final = "docchain.step_kinds"
"""Third parties offer step kinds here: a kind, a list of kinds, or a function that makes them."""


def third_party_kinds() -> Iterable[StepKind]:
    for point in entry_points(group=ENTRY_POINTS):
        offered = point.load()
        offered = offered() if callable(offered) else offered
        yield from [offered] if isinstance(offered, StepKind) else offered
