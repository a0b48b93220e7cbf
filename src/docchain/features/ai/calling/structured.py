"""Structured answers: checked against the schema that was asked for, and how a model is asked to mend one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from docchain.features.ai.port import Ask, Message
from docchain.platform.errors import FieldFault

_MOST: Final = 20
_SHOWN: Final = 4_000


def faults_in(value: Any, schema: Mapping[str, Any]) -> list[FieldFault]:
    """Where a value does not fit its schema."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - with the first structured answer

    if value is None and not Draft202012Validator(schema).is_valid(None):
        return [FieldFault("", "The answer is no JSON.", "not_json")]
    found = Draft202012Validator(schema).iter_errors(value)
    return [
        FieldFault(error.json_path.removeprefix("$").lstrip("."), error.message[:300], str(error.validator))
        for error, _ in zip(found, range(_MOST), strict=False)
    ]


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """Why something is no JSON Schema."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - the same

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:500]
    return None


def salvaged(text: str) -> Any:
    """The JSON in an answer that has more around it, such as a fence; None where there is none."""
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0]
    except ValueError:
        return None


def mending(ask: Ask, text: str, faults: list[FieldFault]) -> Ask:
    """The same question, with the answer and what is wrong with it."""
    told = "\n".join(f"- {fault.path or '(the whole)'}: {fault.message}" for fault in faults)
    wish = f"Your answer does not fit the schema:\n{told}\nAnswer again, with the corrected JSON and nothing else."
    return replace(ask, messages=(*ask.messages, Message("assistant", text[:_SHOWN] or "{}"), Message("user", wish)))
