"""Parameters against their step kind's model, as far as they can be known before a run."""

from typing import Any, Final

from pydantic import ValidationError

from docchain.engine.definition.faults import Fault, from_pydantic
from docchain.engine.definition.models import InputType, StepSpec, WorkflowSpec
from docchain.engine.kinds import StepKind

_SAMPLE_REFERENCE: Final = {
    "document_id": "0198c0de-0000-7000-8000-000000000000",
    "version_id": "0198c0de-0000-7000-8000-000000000001",
    "sha256": "0" * 64,
    "media_type": "application/pdf",
    "name": "sample.pdf",
    "size": 1,
}
_SAMPLES: Final[dict[InputType, Any]] = {
    "number": 1.5,
    "integer": 1,
    "boolean": True,
    "document": _SAMPLE_REFERENCE,
    "documents": [_SAMPLE_REFERENCE],
    "money": {"amount": "1.00", "currency": "EUR"},
}
_OPEN: Final = object()


def check_parameters(spec: WorkflowSpec, kind: StepKind, given: dict[str, Any], path: str, faults: list[Fault]) -> None:
    """Literal values are checked as they are, lone `${inputs.x}` by a sample of the input's type."""
    values = {name: _substitute(spec, value) for name, value in given.items()}
    open_ = {name for name, value in values.items() if value is _OPEN}
    try:
        kind.params.model_validate({name: value for name, value in values.items() if value is not _OPEN})
    except ValidationError as error:
        aliases = {field.alias or name for name, field in kind.params.model_fields.items()}
        told = from_pydantic(error, f"{path}.with")
        for fault in told:
            name = fault.path.removeprefix(f"{path}.with").lstrip(".").split(".")[0].split("[")[0]
            if name in open_ or (not name and open_):
                continue
            if any(other.path.startswith(f"{fault.path}[") for other in told):  # a list is short of its wrong items
                continue
            faults.append(_explained(spec, kind, fault, name, given, aliases))
    unknown = open_ - {field.alias or name for name, field in kind.params.model_fields.items()}
    if kind.params.model_config.get("extra") == "forbid":
        faults.extend(
            Fault(f"{path}.with.{name}", "unknown_field", "is no known field here; remove it or correct its name")
            for name in sorted(unknown)
        )


def check_items(spec: WorkflowSpec, step: StepSpec, path: str, faults: list[Fault]) -> None:
    """A lone `${inputs.x}` must be an input that can hold a list."""
    items = step.for_each.items if step.for_each else None
    name = _input_of(spec, items) if isinstance(items, str) else ""
    if isinstance(items, str) and "${" not in items:
        faults.append(Fault(f"{path}.for_each.items", "type", 'is a text, not a list; did you mean "${…}"?'))
    elif name and spec.inputs[name].type not in {"list", "documents", "any"}:
        declared = spec.inputs[name].type
        faults.append(Fault(f"{path}.for_each.items", "type", f"{items} is a {declared}, but for_each wants a list"))


def _explained(
    spec: WorkflowSpec, kind: StepKind, fault: Fault, name: str, given: dict[str, Any], aliases: set[str]
) -> Fault:
    source = given.get(name)
    if isinstance(source, str) and _input_of(spec, source):
        declared = spec.inputs[_input_of(spec, source)].type
        return Fault(
            fault.path, "type", f"{source} is a {declared}, but {kind.name} wants something else here: {fault.message}"
        )
    if fault.code == "unknown_field" and name not in aliases:
        return Fault(
            fault.path, fault.code, f"{kind.name} has no parameter {name!r}; it takes {', '.join(sorted(aliases))}"
        )
    return fault


def _input_of(spec: WorkflowSpec, text: str) -> str:
    if text.startswith("${inputs.") and text.endswith("}"):
        name = text[len("${inputs.") : -1]
        return name if name in spec.inputs else ""
    return ""


def _substitute(spec: WorkflowSpec, value: Any) -> Any:
    if isinstance(value, str):
        if "${" not in value:
            return value
        name = _input_of(spec, value)
        return _SAMPLES.get(spec.inputs[name].type, _OPEN) if name else _OPEN
    if isinstance(value, dict) and any(_substitute(spec, item) is _OPEN for item in value.values()):
        return _OPEN
    if isinstance(value, list) and any(_substitute(spec, item) is _OPEN for item in value):
        return _OPEN
    return value
