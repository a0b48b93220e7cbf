"""Edits of a definition's steps, node by node; pure: a definition goes in, another one comes out."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from docchain.features.workflows.errors import NodeExists, NodeNotFound
from docchain.features.workflows.renaming import renamed

Definition = dict[str, Any]
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step is to stand: before or after another one, at an index, or else at the end."""

    before: str | None = None
    after: str | None = None
    index: int | None = None


def add(definition: Definition, step: Mapping[str, Any], place: Place) -> Definition:
    """Put in a step; without an id it gets one from what it does."""
    steps = _steps(definition)
    names = {other["id"] for other in steps}
    added = {"id": step.get("id") or _free(str(step["use"]), names), **{k: v for k, v in step.items() if k != "id"}}
    if added["id"] in names:
        raise NodeExists(added["id"])
    steps.insert(_index(steps, place), added)
    return _with(definition, steps)


def change(definition: Definition, node: str, changes: Mapping[str, Any]) -> Definition:
    """Give fields of a step new values; `None` takes one away. A new id is followed by all that name the step."""
    steps = _steps(definition)
    step = steps[position_of(steps, node)]
    name = changes.get("id") or node
    if name != node and any(other["id"] == name for other in steps):
        raise NodeExists(name)
    for field, value in changes.items():
        if field == "id":
            continue
        if value is None:
            step.pop(field, None)
        else:
            step[field] = value
    changed = _with(definition, steps)
    return changed if name == node else renamed(changed, node, name)


def remove(definition: Definition, node: str) -> Definition:
    """Take out a step; those that needed it need what it needed instead."""
    steps = _steps(definition)
    gone = steps.pop(position_of(steps, node))
    for step in steps:
        if node in (step.get("needs") or ()):
            step["needs"] = _replaced(step["needs"], node, gone.get("needs") or ())
    return _with(definition, steps)


def move(definition: Definition, node: str, place: Place) -> Definition:
    """Let a step stand elsewhere; one without `needs` follows the step above its new place."""
    steps = _steps(definition)
    step = steps.pop(position_of(steps, node))
    if node in {place.before, place.after}:
        return definition
    steps.insert(_index(steps, place), step)
    return _with(definition, steps)


def position_of(steps: Iterable[Mapping[str, Any]], node: str) -> int:
    for position, step in enumerate(steps):
        if step["id"] == node:
            return position
    raise NodeNotFound(node)


def _index(steps: list[Definition], place: Place) -> int:
    if place.before is not None:
        return position_of(steps, place.before)
    if place.after is not None:
        return position_of(steps, place.after) + 1
    return len(steps) if place.index is None else place.index


def _steps(definition: Definition) -> list[Definition]:
    return copy.deepcopy(list(definition.get("steps") or ()))


def _with(definition: Definition, steps: list[Definition]) -> Definition:
    return {**definition, "steps": steps}


def _replaced(needs: Iterable[str], gone: str, instead: Iterable[str]) -> list[str]:
    found = [name for need in needs for name in (instead if need == gone else (need,))]
    return list(dict.fromkeys(found))


def _free(use: str, names: set[str]) -> str:
    """`document.parse` becomes `document_parse`, the second one `document_parse_2`."""
    made = _NOT_IN_IDS.sub("_", use).strip("_")[:56] or "step"
    made = made if made[0].isalpha() else f"step_{made}"
    count, name = 1, made
    while name in names:
        count += 1
        name = f"{made}_{count}"
    return name
