"""Custom fields: their definitions, and the values that fit them; every fault is told at once, with its path."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docchain.platform.errors import FieldFault

Plain = Literal["text", "number", "money", "date", "boolean", "enumeration"]
Kind = Literal["text", "number", "money", "date", "boolean", "enumeration", "list"]
LONGEST_TEXT: Final = 2_000
LONGEST_FACET: Final = 200
MOST_ITEMS: Final = 100
_CURRENCY: Final = 3
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,4})?")
_LONGEST_NUMBER: Final = 40


class FieldDefinition(BaseModel):
    """A field that documents of a type have."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "total", "kind": "money", "required": True}}
    )

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
    kind: Kind = "text"
    title: str = Field("", max_length=100)
    required: bool = False
    options: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        [], max_length=200, description="What an enumeration is one of."
    )
    of: Plain | None = Field(None, description="What a list has.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if ("enumeration" in (self.kind, self.of)) != bool(self.options):
            raise ValueError("`options` are for an enumeration, and an enumeration needs them")
        if (self.kind == "list") != (self.of is not None):
            raise ValueError("`of` is for a list, and a list needs it")
        return self


class _Fault(ValueError):
    """A value that does not fit; `path` leads to it within the value."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


def checked(
    definitions: Sequence[FieldDefinition], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldFault]]:
    """The values as they are kept, in the order of their definitions, and what is wrong with them."""
    known = {definition.name for definition in definitions}
    faults = [_unknown(name, known) for name in values if name not in known]
    kept: dict[str, Any] = {}
    for definition in definitions:
        path = f"fields.{definition.name}"
        given = values.get(definition.name)
        if given is None:
            if definition.required:
                faults.append(FieldFault(path, "is required by the type of the document", "required"))
            continue
        try:
            kept[definition.name] = _read(definition, definition.kind, given)
        except _Fault as fault:
            faults.append(FieldFault(path + fault.path, str(fault), "bad_value"))
    return kept, faults


def facets_of(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a document can be listed by; a long text cannot."""
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            text = facet_value(item)
            if len(text) <= LONGEST_FACET:
                yield f"field:{name}", text


def facet_value(value: Any) -> str:
    """One spelling for each value: `1210.50 EUR`, `true`, `2026-05-01`, `12.5`; texts in one case."""
    if isinstance(value, Mapping):
        return f"{_spelled(Decimal(value['amount']))} {value['currency']}"
    if isinstance(value, bool):
        return str(value).lower()
    return _spelled(Decimal(str(value))) if isinstance(value, int | float) else str(value).casefold()


def asked_value(text: str) -> str:
    """The same of what somebody asks for: `1210.50` finds 1210.5."""
    amount, _, currency = text.strip().partition(" ")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return text.strip().casefold()
    if abs(number.adjusted()) > _LONGEST_NUMBER:  # `1e999999` is spelled with a million digits
        return text.strip().casefold()
    return f"{_spelled(number)} {currency.upper()}".strip()


def _unknown(name: str, known: set[str]) -> FieldFault:
    others = ", ".join(sorted(known))
    told = f"is no field of the type; it has {others}" if others else "needs a type that has this field"
    return FieldFault(f"fields.{name}", told, "unknown_field")


def _read(definition: FieldDefinition, kind: Kind, value: Any) -> Any:
    match kind:
        case "text":
            return _text(value)
        case "number":
            return _number(value)
        case "money":
            return _money(value)
        case "date":
            return _date(value)
        case "boolean":
            if not isinstance(value, bool):
                raise _Fault("must be true or false")
            return value
        case "enumeration":
            if value not in definition.options:
                raise _Fault(f"must be one of {', '.join(definition.options)}")
            return value
    return _list(definition, value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _Fault("must be a text")
    if len(value) > LONGEST_TEXT:
        raise _Fault(f"must have {LONGEST_TEXT:,} characters at most")
    return value.strip()


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:  # noqa: PLR2004 - exact in JSON
        raise _Fault("must be a number")
    return value


def _money(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.keys() != {"amount", "currency"}:
        raise _Fault('must be an amount with its currency: {"amount": "1210.00", "currency": "EUR"}')
    amount, currency = value["amount"], value["currency"]
    if not (isinstance(currency, str) and len(currency) == _CURRENCY and currency.isascii() and currency.isalpha()):
        raise _Fault("must be a currency of three letters, such as EUR", ".currency")
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
        raise _Fault('must be a decimal as text, such as "1210.00", of up to 15 digits and 4 decimals', ".amount")
    return {"amount": f"{Decimal(amount):f}", "currency": currency.upper()}


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise _Fault("must be a date such as 2026-05-01") from None


def _list(definition: FieldDefinition, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise _Fault(f"must be a list of up to {MOST_ITEMS} values")
    kept = []
    for index, item in enumerate(value):
        try:
            kept.append(_read(definition, definition.of or "text", item))
        except _Fault as fault:
            raise _Fault(str(fault), f"[{index}]{fault.path}") from None
    return kept


def _spelled(number: Decimal) -> str:
    plain = f"{number:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"
