"""Commands: what the machine asks its driver to do."""

from typing import Any

import msgspec


class RunStep(msgspec.Struct, frozen=True, gc=False):
    """Execute one attempt; with `lookup`, only find out what an earlier attempt did."""

    step: str
    attempt: int
    params: Any
    lookup: bool = False


class SetTimer(msgspec.Struct, frozen=True, gc=False):
    """Report `Fired(step, due)` when `due` (microseconds since the epoch) has come."""

    step: str
    due: int


Command = RunStep | SetTimer
