"""What is found in a text and where; its one rule: of what overlaps, the surer and then the longer stays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "email", "url", "phone", "iban", "card", "tax_id", "date", "birth_date", "money", "number", "person",
    "organization", "address", "place", "name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Find:
    """`text` stands from `start` to `end`; `method` names the pattern, list or check that found it."""

    kind: Kind
    text: str
    start: int
    end: int
    confidence: float
    method: str


def apart(finds: Iterable[Find]) -> list[Find]:
    """Those that do not overlap, in the order of the text."""
    kept: list[Find] = []
    taken: set[int] = set()
    for find in sorted(finds, key=lambda find: (-find.confidence, find.start - find.end, find.start)):
        places = range(find.start, find.end)
        if find.end > find.start and taken.isdisjoint(places):
            taken.update(places)
            kept.append(find)
    return sorted(kept, key=lambda find: find.start)


def besides(finds: Iterable[Find], doubtful: Iterable[Find]) -> list[Find]:
    """Of what is doubtful, all that is not in one of the finds, or the rest of it; nothing is lost to an overlap."""
    taken = {place for find in finds for place in range(find.start, find.end)}
    kept: list[Find] = []
    for find in sorted(doubtful, key=lambda find: (find.start - find.end, find.start)):
        kept += _pieces(find, taken)
        taken.update(range(find.start, find.end))
    return sorted(kept, key=lambda find: find.start)


def _pieces(find: Find, taken: set[int]) -> Iterator[Find]:
    """Its parts that nothing has taken, each from its first letter or digit to its last."""
    start: int | None = None
    for place in range(find.start, find.end + 1):
        free = place < find.end and place not in taken
        if free and start is None:
            start = place
        if start is not None and not free:
            text = find.text[start - find.start : place - find.start]
            inner = text.strip(" \t\r\n.,;:")
            if any(map(str.isalnum, inner)):
                at = start + text.index(inner)
                yield Find(find.kind, inner, at, at + len(inner), find.confidence, find.method)
            start = None
