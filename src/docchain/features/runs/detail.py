"""One run step by step, from its definition, its state and its facts; computed, never stored."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from docchain.engine.definition import WorkflowSpec
from docchain.engine.definition.graph import read_graph
from docchain.engine.definition.models import StepSpec
from docchain.engine.expressions import ExpressionError, compile_value
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.state import RunState, StepState, scope_of
from docchain.features.runs.domain import moment, wait_of
from docchain.features.runs.schemas import Attempt, StepDetail
from docchain.platform.secrecy import masked

_OUTCOMES: Final[dict[type, Any]] = {
    f.Done: "done",
    f.Signalled: "done",
    f.Failed: "failed",
    f.Waiting: "waiting",
    f.Unknown: "unknown",
}


def step_details(spec: WorkflowSpec, state: RunState, facts: Iterable[Any]) -> list[StepDetail]:
    """Every step in the order of the definition."""
    needs = read_graph(spec, []).needs
    attempts = _attempts(facts)
    return [_detail(step, needs[step.id], state, attempts.get(step.id, [])) for step in spec.steps]


def _detail(spec: StepSpec, needs: tuple[str, ...], state: RunState, attempts: list[Attempt]) -> StepDetail:
    step = state.steps[spec.id]
    begun = _begun_at(step, needs, state)
    return StepDetail(
        id=spec.id,
        kind=spec.use,
        title=spec.title,
        status=step.status,
        needs=list(needs),
        input=_input(spec, state) if begun is not None else None,
        output=state.outputs.get(spec.id),
        attempts=attempts,
        waits_for=wait_of(step),
        request=step.request if step.status == s.WAITING else None,
        next_attempt_at=_when(step.due) if step.status == s.RETRYING else None,
        expires_at=_when(step.expires),
        failure=step.failure or None,
        message=step.message or None,
        hint=step.hint or None,
        started_at=_when(begun),
        ended_at=_when(step.ended_at),
    )


def _begun_at(step: StepState, needs: tuple[str, ...], state: RunState) -> int | None:
    """When a step could begin: at once after the last step it needs; a skipped one never did."""
    if step.status == s.SKIPPED:
        return None
    ends = [state.steps[need].ended_at for need in needs]
    if any(end is None for end in ends) or (step.status == s.CANCELLED and step.ended_at is None):
        return None
    return max([state.started_at, *(end for end in ends if end is not None)]) or None


def _input(spec: StepSpec, state: RunState) -> Any:
    """Outputs never change, so the parameters come out as they did when the step ran."""
    try:
        return masked(compile_value(spec.with_, "with", []).render(scope_of(state)))
    except ExpressionError:
        return None


def _attempts(facts: Iterable[Any]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for fact in facts:
        outcome = _OUTCOMES.get(type(fact))
        if outcome is None:
            continue
        told = found.setdefault(fact.step, [])
        number = getattr(fact, "attempt", told[-1].attempt if told else 1)
        attempt = Attempt(
            attempt=number,
            outcome=outcome,
            at=moment(fact.at),
            failure=getattr(fact, "failure", None),
            message=getattr(fact, "message", None) or None,
            hint=getattr(fact, "hint", None) or None,
        )
        if told and told[-1].attempt == number:
            told[-1] = attempt
        else:
            told.append(attempt)
    return found


def _when(micros: int | None) -> datetime | None:
    return None if micros is None else moment(micros)
