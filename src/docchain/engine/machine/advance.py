"""`advance`: every rule of execution. A fact goes in; accepted and decided facts, and commands, come out. No I/O."""

import zlib
from collections.abc import Callable
from typing import Any

from docchain.engine.expressions import ExpressionError
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import Command, RunStep, SetTimer
from docchain.engine.machine.fold import APPLY, accepts
from docchain.engine.machine.plan import Plan, PlannedStep
from docchain.engine.machine.state import RunState

TIMED_OUT = {"decision": "timed_out"}


class _Turn:
    """One call of `advance`: facts taken or still to take, in order, and the commands given."""

    __slots__ = ("commands", "plan", "queue", "scope", "state")

    def __init__(self, plan: Plan, state: RunState) -> None:
        self.plan = plan
        self.state = state
        self.scope: dict[str, Any] | None = None
        self.queue: list[f.Fact] = []
        self.commands: list[Command] = []

    def settle(self) -> tuple[list[f.Fact], list[Command]]:
        queue, state, place = self.queue, self.state, 0
        while place < len(queue):
            fact = queue[place]
            if not accepts(state, fact):
                del queue[place]
                continue
            place += 1
            kind = type(fact)
            APPLY[kind](state, fact)
            if kind in _RULES:
                _RULES[kind](self, fact)
        return queue, self.commands


def advance(plan: Plan, state: RunState, fact: f.Fact) -> tuple[list[f.Fact], list[Command]]:
    """Take one fact: `state` moves on; the facts to journal (none for a stale one) and the commands come back."""
    turn = _Turn(plan, state)
    turn.queue.append(fact)
    return turn.settle()


def resume(plan: Plan, state: RunState, at: int) -> tuple[list[f.Fact], list[Command]]:
    """After a fold: reissue what was under way; effects caught between intent and outcome are in doubt."""
    turn = _Turn(plan, state)
    if state.ended_at is not None:
        return [], []
    for planned in plan.steps.values():
        step = state.steps[planned.id]
        if step.status == s.SENDING:
            message = "the engine stopped between sending and the answer"
            turn.queue.append(f.Unknown(at, planned.id, step.attempt, planned.in_doubt, message))
        elif step.status == s.UNKNOWN and step.signal is None:
            _look_up(turn, planned)
        elif step.status == s.PENDING and not state.stopping and _needs_settled(turn, planned):
            _consider(turn, planned, at)
        for due in (step.due, step.expires):
            if due is not None:
                turn.commands.append(SetTimer(planned.id, due))
    return turn.settle()


def _needs_settled(turn: _Turn, planned: PlannedStep) -> bool:
    steps = turn.state.steps
    return all(steps[need].status in s.SETTLED for need in planned.needs)


def _scope(turn: _Turn) -> dict[str, Any]:
    if turn.scope is None:
        turn.scope = s.scope_of(turn.state)
    return turn.scope


def _consider(turn: _Turn, planned: PlannedStep, at: int) -> None:
    """A step whose needs are settled is skipped or run."""
    if planned.when is not None:
        try:
            if not _holds(turn, planned):
                turn.queue.append(f.Skipped(at, planned.id))
                return
        except ExpressionError as error:
            attempt = turn.state.steps[planned.id].attempt
            turn.queue.append(f.Failed(at, planned.id, attempt, "bad_input", f"when: {error}"))
            return
    _run(turn, planned, at)


def _holds(turn: _Turn, planned: PlannedStep) -> bool:
    if isinstance(planned.when, bool) or planned.when is None:
        return planned.when is not False
    value = planned.when.evaluate(_scope(turn))
    if not isinstance(value, bool):
        raise ExpressionError(f"{planned.when.source} is {value!r}, not true or false; compare it with something")
    return value


def _run(turn: _Turn, planned: PlannedStep, at: int) -> None:
    step = turn.state.steps[planned.id]
    try:
        params = planned.params.render(None if planned.params.constant else _scope(turn))
    except ExpressionError as error:
        turn.queue.append(f.Failed(at, planned.id, step.attempt, "bad_input", str(error)))
        return
    turn.commands.append(RunStep(planned.id, step.attempt, params))


