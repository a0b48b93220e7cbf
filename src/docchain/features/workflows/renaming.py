"""A step's new name, followed by everything in a definition that names the step; pure."""

import re
from typing import Any, Final

from docchain.engine.expressions import ExpressionError
from docchain.engine.expressions.values import split

_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"


def renamed(definition: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The definition in which the step `old` is `new`: in needs, handlers, conditions and expressions."""
    steps = [_step(step, old, new) for step in definition.get("steps") or ()]
    values = {key: _value(value, old, new) for key, value in definition.items() if key not in {"steps", "inputs"}}
    return {key: steps if key == "steps" else values.get(key, value) for key, value in definition.items()}


def _step(step: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    made = {}
    for field, value in step.items():
        if field in {"id", "on_error"}:
            made[field] = new if value == old else value
        elif field == "needs":
            made[field] = [new if need == old else need for need in value] if isinstance(value, list) else value
        elif field == "timeout" and isinstance(value, dict) and value.get("then") == old:
            made[field] = {**value, "then": new}
        elif field == "when" and isinstance(value, str):
            made[field] = _expression(value, old, new)
        else:
            made[field] = _value(value, old, new)
    return made


def _value(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return _text(value, old, new) if "${" in value else value
    if isinstance(value, list):
        return [_value(item, old, new) for item in value]
    if isinstance(value, dict):
        return {key: _value(item, old, new) for key, item in value.items()}
    return value


def _text(text: str, old: str, new: str) -> str:
    try:
        pieces = split(text)
    except ExpressionError:
        return text
    told = [(literal.replace("${", "$${"), source) for literal, source in pieces]
    return "".join(
        literal + ("" if source is None else f"${{{_expression(source, old, new)}}}") for literal, source in told
    )


def _expression(text: str, old: str, new: str) -> str:
    """Names stand outside of quotes; `steps["old"]` is the one place where they stand within."""
    named = re.compile(
        rf"(?P<dot>(?<![\w.])(?:steps|errors)\s*\.\s*){re.escape(old)}(?!\w)"
        rf"|(?P<key>(?<![\w.])(?:steps|errors)\s*\[\s*['\"]){re.escape(old)}(?=['\"]\s*\])|{_QUOTED}"
    )

    def one(found: re.Match[str]) -> str:
        head = found["dot"] or found["key"]
        return head + new if head else found[0]

    return named.sub(one, text)
