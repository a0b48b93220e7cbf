"""What a run's status is, from its facts or from the engine's state; no I/O."""

from datetime import UTC, datetime, timedelta
from typing import Final

from docchain.engine.machine import state as s
from docchain.engine.machine.state import RunState, StepState

QUEUED: Final = "queued"
RUNNING: Final = "running"
WAITING: Final = "waiting"
PAUSED: Final = "paused"
ENDED: Final = ("succeeded", "failed", "rejected", "cancelled")

POSSIBLE: Final = {
    QUEUED: ("pause", "cancel"),
    RUNNING: ("pause", "cancel"),
    WAITING: ("pause", "cancel", "signal"),
    PAUSED: ("resume", "cancel", "signal"),
    "succeeded": (),
    "failed": ("retry",),
    "rejected": ("retry",),
    "cancelled": ("retry",),
}
"""What can be ordered of a run in each status; `restart` and `fork` always can, for they begin another run."""
ALWAYS: Final = ("restart", "fork")

IN_DOUBT: Final = "in_doubt"
"""What a parked effect waits for: a person who knows whether it happened."""

CALLED: Final = "run"
"""What a step waits for that called another run."""

UNLISTED: Final = "[too long for a list]"
"""Stands in the list for a run's output that is too long for it; the engine has it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(micros: int) -> datetime:
    """The moment of a fact."""
    return _EPOCH + timedelta(microseconds=micros)


def micros(moment: datetime) -> int:
    """A moment as facts tell it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def waits_for(signal: str | None, kind: str | None = None) -> str:
    """What a waiting step waits for, in one word: `approval`, `time`, or the signal's name."""
    return kind or signal or "time"


def is_parked(step: StepState) -> bool:
    """Whether a person must say what became of the step's effect."""
    return step.status == s.UNKNOWN and step.signal is not None


def wait_of(step: StepState) -> str | None:
    """What a step waits for, if it waits."""
    if is_parked(step):
        return IN_DOUBT
    if step.status != s.WAITING:
        return None
    if step.child:
        return CALLED
    return waits_for(step.signal, (step.request or {}).get("kind"))


def status_of(state: RunState) -> str:
    """A run waits while any of its steps waits for a person, a signal or a moment."""
    if state.status == s.PENDING:
        return QUEUED
    if state.status == s.RUNNING and any(wait_of(step) for step in state.steps.values()):
        return WAITING
    return state.status
