"""JSON values as flat rows; its one rule: an amount and its currency are two columns, and a line is a row."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from docchain.features.documents.data_out.locales import Cell

Lines = Literal["none", "rows"]
Row = dict[str, Cell]
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"-?\d{1,40}(\.\d{1,20})?")
_NUMBERS: Final = frozenset({"quantity", "rate", "percent"})
DEEPEST: Final = 4
HEAD: Final = ("document", "name", "type", "correspondent", "status", "tags", "created_at")
"""What every row of a document begins with."""


def rows_of(head: Mapping[str, Cell], values: Mapping[str, Any], lines: Lines) -> Iterator[Row]:
    """The rows of one document: one, or one for each line item of it."""
    plain = {name: value for name, value in values.items() if not _is_lines(value)}
    row = {**head, **_flat(plain)}
    items = [item for value in values.values() if _is_lines(value) for item in value]
    if lines == "none" or not items:
        yield row
        return
    for number, item in enumerate(items, 1):
        told = _flat({name: value for name, value in item.items() if name != "path"}, "line")
        yield {**row, "line": Decimal(number), **told}


def values_in(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values of extracted fields, which say where they stand, too."""
    return {
        name: found["value"] if isinstance(found, Mapping) and "value" in found else found
        for name, found in fields.items()
    }


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _flat(values: Mapping[str, Any], within: str = "", depth: int = 0) -> Row:
    row: Row = {}
    for name, value in values.items():
        column = f"{within}.{name}" if within else str(name)
        if isinstance(value, Mapping):
            if value.keys() == {"amount", "currency"}:
                row[column] = _number(value["amount"])
                row[f"{column}.currency"] = value["currency"]
            elif depth < DEEPEST:
                row |= _flat(value, column, depth + 1)
        elif isinstance(value, list):
            row[column] = ", ".join(str(item) for item in value)
        else:
            row[column] = _cell(str(name), value)
    return row


def _cell(name: str, value: Any) -> Cell:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    text = str(value)
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return _number(text) if name in _NUMBERS else text


def _number(value: Any) -> Cell:
    text = str(value) if value is not None else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else text or None
