"""`for_each`: a step fans out over its items, so many at a time, and gathers them when all are settled."""

from typing import Any, Final

from docchain.engine.expressions import ExpressionError
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.ending import cancel_children
from docchain.engine.machine.plan import ForEach, PlannedStep, item_name
from docchain.engine.machine.starting import doubt_again, start
from docchain.engine.machine.turn import Turn

MAX_ITEMS: Final = 10_000


def fan_out(turn: Turn, planned: PlannedStep, for_each: ForEach, at: int) -> None:
    try:
        items = for_each.items.render(turn.scope_for(planned))
    except ExpressionError as error:
        _fail(turn, planned.id, at, "bad_input", f"for_each: {error}")
        return
    items = [] if items is None else items
    if not isinstance(items, list):
        _fail(turn, planned.id, at, "bad_input", f"for_each wants a list, not {_shown(items)}")
    elif len(items) > MAX_ITEMS:
        _fail(turn, planned.id, at, "resource", f"for_each has {len(items):,} items; split them: {MAX_ITEMS:,} at most")
    else:
        kept = None if for_each.items.plain else items
        turn.queue.append(f.FannedOut(at, planned.id, len(items), for_each.tolerated(len(items)), kept))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 (a line's worth)


def _fail(turn: Turn, step: str, at: int, failure: str, message: str, hint: str = "") -> None:
    attempt = turn.state.steps[step].attempt
    turn.queue.append(f.Failed(at, step, attempt, failure, message, hint, final=True))


def on_fanned_out(turn: Turn, fact: f.FannedOut) -> None:
    begin_items(turn, fact.step, 0, fact.at)


def begin_items(turn: Turn, name: str, begun: int, at: int) -> None:
    """The items whose turn has come, `begun` of them before; when none is left, gather."""
    fan = turn.state.fans[name]
    if fan.settled >= fan.total:
        _gather(turn, name, at)
        return
    if turn.state.status == s.PAUSED:
        return
    for index in fan.indexes(begun, fan.settled + concurrency(turn, name)):
        _begin_item(turn, turn.plan.steps[item_name(name, index)], at)


def _begin_item(turn: Turn, planned: PlannedStep, at: int) -> None:
    step = turn.state.steps[planned.id]
    if step.status == s.PENDING:
        start(turn, planned, at)
    elif step.status == s.UNKNOWN and step.signal is None:
        doubt_again(turn, planned, at)


def concurrency(turn: Turn, name: str) -> int:
    for_each = turn.plan.steps[name].for_each
    return for_each.concurrency if for_each else 0


def on_item_settled(turn: Turn, planned: PlannedStep, at: int) -> None:
    name = planned.of
    if turn.state.steps[name].status != s.MAPPING:
        return
    fan = turn.state.fans[name]
    if fan.failing:
        fail_when_quiet(turn, name, at)
    else:
        begin_items(turn, name, fan.settled - 1 + concurrency(turn, name), at)


def on_item_failed(turn: Turn, planned: PlannedStep, at: int) -> None:
    """An item failed for good: its step goes on, or has had too many of it."""
    name = planned.of
    fan = turn.state.fans[name]
    if turn.state.steps[name].status == s.MAPPING and fan.failing and not fan.is_too_many(fan.failed - 1):
        cancel_children(turn, [item_name(name, index) for index in range(fan.count)], "another item failed")
    on_item_settled(turn, planned, at)


def fail_when_quiet(turn: Turn, name: str, at: int) -> None:
    """Effects and child runs of the other items are awaited; then the step fails with the first failure."""
    fan = turn.state.fans[name]
    if fan.awaited:
        return
    for index in range(fan.count):
        step = turn.state.steps[item_name(name, index)]
        if step.status == s.FAILED:
            told = f"item {index} failed: {step.message}"
            if fan.failed + fan.left > 1:
                told = f"{fan.failed + fan.left} of {fan.count} items failed; {told}"
            _fail(turn, name, at, step.failure, told, step.hint)
            return


def _gather(turn: Turn, name: str, at: int) -> None:
    fan = turn.state.fans[name]
    if fan.failed + fan.left > fan.tolerate:
        fail_when_quiet(turn, name, at)
    elif turn.state.steps[name].status == s.MAPPING:
        turn.queue.append(f.Gathered(at, name))
