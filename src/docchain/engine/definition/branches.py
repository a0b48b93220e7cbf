"""Handlers and joins: who goes on when a step fails, checked against the order of steps."""

from typing import Final

from docchain.engine.definition.faults import Fault, did_you_mean
from docchain.engine.definition.models import StepSpec, WorkflowSpec

Needs = dict[str, tuple[str, ...]]

_WORDS: Final = frozenset({"fail", "continue", "escalate"})


def handlers_of(step: StepSpec) -> list[tuple[str, str]]:
    """The steps that may go on after this one failed, each with the field that names it."""
    named = [("on_error", step.on_error)] if step.on_error else []
    return [*named, *([("timeout.then", timeout_to(step))] if timeout_to(step) else [])]


def timeout_to(step: StepSpec) -> str:
    """The handler of the step's time-out, if it has one."""
    return step.timeout.then if step.timeout and step.timeout.then not in _WORDS else ""


def all_handlers(spec: WorkflowSpec) -> set[str]:
    return {handler for step in spec.steps for _, handler in handlers_of(step)}


def add_handlers(spec: WorkflowSpec, needs: Needs, faults: list[Fault]) -> dict[str, frozenset[str]]:
    """Let handlers need the steps that name them; what each handler catches.

    A handler that would have to wait for itself is a fault, told where it is named.
    """
    catches: dict[str, set[str]] = {}
    for position, step in enumerate(spec.steps):
        for field, handler in handlers_of(step):
            if problem := _problem(step.id, handler, needs):
                faults.append(Fault(f"steps[{position}].{field}", *problem))
                continue
            catches.setdefault(handler, set()).add(step.id)
            if step.id not in needs[handler]:
                needs[handler] += (step.id,)
    return {handler: frozenset(caught) for handler, caught in catches.items()}


def _problem(step: str, handler: str, needs: Needs) -> tuple[str, str] | None:
    if handler not in needs:
        return "unknown_step", f"no step is named {handler!r}{did_you_mean(handler, needs)}"
    if handler == step:
        return "cycle", "a step cannot handle its own failure; name another step"
    if handler in before(needs, step):
        return "cycle", f"step {handler!r} comes before this one; name one that does not"
    return None


def check_joins(spec: WorkflowSpec, needs: Needs, catches: dict[str, frozenset[str]]) -> list[Fault]:
    return [
        Fault(f"steps[{position}].join", "invalid", "there is nothing to join: the step has no needs; remove join")
        for position, step in enumerate(spec.steps)
        if step.join != "all" and not set(needs[step.id]) - catches.get(step.id, frozenset())
    ]


def check_own_needs(
    spec: WorkflowSpec, needs: Needs, catches: dict[str, frozenset[str]], order: tuple[str, ...]
) -> list[Fault]:
    """A handler that needs what is skipped when it is wanted could never run."""
    steps = {step.id: step for step in spec.steps}
    faults = []
    for position, step in enumerate(spec.steps):
        for caught in sorted(catches.get(step.id, ())) if step.join != "settled" else ():
            lost = _skipped_with(caught, steps, needs, catches, order)
            own = [need for need in step.needs or () if need not in catches[step.id]]
            gone = [need for need in own if need in lost]
            if gone and (step.join == "all" or len(gone) == len(own)):
                path = f"steps[{position}].needs[{list(step.needs or ()).index(gone[0])}]"
                told = (
                    f"{step.id!r} goes on when {caught!r} failed, but {gone[0]!r} is skipped then; remove it from needs"
                )
                faults.append(Fault(path, "never", told))
                break
    return faults


def _skipped_with(
    failed: str, steps: dict[str, StepSpec], needs: Needs, catches: dict[str, frozenset[str]], order: tuple[str, ...]
) -> set[str]:
    """The steps that can not come about when this one failed and was caught; handlers are skipped otherwise."""
    lost = {failed}
    for name in order:
        if name in catches or not needs[name]:
            continue
        join, hit = steps[name].join, [need in lost for need in needs[name]]
        if (join == "all" and any(hit)) or (join == "any" and all(hit)):
            lost.add(name)
    return lost - {failed}


def before(needs: Needs, name: str) -> set[str]:
    """Every step that `name` waits for, directly or not."""
    seen: set[str] = set()
    open_ = list(needs.get(name, ()))
    while open_:
        step = open_.pop()
        if step not in seen:
            seen.add(step)
            open_.extend(needs.get(step, ()))
    return seen
