"""Faults of a definition or an input: all at once, each with its path."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from pydantic import ValidationError

from docchain.platform.errors import FieldFault


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` as people write it (`steps[2].with.document`), a stable `code`, and what to do; `node`: whose fault."""

    path: str
    code: str
    message: str
    node: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DefinitionError(ValueError):
    """A definition or input with faults."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


_OF_STEP = re.compile(r"steps\[(\d+)\]")


def with_nodes(faults: Iterable[Fault], steps: Sequence[object]) -> list[Fault]:
    """The faults, each with the id of the step that its path is in."""
    found = []
    for fault in faults:
        place = _OF_STEP.match(fault.path)
        node = steps[int(place[1])] if place and int(place[1]) < len(steps) else ""
        found.append(replace(fault, node=node) if isinstance(node, str) else fault)
    return found


def join(location: Iterable[str | int], root: str = "") -> str:
    path = root
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


_CODES = {"missing": "missing", "extra_forbidden": "unknown_field"}
_WORDS = {
    "extra_forbidden": "is no known field here; remove it or correct its name",
    "missing": "is missing; add it",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping of fields",
    "timezone_aware": "needs a time zone, such as 2026-12-31T18:00:00Z",
}


def from_pydantic(error: ValidationError, root: str = "") -> list[Fault]:
    """Pydantic's faults in our words; union branches are folded into the field they belong to."""
    faults: dict[str, Fault] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        location = [
            part for part in item["loc"] if not (isinstance(part, str) and part.startswith(("function-", "lax-")))
        ]
        path = join(location, root)
        message = _WORDS.get(item["type"]) or item["msg"].removeprefix("Value error, ")
        faults.setdefault(path, Fault(path, _CODES.get(item["type"], "invalid"), message))
    return list(faults.values())


def field_faults(error: ValidationError, root: str = "") -> list[FieldFault]:
    """The same for refusals."""
    return [FieldFault(fault.path, fault.message, fault.code) for fault in from_pydantic(error, root)]


def did_you_mean(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
