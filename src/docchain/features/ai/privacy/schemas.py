"""What schemas say to models: every text in them; names, references, patterns and types are left as they are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from docchain.features.ai.json_schema import ALONE, BY_NAME, IN_LISTS

_KEPT: Final = frozenset(
    {"type", "required", "dependentRequired", "pattern", "$schema", "$ref", "$dynamicRef", "$anchor", "$dynamicAnchor"}
)


def texts_in(schema: Mapping[str, Any]) -> list[str]:
    """Every text that a schema says, in order."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _told(schema, note)
    return found


def with_texts(schema: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """The same schema, with other texts in the place of its own."""
    told: dict[str, Any] = _told(schema, said.__getitem__)
    return told


def _told(schema: Any, say: Callable[[str], str]) -> Any:
    if isinstance(schema, list):
        return [_told(inner, say) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {name: _member(name, told, say) for name, told in schema.items()}


def _member(name: str, told: Any, say: Callable[[str], str]) -> Any:
    if name in _KEPT:
        return told
    if name in BY_NAME and isinstance(told, Mapping):
        return {key: _told(inner, say) for key, inner in told.items()}
    return _told(told, say) if name in IN_LISTS | ALONE else _said(told, say)


def _said(value: Any, say: Callable[[str], str]) -> Any:
    """A value as it stands: all texts in it; names of its members stay."""
    if isinstance(value, str):
        return say(value)
    if isinstance(value, list):
        return [_said(inner, say) for inner in value]
    return {name: _said(inner, say) for name, inner in value.items()} if isinstance(value, Mapping) else value
