"""A trial: some steps of a definition, on pinned outputs of the others; pure rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docchain.engine.definition import DefinitionError, Fault, WorkflowSpec
from docchain.engine.definition.models import StepSpec
from docchain.engine.expressions import compile_value


def trial_of(spec: WorkflowSpec, steps: Sequence[str], pins: Mapping[str, Any]) -> WorkflowSpec:
    """The definition whose output is that of the chosen steps, and which asks only for inputs that they read.

    Raises:
        DefinitionError: a name is unknown, or a chosen step reads what is neither pinned nor run.
    """
    known = {step.id: place for place, step in enumerate(spec.steps)}
    faults = [
        *(_unknown(f"steps[{place}]", name) for place, name in enumerate(steps) if name not in known),
        *(_unknown(f"pins.{name}", name) for name in pins if name not in known),
        *(Fault(f"pins.{name}", "invalid", "is run, so it cannot be pinned") for name in pins if name in steps),
    ]
    chosen = [(known[name], spec.steps[known[name]]) for name in steps if name in known]
    read: set[str] = set()
    for where, root, name in (found for place, step in chosen for found in _reads(place, step)):
        if root == "inputs":
            read.update([name] if name else spec.inputs)
        elif root == "steps" and name not in steps and name not in pins:
            faults.append(_unpinned(where, name))
    if faults:
        raise DefinitionError(dict.fromkeys(faults))
    inputs = {
        name: declared if name in read else declared.model_copy(update={"required": False})
        for name, declared in spec.inputs.items()
    }
    output = {name: f"${{steps.{name}}}" for name in dict.fromkeys(steps)}
    return spec.model_copy(update={"inputs": inputs, "output": output})


def _unknown(path: str, name: str) -> Fault:
    return Fault(path, "reference", f"no step is named {name!r}")


def _unpinned(where: str, name: str) -> Fault:
    what = f"steps.{name}" if name else "steps"
    return Fault(where, "not_pinned", f"reads {what}, which is neither pinned nor run; pin its output or run it too")


def _reads(place: int, step: StepSpec) -> Iterator[tuple[str, str, str]]:
    """Where a step reads something, the root it reads from, and the name below the root; empty for all of it."""
    values: dict[str, Any] = {"with": step.with_}
    if step.for_each is not None:
        values["for_each"] = {"items": step.for_each.items}
    if isinstance(step.when, str):
        condition = step.when.strip()
        values["when"] = condition if condition.startswith("${") else f"${{{condition}}}"
    compiled = compile_value(values, f"steps[{place}]", [])
    for where, expression in compiled.expressions:
        for path in expression.paths:
            yield where, str(path[0]), str(path[1]) if len(path) > 1 else ""
