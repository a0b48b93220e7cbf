"""Named values out of plain text; its one rule: a label stands before a value, or there is just one of its type.

Method: “label: value” by the field's name and labels, read as the field's type; else the only value of that type.
Papers with pages are read by `extract.fields`, which knows their layout; this is for texts without one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from docchain.features.ai.local.entities import entities_in
from docchain.features.ai.local.finds import Find
from docchain.features.ai.local.lists import fold

LABEL: Final = "label"
ONLY: Final = "only-one"
MOST_FIELDS: Final = 100
_LINE: Final = 160
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "date": frozenset({"date", "birth_date"}),
    "money": frozenset({"money"}),
    "tax_id": frozenset({"tax_id"}),
    "iban": frozenset({"iban"}),
    "email": frozenset({"email"}),
    "phone": frozenset({"phone"}),
    "person": frozenset({"person"}),
    "organization": frozenset({"organization"}),
    "address": frozenset({"address"}),
}
_NUMBER: Final = re.compile(r"-?\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class FieldFound:
    """A value as it is written, where it stands, and how it was found."""

    value: str
    start: int
    end: int
    confidence: float
    method: str


def fields_in(text: str, fields: Mapping[str, Mapping[str, Any]]) -> dict[str, FieldFound]:
    """The values of up to 100 fields: of each, `type` and `labels` may be given; its name is a label too."""
    finds = entities_in(text)
    plain = fold(text)
    if len(plain) != len(text):
        plain = text.lower()
    found = {}
    for name, told in list(fields.items())[:MOST_FIELDS]:
        kind = str(told.get("type", "text"))
        labels = [name.replace("_", " "), *map(str, told.get("labels", ()))]
        value = _labelled(text, plain, labels, kind, finds) or _only(kind, finds)
        if value is not None:
            found[name] = value
    return found


def _labelled(text: str, plain: str, labels: Sequence[str], kind: str, finds: Sequence[Find]) -> FieldFound | None:
    for start, colon in _after(plain, labels):
        stop = plain.find("\n", start)
        end = min(stop if stop >= 0 else len(plain), start + _LINE)
        typed = [find for find in finds if find.kind in _KINDS.get(kind, ()) and start <= find.start < end]
        if typed:
            first = typed[0]
            return FieldFound(first.text, first.start, first.end, round(0.9 * first.confidence, 3), LABEL)
        if kind == "number" and (match := _NUMBER.search(text, start, end)):
            return FieldFound(
                match[0].rstrip(".,"), match.start(), match.start() + len(match[0].rstrip(".,")), 0.8, LABEL
            )
        value = text[start:end].strip(" \t:.;")
        if kind == "text" and value and colon:
            begin = start + text[start:end].index(value)
            return FieldFound(value, begin, begin + len(value), 0.75, LABEL)
    return None


def _after(plain: str, labels: Sequence[str]) -> Iterator[tuple[int, bool]]:
    """Where what follows a label begins, and whether a colon announced it."""
    for label in labels:
        words = re.escape(fold(label).strip()).replace(r"\ ", r"[ \t]+")
        for match in re.finditer(rf"\b{words}(?!\w)[ \t]*(?P<colon>[:=])?[ \t]*", plain):
            yield match.end(), match["colon"] is not None


def _only(kind: str, finds: Sequence[Find]) -> FieldFound | None:
    same = [find for find in finds if find.kind in _KINDS.get(kind, ())]
    if len({find.text for find in same}) != 1:
        return None
    return FieldFound(same[0].text, same[0].start, same[0].end, round(0.7 * same[0].confidence, 3), ONLY)
