"""Two definitions of a workflow, compared by what they mean: steps by id, edges by their ends; pure."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from docchain.engine.definition import read_spec
from docchain.features.workflows.diff_schemas import (
    EdgeAt,
    Side,
    StepAt,
    StepChanged,
    StepDifferences,
    StepMoved,
    StepRenamed,
    WorkflowDiff,
)
from docchain.features.workflows.diff_words import summary
from docchain.features.workflows.differences import Path, differences, written
from docchain.features.workflows.edges import edges_of
from docchain.features.workflows.renaming import renamed
from docchain.features.workflows.trial_schemas import Change

Definition = Mapping[str, Any]
_NOT_FIELDS: Final = frozenset({"id", "needs"})
_NOT_SETTINGS: Final = frozenset({"steps", "inputs", "output"})


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two definitions; the draft has no version."""

    version: int | None
    digest: str
    definition: Definition

    @property
    def side(self) -> Side:
        return Side(version=self.version, digest=self.digest)


def diff_of(workflow: str, before: Compared, after: Compared) -> WorkflowDiff:
    """What `after` changed of `before`."""
    old, names = _with_new_names(before.definition, after.definition)
    new = after.definition
    found: dict[str, Any] = {
        "steps": _steps(old, new, names),
        "edges": _edges(old, new),
        "inputs": _changes(old.get("inputs") or {}, new.get("inputs") or {}, "inputs"),
        "output": _changes(old.get("output"), new.get("output"), "output"),
        "settings": _changes(_settings(old), _settings(new)),
    }
    told = summary(**found)
    return WorkflowDiff(workflow=workflow, from_=before.side, to=after.side, same=not told, summary=told, **found)


def _with_new_names(before: Definition, after: Definition) -> tuple[Definition, list[StepRenamed]]:
    """The older definition with the names that its steps have now, and which of them are new."""
    found: list[StepRenamed] = []
    old, new = _by_id(before), _by_id(after)
    free = {_text(step): name for name, step in reversed(new.items()) if name not in old}
    for name, step in old.items():
        if name not in new and (twin := free.pop(_text(step), None)) is not None:
            found.append(StepRenamed(before=name, after=twin))
            before = renamed(dict(before), name, twin)
    return before, found


def _steps(before: Definition, after: Definition, names: list[StepRenamed]) -> StepDifferences:
    """The steps of two definitions; `before` has the new names already."""
    old, new = _by_id(before), _by_id(after)
    return StepDifferences(
        added=[_at(step, place) for place, step in enumerate(new.values()) if step["id"] not in old],
        removed=[_at(step, place) for place, step in enumerate(old.values()) if step["id"] not in new],
        renamed=names,
        moved=list(_moved(list(old), list(new))),
        changed=[
            StepChanged(id=name, changes=changes)
            for name, step in new.items()
            if name in old and (changes := _changes(_rest(old[name]), _rest(step)))
        ],
    )


def _edges(before: Definition, after: Definition) -> list[EdgeAt]:
    """Edges that are only on one side; one that was implied and is said now is none."""
    old, new = _ends(before), _ends(after)
    gone = [EdgeAt(from_=a, to=b, kind=kind, change="removed") for (a, b), kind in old.items() if (a, b) not in new]
    come = [EdgeAt(from_=a, to=b, kind=kind, change="added") for (a, b), kind in new.items() if (a, b) not in old]
    return [*gone, *come]


def _changes(before: Any, after: Any, root: str = "") -> list[Change]:
    return [
        Change(path=_path(found.path, root), change=found.change, before=found.before, after=found.after)
        for found in differences(before, after)
    ]


def _path(path: Path, root: str) -> str:
    return written(path, root) if root else written(path[1:], str(path[0]))


def _by_id(definition: Definition) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in definition.get("steps") or ()}


def _rest(step: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in step.items() if field not in _NOT_FIELDS}


def _text(step: Mapping[str, Any]) -> str:
    return json.dumps(_rest(step), sort_keys=True)


def _settings(definition: Definition) -> dict[str, Any]:
    return {field: value for field, value in definition.items() if field not in _NOT_SETTINGS}


def _at(step: Mapping[str, Any], place: int) -> StepAt:
    return StepAt(id=step["id"], use=step["use"], index=place)


def _ends(definition: Definition) -> dict[tuple[str, str], Any]:
    return {(edge.source, edge.to): edge.kind for edge in edges_of(read_spec(dict(definition)))}


def _moved(old: Sequence[str], new: Sequence[str]) -> Iterator[StepMoved]:
    """As few steps as explain the new order: all but a longest run of those that kept theirs."""
    place = {name: index for index, name in enumerate(new)}
    shared = [name for name in old if name in place]
    kept = _longest_rising([place[name] for name in shared])
    for index, name in enumerate(old):
        if name in place and place[name] not in kept:
            yield StepMoved(id=name, before=index, after=place[name])


def _longest_rising(places: Sequence[int]) -> set[int]:
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        length = bisect_left(ends, place)
        before[place] = ends[length - 1] if length else None
        ends[length : length + 1] = [place]
    found: set[int] = set()
    last: int | None = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found
