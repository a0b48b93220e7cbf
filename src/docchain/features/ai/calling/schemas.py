"""JSON Schemas that callers bring; its one rule: they lead nowhere else, and checking by them ends soon."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from docchain.features.ai.json_schema import ALONE, BY_NAME, IN_LISTS

_MOST_NODES: Final = 5_000
_MOST_DEEP: Final = 64
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef"})


class _TooMuch(Exception):
    """The schema is too large at this path, once its references are followed."""


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """Why something is no JSON Schema that is taken."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - with the first structured answer

    try:
        _Expanded(schema).size(schema, "$", 0)
    except _TooMuch as error:
        told = f"the schema has more than {_MOST_NODES:,} parts, or {_MOST_DEEP} within one another"
        return f"{error}: with all that it refers to, {told}. Say it with fewer branches."
    for name, told in _members(schema):
        if name in _REFERENCES and not (isinstance(told, str) and told.startswith("#")):
            return f"{name} leads out of the schema. Put what it means under $defs, and name it with `#/$defs/…`."
        if name in _REFERENCES and _schema_at(schema, told) is None:
            return f"{told[:200]}: there is no schema. Put one under $defs, and name it with `#/$defs/…`."
        if name == "patternProperties":
            return "patternProperties is not taken. Name the properties."
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:500]
    return None


class _Expanded:
    """Counts what a schema is with its references followed; each is counted once, and added as often as it is named."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._known: dict[str, int] = {}

    def size(self, value: Any, path: str, deep: int) -> int:
        """Raises `_TooMuch` with the innermost path that is."""
        if deep > _MOST_DEEP:
            raise _TooMuch(path)
        count = 1
        if isinstance(value, Mapping):
            for name, told in value.items():
                refers = name == "$ref" and isinstance(told, str)
                count += self._at(told, deep) if refers else self.size(told, f"{path}.{name}", deep + 1)
        elif isinstance(value, list):
            count += sum(self.size(told, f"{path}[{at}]", deep + 1) for at, told in enumerate(value))
        if count > _MOST_NODES:
            raise _TooMuch(path)
        return count

    def _at(self, reference: str, deep: int) -> int:
        """What is at a reference; a circle counts as one: each turn of it takes a level of the answer."""
        if reference not in self._known:
            self._known[reference] = 1
            self._known[reference] = self.size(_schema_at(self._root, reference), reference, deep + 1)
        return self._known[reference]


def _schema_at(root: Mapping[str, Any], reference: str) -> Any:
    """What a reference leads to; None where that is no schema, such as a value to choose from."""
    path = unquote(reference.removeprefix("#"))
    if path and not path.startswith("/"):
        anchored = any(name in ("$anchor", "$dynamicAnchor") and told == path for name, told in _members(root))
        return root if anchored else None
    parts = iter(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])
    found: Any = root
    for keyword in parts:
        if not isinstance(found, Mapping) or keyword not in BY_NAME | IN_LISTS | ALONE:
            return None
        found = found.get(keyword)
        if keyword not in ALONE:
            found = _member(found, next(parts, ""))
    return found if isinstance(found, Mapping | bool) else None


def _member(held: Any, name: str) -> Any:
    if isinstance(held, list):
        return held[int(name)] if name.isdecimal() and name.isascii() and int(name) < len(held) else None
    return held.get(name) if isinstance(held, Mapping) else None


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """All members of all objects, however deep."""
    if isinstance(value, Mapping):
        for name, told in value.items():
            yield str(name), told
            yield from _members(told)
    elif isinstance(value, list):
        for told in value:
            yield from _members(told)
