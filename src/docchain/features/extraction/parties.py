"""Who sells and who buys; its one rule: a party is a block of rows that begins with its name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from docchain.features.documents.parsing.model import Box
from docchain.features.extraction.geometry import DASHES, Row, fold, union
from docchain.features.extraction.labels import words
from docchain.features.extraction.neighbours import limit_of
from docchain.features.extraction.reading import Hit, Reading, Span

_DOMAIN = re.compile(r"@|www\.|\.(?:com|es|de|fr|nl|it|pt|eu|net|org|co\.uk|mx|ch|at|be)\b", re.IGNORECASE)
CUT = re.compile(rf"^[{DASHES}|·•,/]$")
NEAR, LINE_GAP, MOST_ROWS, LONG = 2.2, 1.5, 9, 6
SKIPPED = frozenset({"name"})


@dataclass(slots=True)
class Party:
    """A name and the block it heads."""

    role: str
    name: Span
    score: float
    method: str
    block: list[Box] = field(default_factory=list)

    @property
    def page(self) -> int:
        return self.name.row.page

    def holds(self, span: Span) -> bool:
        if span.row.page != self.page or not self.block:
            return False
        x0, y0, x1, y1 = union(self.block)
        left, top, right, bottom = span.box
        return x0 - 12 <= left and right <= x1 + 90 and y0 - 4 <= (top + bottom) / 2 <= y1 + 6


def labelled_parties(reading: Reading, role: str) -> list[Party]:
    """The parties that a label of this role introduces, best first."""
    found = [party for hit in reading.labelled(role) if hit.quality >= 0.9 for party in _of_label(reading, hit, role)]  # noqa: PLR2004
    return sorted(found, key=lambda party: -party.score)


def _of_label(reading: Reading, hit: Hit, role: str) -> Iterator[Party]:
    weight = hit.weight(role)
    cell_end = hit.row.cell_at(hit.end - 1)[1]
    if hit.end < cell_end and limit_of(reading, hit) > hit.end:
        name = _name(reading, hit.row, hit.end, min(cell_end, limit_of(reading, hit)))
        if name:
            yield _party(reading, role, name, 0.95 * weight, f"right of “{hit.text}”")
        return
    name = _name_under(reading, hit)
    if name:
        yield _party(reading, role, name, 0.95 * weight, f"under “{hit.text}”")
    beside = _name(reading, hit.row, cell_end, limit_of(reading, hit)) if cell_end < len(hit.row.tokens) else None
    if beside:
        near = beside.box[0] - hit.box[2] < 8 * hit.row.height
        yield _party(
            reading, role, beside, (0.9 if near else 0.7) * weight * (0.8 if name else 1), f"right of “{hit.text}”"
        )


def _name_under(reading: Reading, hit: Hit) -> Span | None:
    """The first name in the rows under a label, in the label's own column."""
    bottom, seen = hit.row, 0
    for row in reading.layout.below(hit.row, 6 * hit.row.height):
        cell = _cell_under(row, hit.box)
        if cell is None:
            continue
        if row.y0 - bottom.y1 > NEAR * max(bottom.height, hit.row.height) or seen > 2:  # noqa: PLR2004 - a name comes soon
            return None
        labels = [other for other in reading.hits.get(row.index, ()) if cell[0] <= other.start < cell[1]]
        first = next((other for other in labels if other.start == cell[0]), None)
        start = first.end if first and first.roles & SKIPPED else cell[0]
        if first and not first.roles & SKIPPED and first.quality >= 0.95:  # noqa: PLR2004 - another field begins
            return None
        name = _name(
            reading, row, start, cell[1] if start < cell[1] else limit_of(reading, first) if first else cell[1]
        )
        if name:
            return name
        bottom, seen = row, seen + 1
    return None


def _cell_under(row: Row, box: Box) -> tuple[int, int] | None:
    """The cell that starts where the box starts, or lies under it."""
    best, best_distance = None, 30.0
    for start, end in row.cells:
        left, right = row.tokens[start].box[0], row.tokens[end - 1].box[2]
        distance = abs(left - box[0])
        inside = left <= box[2] and right >= box[0]
        if inside and left < box[0] - 30:
            continue
        if distance < best_distance or (inside and best is None):
            best, best_distance = (start, end), min(distance, best_distance)
    return best


def _name(reading: Reading, row: Row, start: int, end: int) -> Span | None:
    """The name in these tokens, without the address or ids printed after it."""
    while start < end and not row.tokens[start].norm:
        start += 1
    stop = start
    while stop < end and not _breaks(reading, row, start, stop):
        stop += 1
    while stop > start and row.tokens[stop - 1].text in {*DASHES, "|", "·", ","}:
        stop -= 1
    if stop - start > LONG:
        stop = next((i + 1 for i in range(start + 1, start + LONG) if is_legal(row.tokens[i].norm)), stop)
    return Span(row, start, stop) if stop > start and is_name(row, start, stop) else None


def _breaks(reading: Reading, row: Row, start: int, position: int) -> bool:
    token = row.tokens[position]
    if position > start and CUT.match(token.text):
        return True
    if position > start and (position, position + 1) != (start, start) and row.cell_at(position)[0] == position:
        return True
    if any(
        item.start == position and item.kind in {"tax_id", "iban", "date"} for item in reading.found.get(row.index, ())
    ):
        return True
    labels = (hit for hit in reading.hits.get(row.index, ()) if hit.start == position and position > start)
    return any(hit.roles & {"tax_id", "phone", "address", "registry", "iban"} and hit.quality >= 0.7 for hit in labels)  # noqa: PLR2004


