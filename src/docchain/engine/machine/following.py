"""What a settled step sets going: the steps that needed it, and with the last one the end of the run."""

from docchain.engine.expressions import ExpressionError
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.branches import comes_due_with, is_due, is_settled, is_unhandled, reason_to_skip
from docchain.engine.machine.ending import end_when_quiet
from docchain.engine.machine.items import fan_out, on_item_settled
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.starting import decided, run
from docchain.engine.machine.turn import Turn


def consider(turn: Turn, planned: PlannedStep, at: int) -> None:
    """A step whose turn has come is skipped, fanned out or run."""
    state = turn.state
    if planned.plain and not (state.barred or state.only):  # nearly all of them
        run(turn, planned, at)
        return
    because = reason_to_skip(state, planned)
    if because is not None:
        turn.queue.append(f.Skipped(at, planned.id, because))
    elif planned.for_each is not None:
        if planned.for_each.each_when or decided(turn, planned, at):
            fan_out(turn, planned, planned.for_each, at)
    elif decided(turn, planned, at):
        run(turn, planned, at)


def on_settled(turn: Turn, fact: f.Done | f.Skipped | f.Signalled | f.Gathered | f.Caught) -> None:
    state, plan = turn.state, turn.plan
    if state.stopping:
        end_when_quiet(turn, fact.at)
        return
    planned = plan.steps[fact.step]
    if planned.of:
        on_item_settled(turn, planned, fact.at)
    elif state.status != s.PAUSED:
        for dependent in planned.dependents:
            follower = plan.steps[dependent]
            if state.steps[dependent].status != s.PENDING:
                continue
            if len(follower.needs) == 1 or comes_due_with(state, follower, {fact.step}):
                consider(turn, follower, fact.at)
    if state.patched:
        succeed_when_settled(turn, fact.at)
    elif planned.last and (len(plan.last) == 1 or all(is_settled(state, last) for last in plan.last)):
        succeed(turn, fact.at)


def on_caught(turn: Turn, fact: f.Caught) -> None:
    turn.scope = None
    on_settled(turn, fact)


def follow_all(turn: Turn, settled: list[str], at: int) -> None:
    """The followers of several steps that settled meanwhile, each once."""
    just = set(settled)
    followers = dict.fromkeys(name for done in settled for name in turn.plan.steps[done].dependents)
    for name in followers:
        planned = turn.plan.steps[name]
        if turn.state.steps[name].status == s.PENDING and comes_due_with(turn.state, planned, just):
            consider(turn, planned, at)
    succeed_when_settled(turn, at)


def sweep(turn: Turn, at: int) -> None:
    """Look at every step, for a run that does not begin at its beginning."""
    for planned in turn.plan.steps.values():
        if turn.state.steps[planned.id].status == s.PENDING and is_due(turn.state, planned):
            consider(turn, planned, at)
    succeed_when_settled(turn, at)


def succeed_when_settled(turn: Turn, at: int) -> None:
    last = turn.plan.steps if turn.state.patched else turn.plan.last
    if all(is_settled(turn.state, name) for name in last):
        succeed(turn, at)


def succeed(turn: Turn, at: int) -> None:
    """The end of a run in which nothing failed, or only what a handler took care of."""
    if turn.state.caught and _fail_unhandled(turn, at):
        return
    template = turn.plan.output
    try:
        output = template.render(None if template.constant else turn.run_scope())
    except ExpressionError as error:
        turn.queue.append(f.Ended(at, s.FAILED, failure="bad_input", message=f"output: {error}"))
        return
    turn.queue.append(f.Ended(at, s.SUCCEEDED, output))


def _fail_unhandled(turn: Turn, at: int) -> bool:
    """A failure that was caught must not vanish with a handler that never came about."""
    state = turn.state
    for name in turn.plan.steps:
        if name in state.caught and is_unhandled(state, name):
            step, handler = state.steps[name], state.caught[name]
            why = "is not among the steps to run" if state.only and handler not in state.only else "could not run"
            message = f"{step.message} (and its handler {handler!r} {why})"
            turn.queue.append(f.Ended(at, s.FAILED, failure=step.failure, message=message, step=name))
            return True
    return False
