"""A step, or an item, whose turn has come: skipped, failed by its own expressions, or run."""

from docchain.engine.expressions import ExpressionError
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.turn import Turn


def start(turn: Turn, planned: PlannedStep, at: int) -> None:
    if decided(turn, planned, at):
        run(turn, planned, at)


def decided(turn: Turn, planned: PlannedStep, at: int) -> bool:
    """Whether the step's own condition lets it run; if not, the fact that says so is queued."""
    if planned.when is None:
        return True
    try:
        if _holds(turn, planned):
            return True
        turn.queue.append(f.Skipped(at, planned.id))
    except ExpressionError as error:
        attempt = turn.state.steps[planned.id].attempt
        turn.queue.append(f.Failed(at, planned.id, attempt, "bad_input", f"when: {error}"))
    return False


def _holds(turn: Turn, planned: PlannedStep) -> bool:
    if isinstance(planned.when, bool) or planned.when is None:
        return planned.when is not False
    value = planned.when.evaluate(turn.scope_for(planned))
    if not isinstance(value, bool):
        raise ExpressionError(f"{planned.when.source} is {value!r}, not true or false; compare it with something")
    return value


def run(turn: Turn, planned: PlannedStep, at: int) -> None:
    step, template = turn.state.steps[planned.id], planned.params
    try:
        params = template.render(None if template.constant else turn.scope_for(planned))
    except ExpressionError as error:
        turn.queue.append(f.Failed(at, planned.id, step.attempt, "bad_input", str(error)))
        return
    turn.commands.append(RunStep(planned.id, step.attempt, params))


def look_up(turn: Turn, planned: PlannedStep) -> None:
    step = turn.state.steps[planned.id]
    params = planned.params.render(turn.scope_for(planned))
    turn.commands.append(RunStep(planned.id, step.attempt, params, lookup=True))


def doubt_again(turn: Turn, planned: PlannedStep, at: int) -> None:
    """An effect whose outcome nobody recorded is in doubt: the step's policy decides."""
    step = turn.state.steps[planned.id]
    if step.status == s.UNKNOWN and planned.in_doubt == "lookup":
        look_up(turn, planned)
        return
    message = "the engine stopped between sending and the answer"
    turn.queue.append(f.Unknown(at, planned.id, step.attempt, planned.in_doubt, message))
