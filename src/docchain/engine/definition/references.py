"""What expressions name must exist: declared inputs, steps that come before, fields a step kind really has."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from docchain.engine.definition.branches import handlers_of
from docchain.engine.definition.faults import Fault, did_you_mean
from docchain.engine.definition.models import StepSpec, WorkflowSpec
from docchain.engine.expressions import Expression
from docchain.engine.kinds import Kinds

_RUN_FIELDS = frozenset({"id", "actor", "workflow"})
_ERROR_FIELDS = ("failure", "hint", "message")
_MAPPED_FIELDS = ("failed", "failures", "items", "succeeded")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the expressions of one place may name: the steps `before` it, and `item` where there is one."""

    spec: WorkflowSpec
    kinds: Kinds
    steps: Mapping[str, StepSpec]
    before: AbstractSet[str]
    item: bool = False


def check_references(sight: Sight, expressions: Iterable[tuple[str, Expression]], faults: list[Fault]) -> None:
    for where, expression in expressions:
        problems = (_problem(sight, path) for path in expression.paths)
        faults.extend(Fault(where, "reference", problem) for problem in problems if problem)


def _problem(sight: Sight, path: tuple[str | int, ...]) -> str:
    spec = sight.spec
    root, name = str(path[0]), str(path[1]) if len(path) > 1 else None
    if root in {"item", "index"} and not sight.item:
        return f"{root} exists only in `with` and `when` of a step with for_each"
    if root == "inputs" and name is not None and name not in spec.inputs:
        return f"inputs.{name} is not declared{did_you_mean(name, spec.inputs)}"
    if root == "run" and name is not None and name not in _RUN_FIELDS:
        return f"run.{name} does not exist; there are run.{', run.'.join(sorted(_RUN_FIELDS))}"
    return _step_problem(sight, root, name, path[2:]) if root in {"steps", "errors"} else ""


def _step_problem(sight: Sight, root: str, name: str | None, fields: tuple[str | int, ...]) -> str:
    if name is None:
        return f"{root} needs a step's name, such as {root}.text"
    if name not in sight.steps:
        return f"no step is named {name!r}{did_you_mean(name, sight.steps)}"
    if name not in sight.before:
        return f"step {name!r} does not come before this one; add it to needs"
    step = sight.steps[name]
    if root == "errors":
        return _error_problem(step, fields)
    kind = sight.kinds.get(step.use)
    if kind is None:
        return ""
    if step.for_each is None:
        return _field_problem(kind.result, fields, f"steps.{name}")
    return _mapped_problem(kind.result, fields, name)


def _error_problem(step: StepSpec, fields: tuple[str | int, ...]) -> str:
    if not handlers_of(step):
        return f"step {step.id!r} has no on_error, so that its failure ends the run; add on_error to it"
    if fields and fields[0] not in _ERROR_FIELDS:
        return f"errors.{step.id} has no field {fields[0]!r}; it has {', '.join(_ERROR_FIELDS)}"
    return ""


def _mapped_problem(result: type[BaseModel], fields: tuple[str | int, ...], name: str) -> str:
    if fields and fields[0] not in _MAPPED_FIELDS:
        return (
            f"{name} is a for_each step: it has {', '.join(_MAPPED_FIELDS)}, not {fields[0]!r}; "
            f"an item's output is steps.{name}.items[0]"
        )
    if len(fields) > 1 and fields[0] == "items" and isinstance(fields[1], int):
        return _field_problem(result, fields[2:], f"steps.{name}.items[{fields[1]}]")
    return ""


def _field_problem(model: type[BaseModel], path: tuple[str | int, ...], where: str) -> str:
    """Walk typed result fields as far as they are models; what is open below is not checked."""
    for part in path:
        if not isinstance(part, str) or model.model_config.get("extra") == "allow":
            return ""
        field = model.model_fields.get(part)
        if field is None:
            return f"{where} has no field {part!r}{did_you_mean(part, model.model_fields)}"
        inner = _model_in(field.annotation)
        if inner is None:
            return ""
        model, where = inner, f"{where}.{part}"
    return ""


def _model_in(annotation: Any) -> type[BaseModel] | None:
    candidates = [annotation, *get_args(annotation)]
    models = [item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)]
    return (
        models[0]
        if len(models) == 1 and len([item for item in candidates[1:] if item is not type(None)]) <= 1
        else None
    )
