"""A document read once: labels, dates, amounts and ids where they stand; its one rule: find all, decide nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from docchain.features.extraction.geometry import Layout, Row
from docchain.features.extraction.labels import Label, index
from docchain.features.extraction.spans import Found, Hit
from docchain.features.extraction.values import notation_of, values_in

LABEL_WORDS, LABEL_CHARS = 7, 48
PROSE = 12
MOST_LABELS = 150


@dataclass(slots=True)
class Reading:
    """All that was found, by row index."""

    layout: Layout
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    found: dict[int, list[Found]] = field(default_factory=dict)
    decimal: str | None = None

    def labelled(self, *roles: str) -> Iterator[Hit]:
        """The labels of these roles, as many as any real document has."""
        wanted = frozenset(roles)
        found = (hit for hits in self.hits.values() for hit in hits if hit.roles & wanted)
        yield from islice(found, MOST_LABELS)

    def all(self, kind: str) -> Iterator[Found]:
        for found in self.found.values():
            yield from (item for item in found if item.kind == kind)

    def in_row(self, row: Row, kind: str) -> list[Found]:
        return self.all_in(row.index, kind)

    def all_in(self, index: int, kind: str) -> list[Found]:
        return [item for item in self.found.get(index, ()) if item.kind == kind]

    def languages(self) -> Counter[str]:
        return Counter(label.language for hits in self.hits.values() for hit in hits for label in hit.labels)


def read(layout: Layout) -> Reading:
    reading = Reading(layout)
    notation = notation_of(token.text for row in layout.rows for token in row.tokens)
    reading.decimal = notation.decimal
    known = index()
    for row in layout.rows:
        hits = list(hits_in(row, known))
        if hits:
            reading.hits[row.index] = hits
        found = sorted(values_in(row, notation), key=lambda item: item.start)
        if found:
            reading.found[row.index] = found
    return reading


def hits_in(row: Row, known: Mapping[str, tuple[Label, ...]]) -> Iterator[Hit]:
    """The labels of a row, the longest where they overlap."""
    for start, end in row.cells:
        position = start
        while position < end:
            hit = _hit_at(row, position, (start, end), known)
            if hit:
                yield hit
            position = hit.end if hit else position + 1


def _hit_at(row: Row, position: int, cell: tuple[int, int], known: Mapping[str, tuple[Label, ...]]) -> Hit | None:
    """The longest label that begins here."""
    first = row.tokens[position]
    if not first.norm or (first.norm == "%" and position > cell[0] and row.tokens[position - 1].text[-1:].isdigit()):
        return None
    key, best = "", None
    for end in range(position + 1, min(position + LABEL_WORDS, cell[1]) + 1):
        key += row.tokens[end - 1].norm
        if len(key) > LABEL_CHARS:
            break
        labels = known.get(key)
        if labels and row.tokens[end - 1].norm:
            best = (end, labels)
        if row.tokens[end - 1].text.endswith(":"):
            break
    if best is None:
        return None
    end, labels = best
    if not _stands_alone(row, position, end, cell):
        labels = tuple(label for label in labels if not label.alone)
    quality = _quality(row, position, end, cell)
    return Hit(row, position, end, labels, quality) if labels else None


def _stands_alone(row: Row, start: int, end: int, cell: tuple[int, int]) -> bool:
    if start != cell[0]:
        return False
    return end == cell[1] or row.tokens[end - 1].text.endswith(":") or not row.tokens[end].text[:1].isalpha()


def _quality(row: Row, start: int, end: int, cell: tuple[int, int]) -> float:
    if row.tokens[end - 1].text.endswith(":") or (start == cell[0] and end == cell[1]):
        return 1.0 if start == cell[0] else 0.9
    if cell[1] - cell[0] > PROSE:
        return 0.5
    if start == cell[0]:
        return 0.96
    before = row.tokens[start - 1].text
    if before.endswith("%"):
        return 0.96
    return 0.8 if any(char.isdigit() for char in before) else 0.7
