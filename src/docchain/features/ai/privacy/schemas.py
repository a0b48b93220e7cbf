"""What schemas say to models: texts and values to choose from; names of fields and patterns are left as they are."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_SAYING: Final = frozenset({"title", "description", "$comment", "enum", "const", "default", "examples"})
_NAMING: Final = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})


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
    if name in _SAYING:
        return _said(told, say)
    if name in _NAMING and isinstance(told, Mapping):
        return {key: _told(inner, say) for key, inner in told.items()}
    return _told(told, say)


def _said(value: Any, say: Callable[[str], str]) -> Any:
    """A value as it stands: all texts in it; names of its members stay."""
    if isinstance(value, str):
        return say(value)
    if isinstance(value, list):
        return [_said(inner, say) for inner in value]
    return {name: _said(inner, say) for name, inner in value.items()} if isinstance(value, Mapping) else value
