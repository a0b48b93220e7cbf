"""`accepts`: stale timers, late answers and doubled commands are dropped here, for every driver alike."""

from typing import Any

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.state import RunState, StepState

OUTCOMES = frozenset({"confirmed", "failed", "resend"})
"""What a person may say of a parked effect."""
_REPORTS = frozenset({f.Done, f.Failed, f.Waiting, f.Unknown, f.Called, f.Noted})
_OF_THE_RUN = frozenset({f.Started, f.CancelRequested, f.Stopping, f.Ended, f.Paused, f.Resumed, f.Reopened})
_FOLLOWS = {f.FannedOut: s.PENDING, f.Gathered: s.MAPPING, f.Caught: s.FAILED}
_REOPENED = frozenset({s.FAILED, s.REJECTED, s.CANCELLED})


def accepts(state: RunState, fact: f.Fact) -> bool:
    kind = type(fact)
    if state.ended_at is not None:
        return kind is f.Reopened and state.status in _REOPENED
    if kind is not f.Done and kind in _OF_THE_RUN:
        return _run_accepts(state, kind)
    step = state.steps.get(fact.step)  # type: ignore[union-attr]  # the others all name a step
    if step is None:
        return kind is f.Fired and _is_of_the_run(state, fact)
    if kind is f.Done and step.status == s.PENDING and not state.stopping:  # nearly all of them
        return step.attempt == fact.attempt  # type: ignore[union-attr]  # a Done has one
    return _step_accepts(state, step, fact, kind)


def _is_of_the_run(state: RunState, fact: Any) -> bool:
    return bool(fact.step == s.OF_THE_RUN and fact.due == state.due)


def _run_accepts(state: RunState, kind: type) -> bool:
    if kind is f.Started:
        return state.status == s.PENDING and state.due is None
    if kind is f.Reopened:
        return False
    if kind is f.Resumed:
        return state.status == s.PAUSED and not state.stopping
    if kind is f.Paused:
        return state.status != s.PAUSED and not state.stopping
    return kind is f.Ended or not state.stopping


def _step_accepts(state: RunState, step: StepState, fact: Any, kind: type) -> bool:
    status = step.status
    if kind in _REPORTS:
        return bool(fact.attempt == step.attempt) and _may_report(state, step, kind)
    if kind is f.Sending:
        return status == s.PENDING and bool(fact.attempt == step.attempt) and _begins(state, step)
    if kind is f.Signalled:
        return status in {s.WAITING, s.UNKNOWN} and step.signal == fact.signal and _says_what(status, fact)
    if kind is f.Fired:
        return fact.due in {step.due, step.expires}
    if kind in _FOLLOWS:
        return status == _FOLLOWS[kind] and not state.stopping
    return status not in {s.DONE, s.SKIPPED, s.CANCELLED} and not state.stopping


def _begins(state: RunState, step: StepState) -> bool:
    """Nothing goes out of a run that stops, nor items of a step of which too many failed."""
    return not state.stopping and not (step.of and state.fans[step.of].failing)


def _says_what(status: str, fact: f.Signalled) -> bool:
    """A parked effect is settled only by a known outcome; a typing error must not fail it."""
    payload = fact.payload
    return status == s.WAITING or (isinstance(payload, dict) and payload.get("outcome") in OUTCOMES)


def _may_report(state: RunState, step: StepState, kind: type) -> bool:
    if step.status == s.SENDING or step.called is not None:
        return kind is not f.Called or step.called is None
    if state.stopping:
        return False
    if step.status == s.MAPPING:
        return kind is f.Failed
    return step.status in {s.PENDING, s.WAITING} or (step.status == s.UNKNOWN and step.signal is None)
