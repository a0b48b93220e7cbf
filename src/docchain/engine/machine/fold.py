"""`apply`: the books of a run. It records a fact; it never evaluates and never decides."""

from collections.abc import Callable, Iterable
from typing import Any

from docchain.engine.machine import books_of_control as control
from docchain.engine.machine import books_of_items as items
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.state import RunState, StepState

RESOLVE = "resolve"
"""The signal that settles a parked effect."""


def new_state(plan: Plan, run_id: str) -> RunState:
    """Nothing happened yet; a step that nobody need wait for reads as `null` until it is done."""
    state = RunState(run_id, {step: StepState() for step in plan.steps})
    if plan.raced:
        state.outputs = dict.fromkeys(plan.raced)
    return state


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


def apply(state: RunState, fact: f.Fact) -> None:
    APPLY[type(fact)](state, fact)


def _await(state: RunState, step: StepState, change: int) -> None:
    state.awaited += change
    if step.of:
        state.fans[step.of].awaited += change


def _came_back(state: RunState, step: StepState) -> None:
    """The effect or child run that was under way has an end."""
    if step.status == s.SENDING or step.called is not None:
        step.called = None
        _await(state, step, -1)


def _settle(state: RunState, step: StepState, name: str) -> None:
    """Count an item; during a pause, remember whose successors have to be looked at."""
    if step.of:
        items.count(state, step)
    elif state.status == s.PAUSED:
        state.held.append(name)


def _done(state: RunState, fact: f.Done) -> None:
    step = state.steps[fact.step]
    if step.status != s.PENDING or step.attempt > 1:
        _came_back(state, step)
        step.failure = step.message = step.hint = ""
        step.signal = step.due = step.expires = None
    step.status = s.DONE
    step.ended_at = fact.at
    state.outputs[fact.step] = fact.output
    if step.of or state.status == s.PAUSED:
        _settle(state, step, fact.step)


def _failed(state: RunState, fact: f.Failed) -> None:
    step = state.steps[fact.step]
    if step.status == s.MAPPING:
        items.cancel(state, fact.step, fact.at)
    _came_back(state, step)
    step.status = s.FAILED
    step.failure, step.message, step.hint = fact.failure, fact.message, fact.hint
    step.retry_after = fact.retry_after
    step.tried += fact.pauses  # a pause uses no attempt up
    _close(step, fact.at)
    if step.of:
        items.count(state, step)


def _caught(state: RunState, fact: f.Caught) -> None:
    state.caught[fact.step] = state.barred[fact.step] = fact.handler
    state.outputs[fact.step] = None
    _settle(state, state.steps[fact.step], fact.step)


def _skipped(state: RunState, fact: f.Skipped) -> None:
    step = state.steps[fact.step]
    step.status = s.SKIPPED
    step.because = fact.because
    step.ended_at = fact.at
    state.outputs[fact.step] = None
    if fact.because == s.NEED:
        state.barred[fact.step] = ""
    _settle(state, step, fact.step)


def _sending(state: RunState, fact: f.Sending) -> None:
    step = state.steps[fact.step]
    step.status = s.SENDING
    step.started_at = fact.at
    _await(state, step, 1)


def _unknown(state: RunState, fact: f.Unknown) -> None:
    step = state.steps[fact.step]
    _came_back(state, step)
    step.message = fact.message
    if fact.policy == "resend" and not state.stopping and not (step.of and state.fans[step.of].failing):
        step.status = s.PENDING
        step.attempt += 1
        if state.status == s.PAUSED and not fact.live:
            state.held.append(fact.step)
    else:
        step.status = s.UNKNOWN
        step.signal = RESOLVE if fact.policy == "park" else None


def _waiting(state: RunState, fact: f.Waiting) -> None:
    step = state.steps[fact.step]
    _came_back(state, step)
    step.status = s.WAITING
    step.signal, step.due, step.expires = fact.signal, fact.until, fact.expires
    step.request, step.rejects = fact.request, fact.rejects
    step.started_at = fact.at


def _called(state: RunState, fact: f.Called) -> None:
    step = state.steps[fact.step]
    if step.status != s.SENDING and step.called is None:
        _await(state, step, 1)
    step.status = s.WAITING
    step.child, step.called, step.expires = fact.run, fact, fact.expires
    step.started_at = fact.at


def _escalated(state: RunState, fact: f.Escalated) -> None:
    step = state.steps[fact.step]
    step.request, step.expires = fact.request, None


def _retry(state: RunState, fact: f.Retry) -> None:
    step = state.steps[fact.step]
    if step.status == s.FAILED and step.of:
        items.uncount(state, step)
    step.status = s.RETRYING
    step.attempt, step.due = fact.attempt, fact.due
    step.ended_at = None


def _signalled(state: RunState, fact: f.Signalled) -> None:
    step = state.steps[fact.step]
    done = step.status == s.WAITING
    if done:
        step.status = s.DONE
        state.outputs[fact.step] = fact.payload
    _close(step, fact.at)
    if done:
        _settle(state, step, fact.step)


def _noted(_state: RunState, _fact: f.Noted) -> None:
    """Notes change nothing: they are for those who look."""


def _fired(state: RunState, fact: f.Fired) -> None:
    if fact.step == s.OF_THE_RUN:
        control.begin(state, fact.at)
        return
    step = state.steps[fact.step]
    if step.status == s.RETRYING:
        step.status = s.PENDING
        step.due = None
        if state.status == s.PAUSED:
            state.held.append(fact.step)


def _close(step: StepState, at: int) -> None:
    step.ended_at = at
    step.signal = step.due = step.expires = None


APPLY: dict[type, Callable[[RunState, Any], None]] = {
    f.Started: control.started,
    f.Done: _done,
    f.Failed: _failed,
    f.Caught: _caught,
    f.Skipped: _skipped,
    f.FannedOut: items.fanned_out,
    f.Gathered: items.gathered,
    f.Sending: _sending,
    f.Unknown: _unknown,
    f.Waiting: _waiting,
    f.Called: _called,
    f.Escalated: _escalated,
    f.Retry: _retry,
    f.Signalled: _signalled,
    f.Fired: _fired,
    f.CancelRequested: control.cancel_requested,
    f.Paused: control.paused,
    f.Resumed: control.resumed,
    f.Reopened: control.reopened,
    f.Stopping: control.stopping,
    f.Ended: control.ended,
    f.Noted: _noted,
}
