"""What a fork takes over from the run it begins with; pure, no I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from docchain.engine.definition import WorkflowSpec
from docchain.engine.definition.graph import read_graph
from docchain.engine.machine import state as s
from docchain.engine.machine.state import RunState
from docchain.features.runs.errors import CannotFork, StepNotFound
from docchain.platform.errors import FieldFault

_OTHER_VERSION = "Fork from an earlier step, or give `pins` for what changed."


def taken_over(
    followed: WorkflowSpec, target: WorkflowSpec, state: RunState, first: str, pins: Mapping[str, Any]
) -> tuple[dict[str, Any], Sequence[str]]:
    """Outputs of steps that count as done, and the steps to run (none: all the others).

    Args:
        followed: what the run followed.
        target: what the fork is to follow.
        state: the run.
        first: the step the fork begins with.
        pins: outputs given by hand.

    Raises:
        CannotFork: where the target lacks, or changed the kind of, a step whose output would be taken over.
    """
    kinds = {step.id: step.use for step in target.steps}
    before = {step.id: step.use for step in followed.steps}
    _check_named(kinds, first, pins)
    again, was_after = _followers(target, first), _followers(followed, first)
    done = [step for step in before if _status(state, step) == s.DONE and step not in pins]
    faults = [*_missing(done, kinds, was_after), *_changed(done, before, kinds, again)]
    if faults:
        raise CannotFork(
            f"{len(faults)} of the steps before {first!r} cannot be taken over.", errors=faults, hint=_OTHER_VERSION
        )
    seed = {step: state.outputs.get(step) for step in done if step in kinds and step not in again}
    skipped = {step for step in before if _status(state, step) == s.SKIPPED and step not in again}
    only = [step for step in kinds if step not in skipped] if skipped else []
    return {**seed, **pins}, only


def _status(state: RunState, step: str) -> str:
    return state.steps[step].status if step in state.steps else ""


def _check_named(kinds: Mapping[str, str], first: str, pins: Mapping[str, Any]) -> None:
    for step in (first, *pins):
        if step not in kinds:
            raise StepNotFound(step, list(kinds))
    if first in pins:
        fault = FieldFault(f"pins.{first}", "is run again, so it cannot be pinned", "pinned")
        raise CannotFork(f"Step {first!r} is to run again, so it cannot be pinned.", errors=[fault])


def _missing(done: Sequence[str], kinds: Mapping[str, str], was_after: set[str]) -> list[FieldFault]:
    gone = [step for step in done if step not in kinds and step not in was_after]
    return [FieldFault(f"steps.{step}", "is no step of the version to follow", "unknown_step") for step in gone]


def _changed(
    done: Sequence[str], before: Mapping[str, str], kinds: Mapping[str, str], again: set[str]
) -> list[FieldFault]:
    other = [step for step in done if step in kinds and step not in again and kinds[step] != before[step]]
    return [
        FieldFault(f"steps.{step}.use", f"was {before[step]} in the run and is {kinds[step]} now", "changed_kind")
        for step in other
    ]


def _followers(spec: WorkflowSpec, first: str) -> set[str]:
    """The step and all that comes after it."""
    followers: dict[str, list[str]] = {}
    for step, needs in read_graph(spec, []).needs.items():
        for need in needs:
            followers.setdefault(need, []).append(step)
    found, open_ = {first}, [first]
    while open_:
        for step in followers.get(open_.pop(), ()):
            if step not in found:
                found.add(step)
                open_.append(step)
    return found
