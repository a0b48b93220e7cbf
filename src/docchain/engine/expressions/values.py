"""`${…}` inside `with` and `output`: a lone `${expression}` keeps its type, one inside a text becomes text."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from docchain.engine.expressions.cel import Expression, ExpressionError

Scope = Mapping[str, Any]
Render = Callable[[Any], Any]


class Template:
    """A compiled JSON value with `${…}` in it: `expressions` by path, and `render`.

    `constant`: it has no expression; `plain`: rendering it is a look-up at most.
    """

    __slots__ = ("constant", "expressions", "plain", "render")

    def __init__(self, render: Render, expressions: list[tuple[str, Expression]]) -> None:
        self.render = render
        self.expressions = expressions
        self.constant = not expressions
        self.plain = self.constant or (render == expressions[0][1].evaluate and expressions[0][1].plain)


def compile_value(value: Any, path: str, faults: list[tuple[str, str]]) -> Template:
    """Compile `value`; every fault goes to `faults` as (path, message), so that all are told at once."""
    expressions: list[tuple[str, Expression]] = []
    return Template(_compile(value, path, expressions, faults), expressions)


def _compile(value: Any, path: str, expressions: list[tuple[str, Expression]], faults: list[tuple[str, str]]) -> Render:
    if isinstance(value, str):
        return _compile_text(value, path, expressions, faults)
    if not _mentions(value):
        return lambda _: value
    if isinstance(value, dict):
        fields = {key: _compile(item, f"{path}.{key}", expressions, faults) for key, item in value.items()}
        return lambda scope: {key: render(scope) for key, render in fields.items()}
    if isinstance(value, list):
        items = [_compile(item, f"{path}[{place}]", expressions, faults) for place, item in enumerate(value)]
        return lambda scope: [render(scope) for render in items]
    return lambda _: value


def _mentions(value: Any) -> bool:
    """Whether there is any `${` in it; a constant is handed out as it is, and nobody may change it."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any(map(_mentions, value.values()))
    return isinstance(value, list) and any(map(_mentions, value))


def _compile_text(
    text: str, path: str, expressions: list[tuple[str, Expression]], faults: list[tuple[str, str]]
) -> Render:
    if "${" not in text:
        return lambda _: text
    parts: list[str | Expression] = []
    try:
        for literal, source in split(text):
            if literal:
                parts.append(literal)
            if source is not None:
                expression = Expression(source)
                expressions.append((path, expression))
                parts.append(expression)
    except ExpressionError as error:
        faults.append((path, str(error)))
        return lambda _: None
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return parts[0].evaluate
    return lambda scope: "".join(part if isinstance(part, str) else as_text(part.evaluate(scope)) for part in parts)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def split(text: str) -> list[tuple[str, str | None]]:
    """`a ${b} c` → `[("a ", "b"), (" c", None)]`; `$${` is a literal `${`.

    Raises:
        ExpressionError: when a `${` is never closed.
    """
    pieces: list[tuple[str, str | None]] = []
    literal = ""
    place = 0
    while (start := text.find("${", place)) >= 0:
        if start > 0 and text[start - 1] == "$":
            literal += text[place : start - 1] + "${"
            place = start + 2
            continue
        end = _closing(text, start + 2)
        pieces.append((literal + text[place:start], text[start + 2 : end]))
        literal = ""
        place = end + 1
    pieces.append((literal + text[place:], None))
    return [piece for piece in pieces if piece != ("", None)]


def _closing(text: str, place: int) -> int:
    depth = 0
    quote = ""
    start = place
    while place < len(text):
        char = text[place]
        if quote:
            if char == "\\":
                place += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return place
            depth -= 1
        place += 1
    raise ExpressionError(f"${{{text[start : start + 40]}… is never closed by }}")
