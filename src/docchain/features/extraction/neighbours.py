"""From a label to the values that may be its own; its one rule: right of it first, else under it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docchain.features.documents import Box
from docchain.features.extraction.geometry import Row, Token, overlap
from docchain.features.extraction.labels import words
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Found, Hit

Reader = Callable[[Reading, Row, int, int], list[Found]]
RIGHT, NEXT_CELL, UNDER = 0.97, 0.95, 0.92
REACH = 3.2
SENTENCE = 0.85
WRAP = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a label may mean, and how well they stand together."""

    found: Found
    score: float
    hit: Hit | None
    method: str

    @property
    def value(self) -> Any:
        return self.found.value


def typed(kind: str) -> Reader:
    """A reader of the values that `reading` has found already."""

    def read(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
        return [item for item in reading.in_row(row, kind) if start < item.end and item.start < end]

    return read


def candidates(reading: Reading, hit: Hit, role: str, reader: Reader) -> list[Candidate]:
    """All readings of one label, best first."""
    weight = hit.weight(role)
    for look in (_right, _under, _wrapped):
        found = list(look(reading, hit, weight, reader))
        if found:
            return found
    return []


def limit_of(reading: Reading, hit: Hit) -> int:
    """Where the next label of the row begins."""
    others = (other for other in reading.hits.get(hit.row.index, ()) if other.start >= hit.end)
    return next((other.start for other in others if _is_barrier(other)), len(hit.row.tokens))


def _is_barrier(hit: Hit) -> bool:
    return hit.quality >= 0.8 or hit.start == hit.row.cell_at(hit.start)[0]  # noqa: PLR2004 - stands like a label


def _right(reading: Reading, hit: Hit, weight: float, reader: Reader) -> Iterator[Candidate]:
    limit = limit_of(reading, hit)
    cell_end = hit.row.cell_at(hit.end - 1)[1]
    values = reader(reading, hit.row, hit.end, limit)
    if not values and hit.end < cell_end < limit:
        values = reader(reading, hit.row, cell_end, limit)
    for found in values:
        place = RIGHT if found.start < cell_end else NEXT_CELL
        between = hit.row.tokens[hit.end : found.start]
        strange = _strangers(between)
        share = max(weight, SENTENCE) if found.kind == "date" and found.start <= hit.end + 1 and weight else weight
        yield Candidate(found, share * place * 0.88 ** min(strange, 8), hit, f"right of “{hit.text}”")


def _strangers(between: Sequence[Token]) -> int:
    """How many words part a label from its value; one that ends with a colon is a label of its own."""
    foreign = [token for token in between if token.norm.isalpha() and len(token.norm) > 1]
    foreign = [token for token in foreign if token.norm not in words("filler")]
    return len(foreign) + 4 * any(token.text.endswith(":") for token in foreign)


def _under(reading: Reading, hit: Hit, weight: float, reader: Reader) -> Iterator[Candidate]:
    skipped = 0
    for row in reading.layout.below(hit.row, REACH * hit.row.height):
        if any(aligned(other.box, hit.box) and other.quality >= 0.9 for other in reading.hits.get(row.index, ())):  # noqa: PLR2004
            return
        cells = [cell for cell in row.cells if _over(row, cell, hit.box)]
        if not cells:
            continue
        found = [
            item for start, end in cells for item in reader(reading, row, start, end) if aligned(item.box, hit.box)
        ]
        for item in found:
            yield Candidate(item, weight * UNDER * (0.85 if skipped else 1.0), hit, f"under “{hit.text}”")
        if found or skipped:
            return
        skipped += 1


def _wrapped(reading: Reading, hit: Hit, weight: float, reader: Reader) -> Iterator[Candidate]:
    """A sentence that breaks after the label goes on where the next row begins."""
    rows = reading.layout.rows
    following = rows[hit.row.index + 1] if hit.row.index + 1 < len(rows) else None
    if (
        following is None
        or following.page != hit.row.page
        or hit.end < len(hit.row.tokens)
        or hit.start == 0
        or len(hit.row.cells) > 1
    ):
        return
    if abs(following.tokens[0].box[0] - hit.row.tokens[0].box[0]) < 2 * hit.row.height:
        for found in reader(reading, following, 0, min(WRAP, len(following.tokens))):
            yield Candidate(found, max(weight, 0.6) * 0.85, hit, f"after “{hit.text}”")
            return


def _over(row: Row, cell: tuple[int, int], box: Box) -> bool:
    left, right = row.tokens[cell[0]].box[0], max(token.box[2] for token in row.tokens[cell[0] : cell[1]])
    return min(right, box[2]) - max(left, box[0]) > 0 or abs(right - box[2]) < 6 or abs(left - box[0]) < 6  # noqa: PLR2004


def aligned(a: Box, b: Box) -> bool:
    """Whether one stands under the other: shared width, or a common left or right edge."""
    return overlap(a, b) > 0.15 or abs(a[2] - b[2]) < 4 or abs(a[0] - b[0]) < 4  # noqa: PLR2004 - points
