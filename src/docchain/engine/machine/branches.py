"""Which steps come about: joins, handlers, and what is skipped because something else failed."""

from docchain.engine.machine import state as s
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.state import RunState

_COME_ABOUT = frozenset({s.DONE, s.SKIPPED})
_NEVER_CAME = frozenset({s.NEED, s.BRANCH, s.NOT_SELECTED})


def is_settled(state: RunState, name: str) -> bool:
    """A failure is settled when a handler caught it; another one ends the run."""
    return state.steps[name].status in _COME_ABOUT or name in state.caught


def is_due(state: RunState, planned: PlannedStep) -> bool:
    """Whether it can be decided now if the step runs."""
    if planned.join == "any" and _any_done(state, planned):
        return all(is_settled(state, caught) for caught in planned.catches)
    return all(is_settled(state, need) for need in planned.needs)


def comes_due_with(state: RunState, planned: PlannedStep, just: set[str]) -> bool:
    """Whether `just` these settled steps made it due: each step starts once, though nothing records that it did."""
    if just.isdisjoint(planned.needs) or not is_due(state, planned):
        return False
    if planned.join != "any":
        return True
    if planned.catches & just:
        return True
    done = [need for need in _own_needs(planned) if state.steps[need].status == s.DONE]
    return just.issuperset(done)


def reason_to_skip(state: RunState, planned: PlannedStep) -> str | None:
    """Why a step that is due does not come about; `None` when it does."""
    if state.only and planned.id not in state.only:
        return s.NOT_SELECTED
    if planned.catches and not any(state.caught.get(name) == planned.id for name in planned.catches):
        return s.BRANCH
    if planned.join == "any" and not _any_done(state, planned):
        return s.NEED
    if state.barred and planned.join == "all" and not state.barred.keys().isdisjoint(_own_needs(planned)):
        return s.NEED
    return None


def is_unhandled(state: RunState, name: str) -> bool:
    """Nothing caught the failure, or what caught it did not come about; a handler's own condition may skip it."""
    handler = state.steps.get(state.caught.get(name, ""))
    return handler is None or (handler.status == s.SKIPPED and handler.because in _NEVER_CAME)


def handler_of(planned: PlannedStep, failure: str) -> str:
    """The step that goes on after this one failed for good; empty when the run fails with it."""
    return (planned.timeout_to if failure == "timeout" else "") or planned.on_error


def _own_needs(planned: PlannedStep) -> list[str]:
    return [need for need in planned.needs if need not in planned.catches]


def _any_done(state: RunState, planned: PlannedStep) -> bool:
    return any(state.steps[need].status == s.DONE for need in _own_needs(planned))
