"""Who sells and who buys by label; its one rule: a party is a block of rows that begins with its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docchain.features.documents import Box
from docchain.features.extraction.geometry import SEPARATORS, Row, has_digit, union
from docchain.features.extraction.names import clean, has_legal_form, is_legal, name_in
from docchain.features.extraction.neighbours import limit_of
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Hit, Span

NEAR, FIRST_GAP, LINE_GAP, MOST_ROWS, REACH = 2.2, 1.25, 0.85, 9, 6
SOON, MANY_ROWS, FAR_CELL = 2, 14, 8
INDENT, OUTDENT, RIGHT_SLACK, LEFT_SLACK = 20, 30, 30, 12
UNDER, RIGHT, BESIDE, FURTHER = 0.95, 0.95, 0.9, 0.7
GOOD, FORM = 0.9, 3
NEW_BLOCK = frozenset({"buyer", "seller", "ship_to", "number", "date"})


@dataclass(slots=True)
class Party:
    """A name and the block it heads."""

    role: str
    names: list[Span]
    score: float
    method: str
    block: list[Box] = field(default_factory=list)

    @property
    def page(self) -> int:
        return self.names[0].row.page

    @property
    def text(self) -> str:
        return clean(" ".join(span.text for span in self.names))

    def holds(self, span: Span) -> bool:
        if span.row.page != self.page or not self.block:
            return False
        x0, y0, x1, y1 = union(self.block)
        left, top, right, bottom = span.box
        across = x0 - LEFT_SLACK <= left and (left + right) / 2 <= x1 + RIGHT_SLACK
        return across and y0 - 4 <= (top + bottom) / 2 <= y1 + 6


def labelled_parties(reading: Reading, role: str) -> list[Party]:
    """The parties that a label of this role introduces, best first."""
    found = [party for hit in reading.labelled(role) if hit.quality >= GOOD for party in _of_label(reading, hit, role)]
    return sorted(found, key=lambda party: -party.score)


def _of_label(reading: Reading, hit: Hit, role: str) -> Iterator[Party]:
    weight, limit = hit.weight(role), limit_of(reading, hit)
    cell_end = hit.row.cell_at(hit.end - 1)[1]
    if hit.end < cell_end and limit > hit.end:
        name = name_in(reading, hit.row, hit.end, min(cell_end, limit))
        if name:
            yield party_at(reading, role, name, RIGHT * weight, f"right of “{hit.text}”")
        if name or not any(map(str.isdigit, hit.row.text(hit.end, cell_end))):
            return
    under = _name_under(reading, hit)
    if under:
        yield party_at(reading, role, under, UNDER * weight, f"under “{hit.text}”")
    beside = name_in(reading, hit.row, cell_end, limit) if cell_end < len(hit.row.tokens) else None
    if beside:
        near = beside.box[0] - hit.box[2] < FAR_CELL * hit.row.height
        colon = hit.text.endswith(":")
        score = (BESIDE if near or colon else FURTHER) * weight * (GOOD if under and not colon else 1)
        yield party_at(reading, role, beside, score, f"right of “{hit.text}”")


def _name_under(reading: Reading, hit: Hit) -> Span | None:
    """The first name in the rows under a label, in the label's own column."""
    bottom, seen = hit.row, 0
    form = len({hit.row.cell_at(other.start) for other in reading.hits.get(hit.row.index, ())}) >= FORM
    for row in reading.layout.below(hit.row, REACH * hit.row.height):
        cell = cell_under(row, hit.box)
        if cell is None:
            continue
        if row.y0 - bottom.y1 > NEAR * max(bottom.height, hit.row.height) or seen > SOON:
            return None
        first = next((other for other in reading.hits.get(row.index, ()) if other.start == cell[0]), None)
        named = first is not None and "name" in first.roles
        if first and not named and first.quality > GOOD:
            return None
        start = first.end if first and named else cell[0]
        end = cell[1] if start < cell[1] or first is None else limit_of(reading, first)
        name = name_in(reading, row, start, end)
        if name or (form and has_digit(row.tokens[start:end])):
            return name
        bottom, seen = row, seen + 1
    return None


def cell_under(row: Row, box: Box) -> tuple[int, int] | None:
    """The cell that starts where the box starts, or lies under it."""
    best, best_distance = None, float(OUTDENT)
    for start, end in row.cells:
        left, right = row.tokens[start].box[0], row.tokens[end - 1].box[2]
        distance = abs(left - box[0])
        inside = left <= box[2] and right >= box[0]
        if inside and left < box[0] - OUTDENT and abs(right - box[2]) > INDENT:
            continue
        if distance < best_distance or (inside and best is None):
            best, best_distance = (start, end), min(distance, best_distance)
    return best


def party_at(reading: Reading, role: str, name: Span, score: float, method: str) -> Party:
    """The party this name heads: the rows under it belong to it while they follow closely."""
    whole = Span(name.row, name.row.cell_at(name.start)[0], _line_end(name))
    party = Party(role, [name], min(score + 0.05 * has_legal_form(name), 1.0), method, [whole.box])
    bottom: Row = name.row
    gaps: list[float] = []
    for row in reading.layout.below(name.row, MANY_ROWS * name.row.height):
        cell = cell_under(row, whole.box)
        if cell is None:
            continue
        box = union([token.box for token in row.tokens[cell[0] : cell[1]]])
        starts = [hit for hit in reading.hits.get(row.index, ()) if hit.start == cell[0]]
        gap = row.y0 - bottom.y1
        if gap > _most_gap(gaps, bottom.height) or len(party.block) > MOST_ROWS or _new_block(starts):
            break
        gaps.append(gap)
        if len(party.block) == 1 and all(is_legal(token.norm) for token in row.tokens[cell[0] : cell[1]]):
            party.names.append(Span(row, *cell))
        party.block.append(box)
        bottom = row
    return party


def _line_end(name: Span) -> int:
    """Where the line of a name ends, over the dots or bars that part its pieces."""
    end = name.row.cell_at(name.start)[1]
    while end < len(name.row.tokens) and name.row.tokens[end - 1].text in SEPARATORS:
        end = name.row.cell_at(end)[1]
    return end


def _most_gap(gaps: Sequence[float], height: float) -> float:
    """Lines of a block follow each other evenly; only its name may stand a little apart."""
    return max(LINE_GAP * height, 1.6 * min(gaps)) if gaps else FIRST_GAP * height


def _new_block(starts: Sequence[Hit]) -> bool:
    return any(hit.roles & NEW_BLOCK and hit.quality >= 1 for hit in starts)
