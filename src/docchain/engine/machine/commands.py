"""Commands: what the machine asks its driver to do."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RunStep:
    """Execute one attempt; with `lookup`, only find out what an earlier attempt did."""

    step: str
    attempt: int
    params: Any
    lookup: bool = False


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Report `Fired(step, due)` when `due` (microseconds since the epoch) has come."""

    step: str
    due: int


Command = RunStep | SetTimer