def _look_up(turn: _Turn, planned: PlannedStep) -> None:
    step = turn.state.steps[planned.id]
    turn.commands.append(RunStep(planned.id, step.attempt, planned.params.render(_scope(turn)), lookup=True))


def _on_started(turn: _Turn, fact: f.Started) -> None:
    if turn.plan.refusal:
        turn.queue.append(f.Ended(fact.at, s.FAILED, failure="bug", message=turn.plan.refusal))
        return
    for planned in turn.plan.first:
        _consider(turn, planned, fact.at)
    if not turn.plan.steps:
        _succeed(turn, fact.at)


def _on_settled(turn: _Turn, fact: f.Done | f.Skipped | f.Signalled) -> None:
    """Steps that waited for this one get their turn; with the last one the run ends."""
    if turn.state.stopping:
        _end_when_quiet(turn, fact.at)
        return
    planned = turn.plan.steps[fact.step]
    for dependent in planned.dependents:
        follower = turn.plan.steps[dependent]
        if turn.state.steps[dependent].status != s.PENDING:
            continue
        if len(follower.needs) == 1 or _needs_settled(turn, follower):
            _consider(turn, follower, fact.at)
    if not planned.dependents and all(turn.state.steps[last].status in s.SETTLED for last in turn.plan.last):
        _succeed(turn, fact.at)


def _succeed(turn: _Turn, at: int) -> None:
    try:
        output = turn.plan.output.render(_scope(turn))
    except ExpressionError as error:
        turn.queue.append(f.Ended(at, s.FAILED, failure="bad_input", message=f"output: {error}"))
        return
    turn.queue.append(f.Ended(at, s.SUCCEEDED, output))


def _on_failed(turn: _Turn, fact: f.Failed) -> None:
    if turn.state.stopping:
        _end_when_quiet(turn, fact.at)
        return
    retry = turn.plan.steps[fact.step].retry
    if fact.failure in retry.on and fact.attempt < retry.attempts:
        _retry_later(turn, fact.step, fact.attempt, fact.at, fact.retry_after)
    else:
        _stop(turn, fact.at, s.FAILED, (fact.failure, fact.message, fact.step))


def _retry_later(turn: _Turn, step: str, attempt: int, at: int, retry_after: int | None) -> None:
    delay = max(backoff(turn.plan.steps[step], turn.state.run_id, attempt), retry_after or 0)
    turn.queue.append(f.Retry(at, step, attempt + 1, at + delay))


def backoff(planned: PlannedStep, run_id: str, attempt: int) -> int:
    """Exponential back-off; jitter takes up to half of it, by a hash, so that a replay waits the same."""
    retry = planned.retry
    full = min(retry.maximum, int(retry.initial * retry.factor ** min(attempt - 1, 60)))
    share = zlib.crc32(f"{run_id}/{planned.id}/{attempt}".encode()) / 0xFFFFFFFF
    return full - int(full * share / 2)


def _stop(turn: _Turn, at: int, status: str, why: tuple[str, str, str]) -> None:
    failure, message, step = why
    if any(step.status == s.SENDING for step in turn.state.steps.values()):
        turn.queue.append(f.Stopping(at, status, failure, message, step))
    else:
        turn.queue.append(f.Ended(at, status, failure=failure, message=message, step=step))


def _end_when_quiet(turn: _Turn, at: int) -> None:
    state = turn.state
    if all(step.status != s.SENDING for step in state.steps.values()):
        turn.queue.append(
            f.Ended(at, state.stopping, failure=state.failure, message=state.message, step=state.failed_step)
        )


def _on_retry(turn: _Turn, fact: f.Retry) -> None:
    turn.commands.append(SetTimer(fact.step, fact.due))


