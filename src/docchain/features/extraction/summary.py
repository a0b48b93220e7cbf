"""What the labels say the totals are; its one rule: collect every printed claim, `totals` decides which agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from docchain.features.extraction.geometry import Row
from docchain.features.extraction.line_table import LineTable
from docchain.features.extraction.neighbours import Candidate, aligned, candidates, typed
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Found, Hit

ROLES = ("net", "tax", "total", "retention", "discount", "shipping", "paid")
HEADERS = frozenset({"net", "tax", "total", "tax_rate"})
WEAK, NOT_EDGE, IN_TABLE, UNLABELLED, BY_LINES = 0.55, 0.8, 0.93, 0.2, 0.3
MOST_ROWS, MOST_UNLABELLED, MOST_HITS, MOST_MISSES = 14, 40, 60, 2


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount that may be one of the totals: printed once, or the sum of several printed parts."""

    amount: Decimal
    parts: tuple[Found, ...]
    score: float
    method: str

    @property
    def currency(self) -> str | None:
        return next((part.value.currency for part in self.parts if part.value.currency), None)


Claims = dict[str, list[Claim]]


def collect(reading: Reading, table: LineTable) -> Claims:
    """Claims by role; in the line table labels are column heads or goods."""
    claims: Claims = {role: [] for role in ROLES}
    for role in ROLES:
        hits = [hit for hit in reading.labelled(role) if not table.covers(hit)]
        for hit in hits[-MOST_HITS:]:
            claims[role] += _of_label(reading, hit, role)
    for role, claim in _tables(reading):
        claims[role].append(claim)
    claims["net"] += _of_lines(reading, table)
    claims["tax"] += _several_rates(claims["tax"])
    claims["retention"] += _several_rates(claims["retention"])
    loose = [
        found for found in reading.all("money") if found.value.strong and found.value.number and not table.covers(found)
    ]
    for found in reversed(loose[-MOST_UNLABELLED:]):
        for role in ("net", "tax", "total"):
            claims[role].append(Claim(found.value.number, (found,), UNLABELLED, "printed without a label"))
    return {role: _merged(found) for role, found in claims.items()}


def _of_lines(reading: Reading, table: LineTable) -> Iterator[Claim]:
    """What the lines add up to may be the net, even where no label says so."""
    found = [
        next((item for item in reversed(reading.all_in(line.row, "money")) if item.value.number == line.amount), None)
        for line in table.lines
    ]
    parts = tuple(item for item in found if item)
    if table.total and len(parts) == len(table.lines):
        yield Claim(table.total, parts, BY_LINES, "sum of the lines")


def _of_label(reading: Reading, hit: Hit, role: str) -> Iterator[Claim]:
    found = [item for item in candidates(reading, hit, role, typed("money")) if _is_money(item)]
    edge = found[0] if role == "net" and found else found[-1] if found else None
    for item in found:
        score = item.score * (1.0 if item.value.strong else WEAK) * (1.0 if item is edge else NOT_EDGE)
        yield Claim(item.value.number, (item.found,), score, item.method)


def _is_money(item: Candidate) -> bool:
    found: Found = item.found
    if found.value.strong:
        return True
    start, end = found.row.cell_at(found.start)
    return found.start == start and found.end == end and abs(found.value.number) < 10**7


def _tables(reading: Reading) -> Iterator[tuple[str, Claim]]:
    for row in reading.layout.rows:
        heads = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & HEADERS]
        roles = {role for hit in heads for role in hit.roles & HEADERS}
        if len(heads) > 1 and len(roles) > 1 and not reading.in_row(row, "money"):
            yield from _table(reading, row, heads)


def _table(reading: Reading, header: Row, heads: list[Hit]) -> Iterator[tuple[str, Claim]]:
    rows: list[dict[int, Found]] = []
    last, misses = header, 0
    for row in reading.layout.below(header, 60 * header.height):
        if row.y0 - last.y1 > 3 * header.height or len(rows) >= MOST_ROWS or misses > MOST_MISSES:
            break
        cells = _assigned(reading.in_row(row, "money"), heads)
        total_row = any("total" in hit.roles and hit.start == 0 for hit in reading.hits.get(row.index, ()))
        if len(cells) > 1 and total_row:
            rows = [cells]
            break
        if cells:
            rows.append(cells)
            last, misses = row, 0
        else:
            misses += 1
    yield from _columns(rows, heads)


def _columns(rows: list[dict[int, Found]], heads: list[Hit]) -> Iterator[tuple[str, Claim]]:
    taxes: list[Claim] = []
    for place, head in enumerate(heads):
        role = next(iter(sorted(head.roles & {"net", "tax", "total"})), None)
        column = [cells[place] for cells in rows if place in cells]
        if role and column:
            claim = _column(column, len(rows), f"column “{head.text}”")
            yield role, claim
            taxes += [claim] if role == "tax" else []
    if len(taxes) > 1:
        parts = tuple(part for claim in taxes for part in claim.parts)
        yield (
            "tax",
            Claim(sum((claim.amount for claim in taxes), Decimal(0)), parts, IN_TABLE, "sum of the tax columns"),
        )


def _column(column: list[Found], rows: int, method: str) -> Claim:
    """What a column comes to: its one value, its last if that is the sum of the others, else their sum."""
    numbers = [found.value.number for found in column]
    if len(numbers) == 1 or numbers[-1] == sum(numbers[:-1]):
        whole = len(numbers) * 2 >= rows or rows < MOST_MISSES + 1
        return Claim(numbers[-1], (column[-1],), IN_TABLE if whole else IN_TABLE - 0.1, method)
    return Claim(sum(numbers, Decimal(0)), tuple(column), IN_TABLE - 0.1, f"sum of {method}")


def _assigned(items: Iterable[Found], heads: list[Hit]) -> dict[int, Found]:
    """The row's amounts by the place of the head they stand under."""
    cells: dict[int, Found] = {}
    for item in items:
        over = [place for place, head in enumerate(heads) if aligned(item.box, head.box)]
        if item.value.strong and over:
            place = min(over, key=lambda place: abs(sum(heads[place].box[::2]) - sum(item.box[::2])))
            cells.setdefault(place, item)
    return cells


def _several_rates(claims: list[Claim]) -> list[Claim]:
    """The sum of the rows that each state one rate's tax."""
    rows: dict[int, Claim] = {}
    for claim in claims:
        if len(claim.parts) == 1 and claim.amount and claim.method.startswith("right"):
            rows.setdefault(claim.parts[0].row.index, claim)
            if claim.score > rows[claim.parts[0].row.index].score:
                rows[claim.parts[0].row.index] = claim
    if not 1 < len(rows) < 6:  # noqa: PLR2004 - no invoice has more rates
        return []
    parts = list(rows.values())
    total = sum((claim.amount for claim in parts), Decimal(0))
    score = sum(claim.score for claim in parts) / len(parts)
    return [Claim(total, tuple(part for claim in parts for part in claim.parts), score * 0.95, "sum of all rates")]


def _merged(claims: list[Claim]) -> list[Claim]:
    """One claim an amount: the best."""
    best: dict[Decimal, Claim] = {}
    for claim in claims:
        known = best.get(claim.amount)
        if known is None or claim.score > known.score:
            best[claim.amount] = claim
    return sorted(best.values(), key=lambda claim: -claim.score)