def is_name(row: Row, start: int, end: int) -> bool:
    tokens = row.tokens[start:end]
    text = " ".join(token.text for token in tokens)
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if letters < 3 or digits > letters or len(tokens) > 10 or "@" in text or "www." in text.lower():  # noqa: PLR2004
        return False
    if text.startswith(("(", "*")) or (tokens[-1].text.isdigit() and len(tokens) < 4):  # noqa: PLR2004 - a remark, a street
        return False
    if tokens[0].norm in words("street") or tokens[0].text.lower() in words("street") or fold(text) in words("title"):
        return False
    return not tokens[0].text[0].isdigit() or is_legal(tokens[-1].norm)


def is_legal(norm: str) -> bool:
    return norm in words("legal")


def has_legal_form(row: Row, start: int, end: int) -> bool:
    norms = [token.norm for token in row.tokens[start:end]]
    if len(norms) > 1 and any(is_legal(norm) for norm in norms[1:]):
        return True
    return any(is_legal(a + b) for a, b in pairwise(norms[1:]) if len(a) == len(b) == 1)


def _party(reading: Reading, role: str, name: Span, score: float, method: str) -> Party:
    party = Party(role, name, score, method, [name.box])
    bottom: Row = name.row
    for row in reading.layout.below(name.row, 14 * name.row.height):
        cell = _cell_under(row, name.box)
        if cell is None:
            continue
        box = union([token.box for token in row.tokens[cell[0] : cell[1]]])
        if abs(box[0] - name.box[0]) > 20 and not (box[0] < name.box[2] and box[2] > name.box[0]):  # noqa: PLR2004 - points
            continue
        starts = [hit for hit in reading.hits.get(row.index, ()) if hit.start == cell[0]]
        if row.y0 - bottom.y1 > LINE_GAP * bottom.height or len(party.block) > MOST_ROWS or _new_block(starts):
            break
        party.block.append(box)
        bottom = row
    return party


def _new_block(starts: Sequence[Hit]) -> bool:
    return any(hit.roles & {"buyer", "seller", "ship_to", "number", "date"} and hit.quality == 1 for hit in starts)


def seller_by_place(reading: Reading, buyers: Sequence[Party]) -> list[Party]:
    """Names that look like the seller: a legal form, large letters, the top of the first page."""
    found: dict[str, Party] = {}
    for row in reading.layout.rows:
        for start, end in row.cells:
            name = _name(reading, row, start, end)
            if name is None or _foreign(reading, name, buyers):
                continue
            score = _place_score(reading, name)
            key = fold(name.text)
            if score > 0 and (key not in found or found[key].score < score):
                found[key] = _party(reading, "seller", name, score, "stands like a letterhead")
    _repeated(reading, found)
    return sorted(found.values(), key=lambda party: -party.score)[:8]


def _foreign(reading: Reading, name: Span, buyers: Sequence[Party]) -> bool:
    if any(buyer.holds(name) or fold(buyer.name.text) == fold(name.text) for buyer in buyers):
        return True
    cell = name.row.cell_at(name.start)
    for hit in reading.hits.get(name.row.index, ()):
        beside = hit.end == name.start and hit.quality >= 0.9 and not hit.roles & {"number", "date"}  # noqa: PLR2004
        if hit.start <= name.start < hit.end or beside or (hit.start < name.start and hit.start >= cell[0]):
            return True
    return False


def _place_score(reading: Reading, name: Span) -> float:
    row = name.row
    width, height = reading.layout.sizes[row.page]
    top = max(0.0, 1 - row.y0 / max(0.35 * height, 1.0)) if row.page == 1 else 0.0
    tall = name.box[3] - name.box[1]
    large = min(max(tall / _usual_height(reading) - 1.1, 0.0), 1.0) if top > 0 else 0.0
    legal = has_legal_form(row, name.start, name.end)
    footer = row.y0 > 0.85 * height
    if not legal and top <= 0:
        return 0.0
    wide = name.box[2] - name.box[0] > 0.6 * width
    score = 0.2 * (top > 0) + 0.1 * top + 0.45 * legal + 0.3 * large + 0.1 * (footer and legal)
    return score * (0.5 if wide else 1.0)


def _usual_height(reading: Reading) -> float:
    heights = sorted(row.height for row in reading.layout.rows)
    return max(heights[len(heights) // 2], 1.0)


def _repeated(reading: Reading, found: dict[str, Party]) -> None:
    """A name printed again (letterhead and footer) or in a web address is more likely the seller's."""
    texts = [fold(row.text(start, end)) for row in reading.layout.rows for start, end in row.cells][:1500]
    domains = [token.norm for row in reading.layout.rows for token in row.tokens if _DOMAIN.search(token.text)]
    for key, party in found.items():
        if len(key) > 4 and sum(key in text for text in texts) > 1:  # noqa: PLR2004 - initials repeat by chance
            party.score += 0.15
        words = [token.norm for token in party.name.row.tokens[party.name.start : party.name.end]]
        brand = next((word for word in words if len(word) > 3), "")  # noqa: PLR2004 - short words are everywhere
        if brand and any(brand in domain for domain in domains):
            party.score += 0.35