def _on_waiting(turn: _Turn, fact: f.Waiting) -> None:
    if turn.state.stopping:
        _end_when_quiet(turn, fact.at)
        return
    turn.commands.extend(SetTimer(fact.step, due) for due in (fact.until, fact.expires) if due is not None)


def _on_fired(turn: _Turn, fact: f.Fired) -> None:
    step = turn.state.steps[fact.step]
    planned = turn.plan.steps[fact.step]
    if step.status == s.PENDING:
        _consider(turn, planned, fact.at)
    elif fact.due == step.due:
        turn.queue.append(f.Done(fact.at, fact.step, step.attempt))
    else:
        _on_expired(turn, planned, fact.at)


def _on_expired(turn: _Turn, planned: PlannedStep, at: int) -> None:
    step = turn.state.steps[planned.id]
    if planned.timeout_then == "escalate":
        request = {**(step.request or {}), "assignees": _escalate_to(turn, planned), "escalated": True}
        turn.queue.append(f.Escalated(at, planned.id, request))
    elif planned.timeout_then == "continue":
        turn.queue.append(f.Done(at, planned.id, step.attempt, TIMED_OUT if step.signal else None))
    else:
        turn.queue.append(f.Failed(at, planned.id, step.attempt, "timeout", "nobody answered in time"))


def _escalate_to(turn: _Turn, planned: PlannedStep) -> Any:
    return planned.params.render(_scope(turn)).get("escalate_to") or []


def _on_signalled(turn: _Turn, fact: f.Signalled) -> None:
    planned = turn.plan.steps[fact.step]
    step = turn.state.steps[fact.step]
    if step.status == s.UNKNOWN:
        _resolve(turn, planned, fact)
    elif step.rejects and _is_rejection(fact.payload) and not planned.heeds_rejection:
        _stop(turn, fact.at, s.REJECTED, ("", str(fact.payload.get("comment") or ""), fact.step))
    else:
        _on_settled(turn, fact)


def _is_rejection(payload: Any) -> bool:
    return isinstance(payload, dict) and payload.get("decision") == "rejected"


def _resolve(turn: _Turn, planned: PlannedStep, fact: f.Signalled) -> None:
    """A person says what became of a parked effect."""
    attempt = turn.state.steps[planned.id].attempt
    payload = fact.payload if isinstance(fact.payload, dict) else {}
    outcome = payload.get("outcome")
    if outcome == "confirmed":
        turn.queue.append(f.Done(fact.at, planned.id, attempt, payload.get("output")))
    elif outcome == "resend":
        turn.queue.append(f.Unknown(fact.at, planned.id, attempt, "resend", "resent by a person"))
    else:
        message = "a person found that it did not happen"
        turn.queue.append(f.Failed(fact.at, planned.id, attempt, "unavailable", message))
        _stop(turn, fact.at, s.FAILED, ("unavailable", message, planned.id))


def _on_unknown(turn: _Turn, fact: f.Unknown) -> None:
    planned = turn.plan.steps[fact.step]
    if turn.state.stopping:
        _end_when_quiet(turn, fact.at)
    elif fact.policy == "resend" and fact.live:
        attempt = turn.state.steps[planned.id].attempt
        turn.queue.append(
            f.Retry(fact.at, planned.id, attempt, fact.at + backoff(planned, turn.state.run_id, fact.attempt))
        )
    elif fact.policy == "resend":
        _run(turn, planned, fact.at)
    elif fact.policy == "lookup":
        _look_up(turn, planned)


def _on_cancel(turn: _Turn, fact: f.CancelRequested) -> None:
    _stop(turn, fact.at, s.CANCELLED, ("", fact.reason, ""))


_RULES: dict[type, Callable[[_Turn, Any], None]] = {
    f.Started: _on_started,
    f.Done: _on_settled,
    f.Skipped: _on_settled,
    f.Failed: _on_failed,
    f.Retry: _on_retry,
    f.Waiting: _on_waiting,
    f.Fired: _on_fired,
    f.Signalled: _on_signalled,
    f.Unknown: _on_unknown,
    f.CancelRequested: _on_cancel,
}
