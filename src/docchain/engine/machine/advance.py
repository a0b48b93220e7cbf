"""`advance`: every rule of execution. A fact goes in; accepted and decided facts, and commands, come out. No I/O."""

from collections.abc import Callable
from typing import Any, Final

from docchain.engine.machine import control, ending, failing, following, items, waiting
from docchain.engine.machine import facts as f
from docchain.engine.machine.commands import Command
from docchain.engine.machine.fold import APPLY
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.reopening import told_in_full
from docchain.engine.machine.state import RunState
from docchain.engine.machine.turn import Turn


def advance(plan: Plan, state: RunState, fact: f.Fact) -> tuple[list[f.Fact], list[Command]]:
    """Take one fact: `state` moves on; the facts to journal (none for a stale one) and the commands come back."""
    if type(fact) is f.Reopened:
        fact = told_in_full(plan, state, fact)
    return Turn(plan, state, [fact]).settle(_RULES)


def resume(plan: Plan, state: RunState, at: int) -> tuple[list[f.Fact], list[Command]]:
    """After a fold: reissue what was under way."""
    if state.ended_at is not None:
        return [], []
    turn = Turn(plan, state, [])
    control.pick_up(turn, at)
    return turn.settle(_RULES)


_RULES: Final[dict[type, Callable[[Turn, Any], None] | None]] = {
    **dict.fromkeys(APPLY),
    f.Started: control.on_started,
    f.Done: following.on_settled,
    f.Skipped: following.on_settled,
    f.Failed: failing.on_failed,
    f.Caught: following.on_caught,
    f.FannedOut: items.on_fanned_out,
    f.Gathered: following.on_settled,
    f.Retry: failing.on_retry,
    f.Waiting: waiting.on_waiting,
    f.Called: waiting.on_called,
    f.Fired: waiting.on_fired,
    f.Signalled: waiting.on_signalled,
    f.Unknown: failing.on_unknown,
    f.CancelRequested: control.on_cancel,
    f.Stopping: ending.on_stopping,
    f.Resumed: control.on_resumed,
    f.Reopened: control.on_reopened,
}
