"""What a version changed of another one: lines of texts, and all the rest by path; pure."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from docchain.features.ai.prompts.schemas import PromptDiff, PromptDifference, PromptVersion

_LINES: Final = 2_000
"""Beyond, only that a text differs is told: finding out where takes the square of them."""
_SHOWN: Final = 60


def diff_of(before: PromptVersion, after: PromptVersion) -> PromptDiff:
    """For a thread: texts may be long."""
    text, system = _lines(before.text, after.text), _lines(before.system, after.system)
    changes = list(_differences(_rest(before), _rest(after)))
    summary = [
        f"The {name} changed: {_counted(lines)}." for name, lines in (("text", text), ("system", system)) if lines
    ]
    summary += [_said(change) for change in changes]
    return PromptDiff(
        prompt=after.prompt,
        from_=before.number,
        to=after.number,
        same=not summary,
        summary=summary,
        text=text,
        system=system,
        changes=changes,
    )


def _rest(version: PromptVersion) -> dict[str, Any]:
    """Members that are compared by path; a wish that is not there is none."""
    named = {"variables", "output_schema", "provider", "model", "temperature", "max_tokens"}
    told = version.model_dump(mode="json", include=named)
    return {name: value for name, value in told.items() if value not in ("", None)}


def _lines(before: str, after: str) -> list[str]:
    if before == after:
        return []
    old, new = before.split("\n"), after.split("\n")
    if max(len(old), len(new)) > _LINES:
        return [f"- {len(old):,} lines", f"+ {len(new):,} lines"]
    found: list[str] = []
    for how, left, right, up, down in SequenceMatcher(None, old, new).get_opcodes():
        found += [f"  {line}" for line in old[left:right] if how == "equal"]
        found += [f"- {line}" for line in old[left:right] if how in ("delete", "replace")]
        found += [f"+ {line}" for line in new[up:down] if how in ("insert", "replace")]
    return found


def _counted(lines: list[str]) -> str:
    came, went = (sum(line.startswith(mark) for line in lines) for mark in "+-")
    return f"{came} line{'s' * (came != 1)} came, {went} went"


def _differences(before: Any, after: Any, path: str = "") -> Iterator[PromptDifference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            at = f"{path}.{name}" if path else name
            if name not in after:
                yield PromptDifference(path=at, change="removed", before=before[name])
            elif name not in before:
                yield PromptDifference(path=at, change="added", after=after[name])
            else:
                yield from _differences(before[name], after[name], at)
    elif json.dumps(before) != json.dumps(after):
        yield PromptDifference(path=path, change="changed", before=before, after=after)


def _said(change: PromptDifference) -> str:
    if change.change == "added":
        return f"{change.path} was added: {_told(change.after)}."
    if change.change == "removed":
        return f"{change.path} was removed; it was {_told(change.before)}."
    return f"{change.path} changed from {_told(change.before)} to {_told(change.after)}."


def _told(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
