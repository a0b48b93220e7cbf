"""A failed attempt: tried again at once or after a pause, handed to a handler, or the end of the run."""

import zlib

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.branches import handler_of
from docchain.engine.machine.commands import SetTimer
from docchain.engine.machine.ending import end_when_quiet, stop
from docchain.engine.machine.items import fail_when_quiet, on_item_failed
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.starting import look_up, run
from docchain.engine.machine.turn import Turn


def on_failed(turn: Turn, fact: f.Failed) -> None:
    if turn.state.stopping:
        end_when_quiet(turn, fact.at)
        return
    planned = turn.plan.steps[fact.step]
    if _may_pause(turn, planned, fact):
        _pause(turn, fact)
    elif _may_retry(turn, planned, fact):
        turn.then(_retry(turn, planned, fact.attempt, fact.at, fact.retry_after))
    elif planned.of:
        on_item_failed(turn, planned, fact.at)
    elif handler := handler_of(planned, fact.failure):
        turn.then(f.Caught(fact.at, fact.step, handler))
    else:
        stop(turn, fact.at, s.FAILED, (fact.failure, fact.message, fact.step))


def _may_pause(turn: Turn, planned: PlannedStep, fact: f.Failed) -> bool:
    whole = turn.plan.steps[planned.of or planned.id]
    return fact.pauses and not handler_of(whole, fact.failure) and not _was_lost_before(turn, planned)


def _pause(turn: Turn, fact: f.Failed) -> None:
    """Each goes before what was said earlier: the step is to be tried again, the run pauses, and holds it back."""
    turn.then(f.Fired(fact.at, fact.step, fact.at))
    turn.then(f.Paused(fact.at, reason=f"{fact.message} {fact.hint}".rstrip()))
    turn.then(f.Retry(fact.at, fact.step, fact.attempt + 1, fact.at))


def _may_retry(turn: Turn, planned: PlannedStep, fact: f.Failed) -> bool:
    tried = fact.attempt - turn.state.steps[fact.step].tried
    if fact.final or fact.failure not in planned.retry.on or tried >= planned.retry.attempts:
        return False
    return not _was_lost_before(turn, planned)


def _was_lost_before(turn: Turn, planned: PlannedStep) -> bool:
    """Whether too many other items of its step failed."""
    fan = turn.state.fans[planned.of] if planned.of else None
    return fan is not None and fan.is_too_many(fan.failed - 1)


def _retry(turn: Turn, planned: PlannedStep, attempt: int, at: int, retry_after: int | None) -> f.Retry:
    tried = attempt - turn.state.steps[planned.id].tried
    delay = max(backoff(planned, turn.state.run_id, tried), retry_after or 0)
    return f.Retry(at, planned.id, attempt + 1, at + delay)


def backoff(planned: PlannedStep, run_id: str, attempt: int) -> int:
    """Exponential back-off; jitter takes up to half of it, by a hash, so that a replay waits the same."""
    retry = planned.retry
    full = min(retry.maximum, int(retry.initial * retry.factor ** min(attempt - 1, 60)))
    share = zlib.crc32(f"{run_id}/{planned.id}/{attempt}".encode()) / 0xFFFFFFFF
    return full - int(full * share / 2)


def on_retry(turn: Turn, fact: f.Retry) -> None:
    turn.commands.append(SetTimer(fact.step, fact.due))


def on_unknown(turn: Turn, fact: f.Unknown) -> None:
    state = turn.state
    planned = turn.plan.steps[fact.step]
    if state.stopping:
        end_when_quiet(turn, fact.at)
    elif planned.of and state.fans[planned.of].failing:
        fail_when_quiet(turn, planned.of, fact.at)
    elif fact.policy == "resend" and fact.live:
        attempt = state.steps[planned.id].attempt
        delay = backoff(planned, state.run_id, fact.attempt - state.steps[planned.id].tried)
        turn.queue.append(f.Retry(fact.at, planned.id, attempt, fact.at + delay))
    elif fact.policy == "resend" and state.status != s.PAUSED:
        run(turn, planned, fact.at)
    elif fact.policy == "lookup":
        look_up(turn, planned)
