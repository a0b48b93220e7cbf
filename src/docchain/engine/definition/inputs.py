"""Inputs of a run against what the workflow declares; undeclared ones are kept, with a warning."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Any, Final

from docchain.engine.definition.faults import DefinitionError, Fault
from docchain.engine.definition.models import InputSpec, InputType, WorkflowSpec
from docchain.engine.expressions.money import is_exact_money


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def is_reference(value: Any) -> bool:
    return isinstance(value, dict) and {"document_id", "version_id", "sha256"} <= value.keys()


_CHECKS: Final[dict[InputType, tuple[Callable[[Any], bool], str]]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "number": (_is_number, "a number"),
    "integer": (_is_whole, "a whole number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "date": (_is_date, "a date such as 2026-12-31"),
    "money": (is_exact_money, 'money such as {"amount": "12.50", "currency": "EUR"}'),
    "document": (is_reference, "a document (its id or handle)"),
    "documents": (lambda value: isinstance(value, list) and all(map(is_reference, value)), "a list of documents"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "list": (lambda value: isinstance(value, list), "a list"),
    "any": (lambda _: True, "anything"),
}


def read_inputs(spec: WorkflowSpec, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Complete and check `given`: the inputs with defaults, and a warning for each undeclared one.

    Raises:
        DefinitionError: with every missing or wrong input, by path.
    """
    values: dict[str, Any] = dict(given)
    faults: list[Fault] = []
    for name, declared in spec.inputs.items():
        if values.get(name) is None:
            if _is_required(declared) and not (name in given and declared.type == "any"):
                faults.append(Fault(f"inputs.{name}", "missing", f"is missing; give {_CHECKS[declared.type][1]}"))
            values[name] = deepcopy(declared.default)  # one definition is read by many
            continue
        test, wanted = _CHECKS[declared.type]
        if not test(values[name]):
            faults.append(Fault(f"inputs.{name}", "type", f"must be {wanted}"))
    if faults:
        raise DefinitionError(faults)
    warnings = [
        f"inputs.{name} is not declared by the workflow; it was kept" for name in given if name not in spec.inputs
    ]
    return values, warnings


def _is_required(declared: InputSpec) -> bool:
    return declared.default is None if declared.required is None else declared.required
