"""What differs between two JSON values, by path; pure, and enough to make the one from the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from docchain.engine.definition.inputs import is_reference

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is there on one side only, or differs; what is absent is `None`."""

    path: Path
    change: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Difference]:
    """Objects are compared key by key and lists place by place; two documents are the same if their content is."""
    if isinstance(before, dict) and isinstance(after, dict):
        if is_reference(before) and is_reference(after):
            if _content(before) != _content(after):
                yield Difference(path, "changed", before, after)
            return
        yield from _of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path)
    elif isinstance(before, bool) != isinstance(after, bool) or before != after:
        yield Difference(path, "changed", before, after)


def _of_objects(before: dict[str, Any], after: dict[str, Any], path: Path) -> Iterator[Difference]:
    for key, value in before.items():
        if key in after:
            yield from differences(value, after[key], (*path, key))
        else:
            yield Difference((*path, key), "removed", before=value)
    for key, value in after.items():
        if key not in before:
            yield Difference((*path, key), "added", after=value)


def _of_lists(before: list[Any], after: list[Any], path: Path) -> Iterator[Difference]:
    for place, (old, new) in enumerate(zip(before, after, strict=False)):
        yield from differences(old, new, (*path, place))
    for place in range(len(after), len(before)):
        yield Difference((*path, place), "removed", before=before[place])
    for place in range(len(before), len(after)):
        yield Difference((*path, place), "added", after=after[place])


def _content(reference: dict[str, Any]) -> tuple[Any, ...]:
    """Every run makes documents with ids of their own; what they hold is what counts."""
    return reference["sha256"], reference.get("media_type"), reference.get("name")


def written(path: Path, root: str) -> str:
    """A path as people write it: `output.lines[2].total`; keys that are no plain names stand in brackets."""
    text = root
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if part.isidentifier() else f"[{part!r}]"
    return text
