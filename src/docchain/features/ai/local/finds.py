"""What is found in a text and where; its one rule: of what overlaps, the surer and then the longer stays."""

from collections.abc import Iterable
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
