"""What a reopened run does again; the fact says it in full, so that its books decide nothing."""

from msgspec import structs

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.branches import is_unhandled
from docchain.engine.machine.plan import Plan, item_name
from docchain.engine.machine.state import RunState

_LEFT_OUT = frozenset({s.NEED, s.BRANCH})


def told_in_full(plan: Plan, state: RunState, fact: f.Reopened) -> f.Reopened:
    named = frozenset(fact.steps)
    of = {name.partition("[")[0] for name in named}
    again: dict[str, list[int]] = {}
    for name, planned in plan.steps.items():
        behind = not again.keys().isdisjoint(planned.needs)
        if _goes_on(state, name) or (name in of and _is_settled(state, name)) or (behind and _is_left_out(state, name)):
            again[name] = _items(state, name, named)
    return structs.replace(fact, again=again)


def _goes_on(state: RunState, name: str) -> bool:
    """What was cancelled, and failures that nothing caught: the run cannot go on without them."""
    status = state.steps[name].status
    return status == s.CANCELLED or (status == s.FAILED and is_unhandled(state, name))


def _is_settled(state: RunState, name: str) -> bool:
    return state.steps[name].status in s.SETTLED


def _is_left_out(state: RunState, name: str) -> bool:
    """It was skipped because of a step that is now tried again."""
    step = state.steps[name]
    return step.status == s.SKIPPED and step.because in _LEFT_OUT


def _items(state: RunState, name: str, named: frozenset[str]) -> list[int]:
    """The items not settled yet, and of those that failed the ones named, or all when none is."""
    fan = state.fans.get(name)
    if fan is None:
        return []
    items = [item_name(name, index) for index in range(fan.count)]
    chosen = not named.isdisjoint(items)
    all_failed = name in named or not (chosen or (named and state.steps[name].status != s.FAILED))
    kept = {s.DONE, s.SKIPPED} if all_failed else {s.DONE, s.SKIPPED, s.FAILED}
    return [index for index, item in enumerate(items) if item in named or state.steps[item].status not in kept]
