"""Structured answers: checked against the schema that was asked for, and how a model is asked to mend one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from docchain.engine.expressions.patterns import Matcher
from docchain.features.ai.port import Ask, Message
from docchain.platform.errors import FieldFault

_MOST: Final = 20
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef"})
_SHOWN: Final = 4_000


def faults_in(value: Any, schema: Mapping[str, Any]) -> list[FieldFault]:
    """Where a value does not fit its schema; nothing is fetched for that."""
    validator = _validator(schema)
    try:
        if value is None and not validator.is_valid(None):
            return [FieldFault("", "The answer is no JSON.", "not_json")]
        found = [error for error, _ in zip(validator.iter_errors(value), range(_MOST), strict=False)]
    except RecursionError:
        return [FieldFault("", "The schema goes round in circles.", "schema")]
    return [
        FieldFault(error.json_path.removeprefix("$").lstrip("."), error.message[:300], str(error.validator))
        for error in found
    ]


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """Why something is no JSON Schema that is taken."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - with the first structured answer

    for name, told in _members(schema):
        if name in _REFERENCES and not (isinstance(told, str) and told.startswith("#")):
            return f"{name} leads out of the schema. Put what it means under $defs, and name it with `#/$defs/…`."
        if name == "patternProperties":
            return "patternProperties is not taken. Name the properties."
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:500]
    return None


def _validator(schema: Mapping[str, Any]) -> Any:
    """One that fetches nothing, and whose patterns end."""
    from jsonschema import Draft202012Validator, ValidationError, validators  # noqa: PLC0415 - the same
    from referencing import Registry  # noqa: PLC0415 - the same

    matcher = Matcher()

    def pattern(_validator: Any, wanted: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
        try:
            if isinstance(value, str) and not matcher.matches(value, wanted):
                yield ValidationError(f"{value[:100]!r} does not match {wanted!r}")
        except (ValueError, RuntimeError):
            yield ValidationError(f"The pattern {wanted[:100]!r} cannot be checked.")

    ours = validators.extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call] # no types there
    return ours(schema, registry=Registry())


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """All members of all objects, however deep."""
    if isinstance(value, Mapping):
        for name, told in value.items():
            yield str(name), told
            yield from _members(told)
    elif isinstance(value, list):
        for told in value:
            yield from _members(told)


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
