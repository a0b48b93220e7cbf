"""What expressions name must exist: declared inputs, steps that come before, fields a step kind really has."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any, get_args

from pydantic import BaseModel

from docchain.engine.definition.faults import Fault, did_you_mean
from docchain.engine.definition.models import WorkflowSpec
from docchain.engine.expressions import Expression
from docchain.engine.kinds import Kinds

_RUN_FIELDS = frozenset({"id", "actor", "workflow"})


def check_references(
    spec: WorkflowSpec,
    expressions: Iterable[tuple[str, Expression]],
    before: AbstractSet[str],
    kinds: Kinds,
    faults: list[Fault],
) -> None:
    uses = {step.id: step.use for step in spec.steps}
    for where, expression in expressions:
        problems = (_problem(spec, path, before, uses, kinds) for path in expression.paths)
        faults.extend(Fault(where, "reference", problem) for problem in problems if problem)


def _problem(
    spec: WorkflowSpec, path: tuple[str | int, ...], before: AbstractSet[str], uses: dict[str, str], kinds: Kinds
) -> str:
    root, name = str(path[0]), str(path[1]) if len(path) > 1 else None
    if root == "inputs" and name is not None and name not in spec.inputs:
        return f"inputs.{name} is not declared{did_you_mean(name, spec.inputs)}"
    if root == "run" and name is not None and name not in _RUN_FIELDS:
        return f"run.{name} does not exist; there are run.{', run.'.join(sorted(_RUN_FIELDS))}"
    if root != "steps":
        return ""
    if name is None:
        return "steps needs a step's name, such as steps.text"
    if name not in uses:
        return f"no step is named {name!r}{did_you_mean(name, uses)}"
    if name not in before:
        return f"step {name!r} does not come before this one; add it to needs"
    kind = kinds.get(uses[name])
    return _field_problem(kind.result, path[2:], f"steps.{name}") if kind else ""


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
