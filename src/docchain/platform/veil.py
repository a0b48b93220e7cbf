"""The one place that masks: what a role hides is shown as `•••`, wherever in a value it stands."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from docchain.platform.errors import Denied

MASK: Final = "•••"
RUN_PAYLOAD: Final = "run.payload"
_FIELDS: Final = "document.fields."
_EVERY: Final = "*"
_PAYLOAD: Final = frozenset(
    {"inputs", "input", "output", "outputs", "payload", "item", "request", "data", "values", "value"}
    | {"before", "after", "seed", "pins", "fields", "lines", "message", "comment", "highlights", "passage"}
)
_SHAPES: Final = (
    frozenset({"status", "inputs"}),
    frozenset({"status", "attempts"}),
    frozenset({"fact", "data"}),
    frozenset({"assignees", "form"}),
)
"""What runs, their steps and facts, and approvals are known by."""
_NAMES: Final = ("name", "field", "path", "key", "term")
_STAYS: Final = frozenset({*_NAMES, "id", "kind", "type", "code", "at", "step", "version_id", "document_id"})
_PAGE: Final = frozenset({"items", "next_cursor", "total", "total_capped"})
"""The members of every page of a list; its count is no field, whatever fields are called."""
_FOUND: Final = frozenset({"hits", "total", "facets", "mode", "took_ms"})
"""The members of every answer of the search; its count is no field, either."""
_PREFIXES: Final = ("fields.", "field.", "field:", "/fields/")


class NotShown(Denied):
    code = "field_hidden"
    title = "You are not shown this field"


def check_shown(hidden: frozenset[str], asked: Iterable[str]) -> None:
    """Refuse questions that name a hidden field: their answers would tell what it holds.

    Args:
        hidden: what whoever asks is not shown.
        asked: texts such as `field.iban=ES91` or `field:iban`.
    """
    names = [one.removeprefix(_FIELDS).casefold() for one in hidden if one.startswith(_FIELDS)]
    for text in asked if names else ():
        for name in names:
            wanted = [f"{prefix}{'' if name == _EVERY else name}" for prefix in ("field.", "field:")]
            if any(word in text.casefold() for word in wanted):
                raise NotShown(f"You are not shown {_FIELDS}{name}, so nothing is found by it.")


class Veil:
    """Masks for somebody who is not shown some things; tells which of them it met.

    Args:
        hidden: what they are not shown.
        of_runs: whether all of the value is about runs, so that nothing else can be meant by the names of payload.
    """

    def __init__(self, hidden: frozenset[str], *, of_runs: bool = False) -> None:
        self.met: set[str] = set()
        self._names = {one.removeprefix(_FIELDS).casefold() for one in hidden if one.startswith(_FIELDS)}
        self._every = _EVERY in self._names
        self._payload = RUN_PAYLOAD in hidden
        self._of_runs = of_runs and self._payload

    def over(self, value: Any) -> Any:
        """The value as it may be shown."""
        match value:
            case Mapping():
                return self._over_object(value)
            case list():
                return [self.over(item) for item in value]
        return value

    def over_fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of a document by their names, as they may be shown."""
        return {name: masked(value) if self.hides_field(name) else self.over(value) for name, value in fields.items()}

    def hides_field(self, name: str) -> bool:
        """Whether a field of documents is not shown."""
        return self._every or _bare(name) in self._names

    def _over_object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        payload = self._of_runs or (self._payload and _is_of_run(value))
        if value.keys() == _PAGE and isinstance(value["items"], list):
            return {**value, "items": self.over(value["items"])}
        if value.keys() >= _FOUND and isinstance(value["hits"], list):
            return {key: inner if key == "total" else self.over(inner) for key, inner in value.items()}
        named = self._is_named(value)
        return {key: self._shown(key, inner, payload=payload, named=named) for key, inner in value.items()}

    def _shown(self, key: str, inner: Any, *, payload: bool, named: bool) -> Any:
        if payload and key in _PAYLOAD and inner not in (None, "", [], {}):
            self.met.add(RUN_PAYLOAD)
            return masked(inner)
        if named and key not in _STAYS:
            return masked(inner)
        if _bare(key) in self._names:
            self.met.add(_FIELDS + _bare(key))
            return masked(inner)
        if self._every and (key == "fields" or _is_prefixed(key)):
            self.met.add(_FIELDS + _EVERY)
            return masked(inner)
        return self.over(inner)

    def _is_named(self, value: Mapping[str, Any]) -> bool:
        """Whether an object says by a member what field it is about."""
        for name in self._names and _told_names(value):
            if self._every and _is_prefixed(name):
                self.met.add(_FIELDS + _EVERY)
                return True
            if _bare(name) in self._names:
                self.met.add(_FIELDS + _bare(name))
                return True
        return False


def masked(value: Any) -> Any:
    """The shape of a value, and nothing of what it says."""
    match value:
        case None:
            return None
        case Mapping():
            return {key: masked(inner) for key, inner in value.items()}
        case list():
            return [masked(item) for item in value]
    return MASK


def _is_of_run(value: Mapping[str, Any]) -> bool:
    keys = value.keys()
    return value.get("kind") == "run" or any(shape <= keys for shape in _SHAPES)


def _told_names(value: Mapping[str, Any]) -> Iterator[str]:
    return (value[key] for key in _NAMES if isinstance(value.get(key), str))


def _is_prefixed(name: str) -> bool:
    return name.casefold().startswith(_PREFIXES)


def _bare(name: str) -> str:
    folded = name.casefold()
    for prefix in _PREFIXES:
        folded = folded.removeprefix(prefix)
    return folded
