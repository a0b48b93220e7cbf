"""Commands: what the machine asks its driver to do."""

from typing import Any

import msgspec

from docchain.engine.machine.facts import Called


class RunStep(msgspec.Struct, frozen=True, gc=False):
    """Execute one attempt; with `lookup`, only find out what an earlier attempt did."""

    step: str
    attempt: int
    params: Any
    lookup: bool = False


class SetTimer(msgspec.Struct, frozen=True, gc=False):
    """Report `Fired(step, due)` when `due` (microseconds since the epoch) has come; no step: the run itself waits."""

    step: str
    due: int


class StartChild(msgspec.Struct, frozen=True, gc=False):
    """Start the child run that `called` names, unless it exists; report its end as `Done` or `Failed` of the step."""

    called: Called


class CancelChild(msgspec.Struct, frozen=True, gc=False):
    """Cancel a child run; its end is still reported."""

    run: str
    reason: str = ""


Command = RunStep | SetTimer | StartChild | CancelChild
