"""The difference of two definitions in words, a line for each; pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from docchain.features.workflows.diff_schemas import EdgeAt, StepDifferences
from docchain.features.workflows.trial_schemas import Change

_LONGEST: Final = 60
_EDGES: Final = {
    "needs": "{to} needs {source}",
    "order": "{to} follows {source}",
    "on_error": "{to} goes on when {source} failed",
    "timeout": "{to} goes on when the time of {source} is up",
}


def summary(
    steps: StepDifferences,
    edges: Iterable[EdgeAt],
    inputs: Iterable[Change],
    output: Iterable[Change],
    settings: Iterable[Change],
) -> list[str]:
    return [
        *(_changed("", change) for change in settings),
        *(_changed("Input ", change) for change in inputs),
        *_steps(steps),
        *(_edge(edge) for edge in edges),
        *(_changed("", change) for change in output),
    ]


def _steps(steps: StepDifferences) -> Iterator[str]:
    yield from (f"Step {step.id} ({step.use}) was added at place {step.index + 1}." for step in steps.added)
    yield from (f"Step {step.id} ({step.use}) was removed." for step in steps.removed)
    yield from (f"Step {step.before} was renamed to {step.after}." for step in steps.renamed)
    yield from (f"Step {step.id} moved from place {step.before + 1} to place {step.after + 1}." for step in steps.moved)
    yield from (_changed(f"Step {step.id}: ", change) for step in steps.changed for change in step.changes)


def _changed(what: str, change: Change) -> str:
    path = change.path.removeprefix("inputs.") if what == "Input " else change.path
    if change.change == "added":
        return f"{what}{path} was added: {_told(change.after)}."
    if change.change == "removed":
        return f"{what}{path} was removed; it was {_told(change.before)}."
    return f"{what}{path} changed from {_told(change.before)} to {_told(change.after)}."


def _edge(edge: EdgeAt) -> str:
    told = _EDGES[edge.kind].format(source=edge.from_, to=edge.to)
    return f"{told} now." if edge.change == "added" else f"No longer: {told}."


def _told(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
