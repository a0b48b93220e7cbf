"""Rules of prompts: how one is named, what its digest is of, and which values fit its variables."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final, Literal

VariableType = Literal["text", "number", "boolean", "date", "enum", "list", "document"]
KIND: Final = "prompt"
PRODUCTION: Final = "production"
"""The label of the version that is taken where none is named."""
LATEST: Final = "latest"
"""Stands for the newest version, whatever it is; no label."""
MOST_PROMPTS: Final = 5_000
MOST_VERSIONS: Final = 1_000
MOST_LABELS: Final = 50
_MOST_NUMBER: Final = 2_147_483_647
_WANTED: Final[Mapping[VariableType, str]] = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date such as 2026-12-31",
    "list": "a list",
    "document": "a document (its id or handle)",
}


def named(reference: str) -> tuple[str, int | str | None]:
    """A prompt's name and the version that is meant: `offer`, `offer@3`, `offer@test`."""
    name, _, version = reference.partition("@")
    if version.isascii() and version.isdigit():
        return name, min(int(version[:10]), _MOST_NUMBER)
    return name, version or None


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a version says, whatever the order of its members."""
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def fault_of(kind: VariableType, value: Any, values: Sequence[str] = ()) -> str | None:
    """Why a value does not fit, if so."""
    if kind == "enum":
        return None if isinstance(value, str) and value in values else f"must be one of: {', '.join(values)[:300]}"
    return None if _fits(kind, value) else f"must be {_WANTED[kind]}"


def _fits(kind: VariableType, value: Any) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "number":
        return type(value) is int or (isinstance(value, float) and math.isfinite(value))
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "list":
        return isinstance(value, list)
    if kind == "document":
        return isinstance(value, str | Mapping)
    return kind == "date" and _is_date(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def text_of(value: Any) -> str:
    """A value as a prompt writes it: nothing for none, a line for each of a list."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(f"- {text_of(item) if not isinstance(item, list) else _json(item)}" for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
