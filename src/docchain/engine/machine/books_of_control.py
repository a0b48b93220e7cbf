"""The books of what happens to a run as a whole: it starts, pauses, goes on, stops, ends, is reopened."""

from docchain.engine.machine import books_of_items as items
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.state import RunState, StepState


def started(state: RunState, fact: f.Started) -> None:
    state.started_at = fact.at
    state.inputs = fact.inputs
    state.actor = fact.actor
    state.label = fact.label
    state.status = s.RUNNING
    if fact.not_before is not None and fact.not_before > fact.at:
        state.status, state.due = s.PENDING, fact.not_before
    state.priority, state.dry = fact.priority, fact.dry
    state.only, state.parent = fact.only, fact.parent
    state.patched = bool(fact.seed)
    for name, output in fact.seed.items():
        if step := state.steps.get(name):
            step.status, step.ended_at = s.DONE, fact.at
            state.outputs[name] = output


def begin(state: RunState, at: int) -> None:
    """The moment has come that the run was to wait for."""
    state.due = None
    state.started_at = at
    if state.status == s.PAUSED:
        state.held.append(s.OF_THE_RUN)
    else:
        state.status = s.RUNNING


def cancel_requested(state: RunState, fact: f.CancelRequested) -> None:
    state.reason = fact.reason


def paused(state: RunState, fact: f.Paused) -> None:
    state.status = s.PAUSED
    state.reason = fact.reason
    state.held = []
    for fan in state.fans.values():
        fan.held = 0


def resumed(state: RunState, fact: f.Resumed) -> None:  # noqa: ARG001 (every fact is given)
    state.status = s.PENDING if state.due is not None else s.RUNNING
    state.reason = ""


def stopping(state: RunState, fact: f.Stopping) -> None:
    state.stopping = fact.status
    state.failure, state.message, state.failed_step = fact.failure, fact.message, fact.step
    for step in state.steps.values():
        if step.status != s.SENDING and step.called is None:
            _cancel(step, fact.at)


def ended(state: RunState, fact: f.Ended) -> None:
    state.status = fact.status
    state.ended_at = fact.at
    state.due = None
    state.output = fact.output
    state.failure, state.message, state.failed_step = fact.failure, fact.message, fact.step
    if fact.status != s.SUCCEEDED:
        for step in state.steps.values():
            _cancel(step, fact.at)


def _cancel(step: StepState, at: int) -> None:
    if step.status not in s.SETTLED and step.status != s.UNKNOWN:
        step.status = s.CANCELLED
        step.ended_at = at
        step.signal = step.due = step.expires = None


def reopened(state: RunState, fact: f.Reopened) -> None:
    """What is tried again is as if it had not begun; items in doubt stay so."""
    again = fact.again if fact.again is not None else _as_in_release_1(state, fact.steps)
    for name, order in again.items():
        if name not in state.steps:
            continue
        _try_again(state, name)
        if name in state.fans:
            state.steps[name].status = s.MAPPING
            for item in items.reopen(state, name, order):
                _try_again(state, item)
    state.status = s.RUNNING
    state.patched = True
    state.ended_at = None
    state.output = None
    state.stopping = state.reason = state.failure = state.message = state.failed_step = ""
    state.held = []


def _as_in_release_1(state: RunState, steps: list[str]) -> dict[str, list[int]]:
    """Steps that were cancelled or failed uncaught, and those named; of items all that were not done."""
    named = set(steps)
    named |= {step.of for name in steps if (step := state.steps.get(name)) and step.of}
    again = {}
    for name, step in state.steps.items():
        failed = step.status == s.FAILED and name not in state.caught
        if not step.of and (step.status == s.CANCELLED or name in named or failed):
            again[name] = items.not_done(state, name, named) if name in state.fans else []
    return again


def _try_again(state: RunState, name: str) -> None:
    step = state.steps[name]
    if name in state.outputs:
        state.outputs[name] = None
    state.caught.pop(name, None)
    state.barred.pop(name, None)
    state.steps[name] = StepState(attempt=step.attempt + 1, tried=step.attempt, of=step.of)
