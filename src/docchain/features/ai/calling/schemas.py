"""JSON Schemas that callers bring; its one rule: they lead nowhere else, and checking by them ends soon."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
            self._known[reference] = self.size(self._found(reference), reference, deep + 1)
        return self._known[reference]

    def _found(self, reference: str) -> Any:
        found: Any = self._root
        for part in reference.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """All members of all objects, however deep."""
    if isinstance(value, Mapping):
        for name, told in value.items():
            yield str(name), told
            yield from _members(told)
    elif isinstance(value, list):
        for told in value:
            yield from _members(told)
