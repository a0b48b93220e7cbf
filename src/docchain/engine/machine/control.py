"""The run as a whole: it begins, pauses, goes on, is reopened, or picked up again after a fold."""

from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.branches import comes_due_with, is_due
from docchain.engine.machine.commands import CancelChild, SetTimer, StartChild
from docchain.engine.machine.ending import stop
from docchain.engine.machine.following import consider, follow_all, sweep
from docchain.engine.machine.items import begin_items, concurrency
from docchain.engine.machine.plan import item_name
from docchain.engine.machine.starting import doubt_again, start
from docchain.engine.machine.state import RunState
from docchain.engine.machine.turn import Turn


def on_started(turn: Turn, fact: f.Started) -> None:
    if turn.state.due is not None:
        turn.commands.append(SetTimer(s.OF_THE_RUN, turn.state.due))
    else:
        begin(turn, fact.at, fresh=not fact.seed)


def begin(turn: Turn, at: int, *, fresh: bool = False) -> None:
    if turn.plan.refusal:
        turn.queue.append(f.Ended(at, s.FAILED, failure="bug", message=turn.plan.refusal))
    elif turn.state.status == s.PAUSED:
        return
    elif fresh and turn.plan.first:
        for planned in turn.plan.first:
            consider(turn, planned, at)
    else:
        sweep(turn, at)


def on_cancel(turn: Turn, fact: f.CancelRequested) -> None:
    stop(turn, fact.at, s.CANCELLED, ("", fact.reason, ""))


def on_resumed(turn: Turn, fact: f.Resumed) -> None:
    state, at = turn.state, fact.at
    if s.OF_THE_RUN in state.held:
        begin(turn, at)
    if s.OF_THE_RUN in state.held or state.status == s.PENDING:
        return
    held = list(dict.fromkeys(state.held))
    woken = [name for name in held if state.steps[name].status == s.PENDING]
    for name in woken:
        start(turn, turn.plan.steps[name], at)
    follow_all(turn, [name for name in held if name not in woken], at)
    for name, fan in state.fans.items():
        if fan.held and state.steps[name].status == s.MAPPING and not fan.failing:
            begin_items(turn, name, fan.settled - fan.held + concurrency(turn, name), at)


def on_reopened(turn: Turn, fact: f.Reopened) -> None:
    if turn.plan.refusal:
        begin(turn, fact.at)
        return
    for name, step in turn.state.steps.items():
        if step.status == s.MAPPING:
            begin_items(turn, name, 0, fact.at)
        elif step.status == s.UNKNOWN and step.signal is None and not step.of:
            doubt_again(turn, turn.plan.steps[name], fact.at)
    sweep(turn, fact.at)


def pick_up(turn: Turn, at: int) -> None:
    """After a fold: reissue what was under way; effects caught between intent and outcome are in doubt."""
    state = turn.state
    if state.due is not None:
        turn.commands.append(SetTimer(s.OF_THE_RUN, state.due))
    for name, step in state.steps.items():
        if step.called is not None:
            _call_again(turn, step.called, step.of)
        elif step.status == s.SENDING or (
            step.status == s.UNKNOWN and step.signal is None and _is_open(state, step.of)
        ):
            doubt_again(turn, turn.plan.steps[name], at)
        for due in (step.due, step.expires):
            if due is not None:
                turn.commands.append(SetTimer(name, due))
    held = set(state.held) if state.status == s.PAUSED else set()
    if not state.stopping and state.due is None and s.OF_THE_RUN not in held:
        _start_again(turn, held, at)


def _call_again(turn: Turn, called: f.Called, of: str) -> None:
    turn.commands.append(StartChild(called))
    if turn.state.stopping or (of and turn.state.fans[of].failing):
        turn.commands.append(CancelChild(called.run, turn.state.message))


def _is_open(state: RunState, of: str) -> bool:
    return not state.stopping and (not of or state.steps[of].status == s.MAPPING)


def _start_again(turn: Turn, held: set[str], at: int) -> None:
    """Steps and items that were begun and have no outcome; those held back by a pause stay so."""
    state = turn.state
    for name, planned in turn.plan.steps.items():
        if state.steps[name].status != s.PENDING or name in held or not is_due(state, planned):
            continue
        if not comes_due_with(state, planned, held):
            consider(turn, planned, at)
    for name, fan in state.fans.items():
        if state.steps[name].status == s.MAPPING and not fan.failing:
            begun = fan.settled - (fan.held if state.status == s.PAUSED else 0) + concurrency(turn, name)
            for item in (item_name(name, index) for index in fan.indexes(0, begun)):
                if state.steps[item].status == s.PENDING and item not in held:
                    start(turn, turn.plan.steps[item], at)
