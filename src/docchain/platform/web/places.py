"""Where a fault is, as people write it: only keys that a client sent or must add, no name of a branch of our models."""

from collections.abc import Mapping, Sequence
from typing import Any

Place = Sequence[str | int]


def place_of(item: Mapping[str, Any], body: object) -> str:
    """The path of a fault: fields of the body bare, others behind `query.`, `path.` or `header.`."""
    root, *parts = item["loc"]
    if root != "body":
        return written([root, *parts[:1], *(part for part in parts[1:] if isinstance(part, int))])
    if isinstance(body, Mapping | list):
        added = parts[-1:] if item["type"] == "missing" else []
        parts = [*_sent(parts[: len(parts) - len(added)], body), *added]
    return written(parts or [root])


def _sent(parts: Place, value: Any) -> list[str | int]:
    """The longest way into what was sent: a branch may have the name of a field, such as an action `status`."""
    if not parts:
        return []
    first, rest = parts[0], parts[1:]
    dropped = _sent(rest, value)
    if not _has(value, first):
        return dropped
    kept = [first, *_sent(rest, value[first])]
    return kept if len(kept) >= len(dropped) else dropped


def _has(value: Any, key: str | int) -> bool:
    if isinstance(key, int):
        return isinstance(value, list) and key < len(value)
    return isinstance(value, Mapping) and key in value


def written(parts: Place) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
