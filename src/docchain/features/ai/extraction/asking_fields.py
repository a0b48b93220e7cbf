"""How a model is asked for fields, and how its answer is read: a value, the words it stands in, their page."""

from collections.abc import Mapping
from typing import Any, Final

from docchain.features.ai.json_schema import closed
from docchain.features.extraction import FieldSpec, Said

_STRING: Final = {"type": ["string", "null"]}
_NUMBER: Final = {"type": ["number", "null"]}
_LINE: Final = ("description", "quantity", "unit_price", "amount")
_HOW: Final[Mapping[str, str]] = {
    "money": "an amount with its currency, as `1234.56 EUR`",
    "date": "a date as YYYY-MM-DD",
    "currency": "an ISO 4217 code",
    "iban": "an IBAN",
    "tax_id": "a tax id as printed",
    "lines": "a list of rows",
    "number": "a number",
    "integer": "a whole number",
}


def schema_of(wanted: Mapping[str, FieldSpec]) -> dict[str, Any]:
    """The JSON Schema of the answer."""
    return closed({name: _found(spec) for name, spec in wanted.items()})


def instruction_of(wanted: Mapping[str, FieldSpec]) -> str:
    """What is told about the fields."""
    return (
        "Read these fields from the document. Of each give `value`, `quote` (the words it stands in, word by word) and "
        "`page` (its number). What the document does not say is null. Invent nothing.\nFields:\n"
        + "\n".join(f"- {name}: {_told(spec)}" for name, spec in wanted.items())
    )


def said_in(value: Any, wanted: Mapping[str, FieldSpec]) -> dict[str, Said]:
    """What a model said of each field."""
    given = value if isinstance(value, Mapping) else {}
    found = {name: given[name] for name in wanted if isinstance(given.get(name), Mapping)}
    return {
        name: Said(item.get("value"), str(item.get("quote") or "")[:2_000], _page(item.get("page")))
        for name, item in found.items()
        if item.get("value") not in (None, "", [])
    }


def _page(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _told(spec: FieldSpec) -> str:
    how = f"one of {', '.join(spec.values)}" if spec.type == "enum" else _HOW.get(spec.type, "text as printed")
    labels = ", ".join(label.removeprefix("=") for label in spec.labels[:6])
    return f"{how}; on paper: {labels}" if labels else how


def _found(spec: FieldSpec) -> dict[str, Any]:
    kinds: dict[str, Any] = {"number": _NUMBER, "integer": {"type": ["integer", "null"]}, "lines": _rows(spec)}
    return closed({"value": kinds.get(spec.type, _STRING), "quote": _STRING, "page": {"type": ["integer", "null"]}})


def _rows(spec: FieldSpec) -> dict[str, Any]:
    names = list(spec.columns) or _LINE
    return {"type": ["array", "null"], "items": closed(dict.fromkeys(names, _STRING))}
