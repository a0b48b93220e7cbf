"""`apply`: the books of a run. It accepts or drops a fact and records it; it never evaluates and never decides."""

from collections.abc import Callable, Iterable
from typing import Any

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.state import RunState, StepState

RESOLVE = "resolve"
"""The signal that settles a parked effect."""
OUTCOMES = frozenset({"confirmed", "failed", "resend"})


def new_state(plan: Plan, run_id: str) -> RunState:
    return RunState(run_id, {step: StepState() for step in plan.steps})


def fold(plan: Plan | None, run_id: str, history: Iterable[f.Fact]) -> RunState:
    """The state; without a plan (its definition is lost) only the steps that something happened to are known."""
    if plan is None:
        history = list(history)
        state = RunState(run_id, {step: StepState() for fact in history if (step := getattr(fact, "step", ""))})
    else:
        state = new_state(plan, run_id)
    for fact in history:
        apply(state, fact)
    return state


_REPORTS = frozenset({f.Done, f.Failed, f.Waiting, f.Unknown})
_OF_THE_RUN = frozenset({f.Started, f.CancelRequested, f.Stopping, f.Ended})


def accepts(state: RunState, fact: f.Fact) -> bool:
    """Stale timers, late answers and doubled commands are dropped here, for every driver alike."""
    if state.ended_at is not None:
        return False
    kind = type(fact)
    if kind in _OF_THE_RUN:
        return _run_accepts(state, kind)
    step = state.steps.get(fact.step)  # type: ignore[union-attr]  # the others all name a step
    if step is None:
        return False
    if kind is f.Done and step.status == s.PENDING and not state.stopping:  # nearly all of them
        return step.attempt == fact.attempt  # type: ignore[union-attr]  # a Done has one
    return _step_accepts(state, step, fact, kind)


def _run_accepts(state: RunState, kind: type) -> bool:
    if kind is f.Started:
        return state.status == s.PENDING
    return kind is f.Ended or not state.stopping


def _step_accepts(state: RunState, step: StepState, fact: Any, kind: type) -> bool:
    status = step.status
    if kind in _REPORTS:
        under_way = status == s.SENDING or (not state.stopping and _may_report(step))
        return under_way and bool(fact.attempt == step.attempt)
    if kind is f.Sending:
        return status == s.PENDING and bool(fact.attempt == step.attempt) and not state.stopping
    if kind is f.Signalled:
        return status in {s.WAITING, s.UNKNOWN} and step.signal == fact.signal and _says_what(status, fact)
    if kind is f.Fired:
        return fact.due in {step.due, step.expires}
    return status not in {s.DONE, s.SKIPPED, s.CANCELLED} and not state.stopping


def _says_what(status: str, fact: f.Signalled) -> bool:
    """A parked effect is settled only by a known outcome; a typing error must not fail it."""
    payload = fact.payload
    return status == s.WAITING or (isinstance(payload, dict) and payload.get("outcome") in OUTCOMES)


def _may_report(step: StepState) -> bool:
    return step.status in {s.PENDING, s.WAITING} or (step.status == s.UNKNOWN and step.signal is None)


def apply(state: RunState, fact: f.Fact) -> None:
    APPLY[type(fact)](state, fact)


def _started(state: RunState, fact: f.Started) -> None:
    state.status = s.RUNNING
    state.started_at = fact.at
    state.inputs = fact.inputs
    state.actor = fact.actor
    state.label = fact.label


def _done(state: RunState, fact: f.Done) -> None:
    step = state.steps[fact.step]
    step.status = s.DONE
    step.failure = step.message = step.hint = ""
    step.ended_at = fact.at
    step.signal = step.due = step.expires = None
    state.outputs[fact.step] = fact.output


def _failed(state: RunState, fact: f.Failed) -> None:
    step = state.steps[fact.step]
    step.status = s.FAILED
    step.failure, step.message, step.hint = fact.failure, fact.message, fact.hint
    step.retry_after = fact.retry_after
    _close(step, fact.at)


def _skipped(state: RunState, fact: f.Skipped) -> None:
    step = state.steps[fact.step]
    step.status = s.SKIPPED
    step.ended_at = fact.at
    state.outputs[fact.step] = None


def _sending(state: RunState, fact: f.Sending) -> None:
    step = state.steps[fact.step]
    step.status = s.SENDING
    step.started_at = fact.at


def _unknown(state: RunState, fact: f.Unknown) -> None:
    step = state.steps[fact.step]
    step.message = fact.message
    if fact.policy == "resend" and not state.stopping:
        step.status = s.PENDING
        step.attempt += 1
    else:
        step.status = s.UNKNOWN
        step.signal = RESOLVE if fact.policy == "park" else None


def _waiting(state: RunState, fact: f.Waiting) -> None:
    step = state.steps[fact.step]
    step.status = s.WAITING
    step.signal, step.due, step.expires = fact.signal, fact.until, fact.expires
    step.request, step.rejects = fact.request, fact.rejects
    step.started_at = fact.at


def _escalated(state: RunState, fact: f.Escalated) -> None:
    step = state.steps[fact.step]
    step.request, step.expires = fact.request, None


def _retry(state: RunState, fact: f.Retry) -> None:
    step = state.steps[fact.step]
    step.status = s.RETRYING
    step.attempt, step.due = fact.attempt, fact.due
    step.ended_at = None


def _signalled(state: RunState, fact: f.Signalled) -> None:
    step = state.steps[fact.step]
    if step.status == s.WAITING:
        step.status = s.DONE
        state.outputs[fact.step] = fact.payload
    _close(step, fact.at)


def _fired(state: RunState, fact: f.Fired) -> None:
    step = state.steps[fact.step]
    if step.status == s.RETRYING:
        step.status = s.PENDING
        step.due = None


def _cancel_requested(state: RunState, fact: f.CancelRequested) -> None:
    state.reason = fact.reason


def _stopping(state: RunState, fact: f.Stopping) -> None:
    state.stopping = fact.status
    state.failure, state.message, state.failed_step = fact.failure, fact.message, fact.step
    _cancel_open(state, fact.at, keep=s.SENDING)


def _ended(state: RunState, fact: f.Ended) -> None:
    state.status = fact.status
    state.ended_at = fact.at
    state.output = fact.output
    state.failure, state.message, state.failed_step = fact.failure, fact.message, fact.step
    _cancel_open(state, fact.at, keep=s.UNKNOWN)


def _cancel_open(state: RunState, at: int, keep: str) -> None:
    for step in state.steps.values():
        if step.status not in s.SETTLED and step.status not in {keep, s.UNKNOWN}:
            step.status = s.CANCELLED
            _close(step, at)


def _close(step: StepState, at: int) -> None:
    step.ended_at = at
    step.signal = step.due = step.expires = None


APPLY: dict[type, Callable[[RunState, Any], None]] = {
    f.Started: _started,
    f.Done: _done,
    f.Failed: _failed,
    f.Skipped: _skipped,
    f.Sending: _sending,
    f.Unknown: _unknown,
    f.Waiting: _waiting,
    f.Escalated: _escalated,
    f.Retry: _retry,
    f.Signalled: _signalled,
    f.Fired: _fired,
    f.CancelRequested: _cancel_requested,
    f.Stopping: _stopping,
    f.Ended: _ended,
}
