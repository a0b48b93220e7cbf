"""An approval's form: typed fields, and answers checked against them with every fault at once."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from docchain.engine.expressions.money import is_exact_money
from docchain.platform.errors import FieldFault
from docchain.platform.model import Model

FieldType = Literal["string", "number", "boolean", "date", "money", "enum"]


class FormField(Model):
    """One field that the answering person fills in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: FieldType = "string"
    title: str = ""
    required: bool = False
    options: tuple[str, ...] = Field((), max_length=500, description="What an enum may be.")
    default: Any = Field(None, description="What the form shows first; it counts only if it is sent.")

    @model_validator(mode="after")
    def _options_fit(self) -> "FormField":
        if (self.type == "enum") != bool(self.options):
            raise ValueError("options belong to an enum, and an enum needs them")
        return self


Form = dict[str, FormField]


def check_values(form: Form, values: Mapping[str, Any]) -> list[FieldFault]:
    """Every fault of an answer, by field path."""
    faults = [
        FieldFault(f"values.{name}", "is no field of the form; remove it", "unknown_field")
        for name in values
        if name not in form
    ]
    for name, field in form.items():
        value = values.get(name)
        if value is None or value == "":
            if field.required:
                faults.append(FieldFault(f"values.{name}", "is missing; fill it in", "missing"))
        elif problem := _problem(field, value):
            faults.append(FieldFault(f"values.{name}", problem, "type"))
    return faults


def _problem(field: FormField, value: Any) -> str:
    if field.type == "enum":
        return "" if value in field.options else f"must be one of {', '.join(field.options)}"
    fits, wanted = _CHECKS[field.type]
    return "" if fits(value) else f"must be {wanted}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


_CHECKS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "number": (_is_number, "a number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "date": (_is_date, "a date such as 2026-12-31"),
    "money": (is_exact_money, 'money such as {"amount": "12.50", "currency": "EUR"}'),
}
