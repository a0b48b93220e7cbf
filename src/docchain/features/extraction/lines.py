"""The lines of an invoice; its one rule: a line is a row with an amount under the head of the amount column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations

from docchain.features.documents.parsing.model import Box
from docchain.features.extraction.geometry import Row, union
from docchain.features.extraction.heads import ANYWHERE, Column, Head, Reach, has_digit, head_at
from docchain.features.extraction.reading import Found, Reading, Span

WORD_ROLES = frozenset({"description", "code", "unit", "date"})
END_ROLES = frozenset({"net", "total", "tax", "discount", "retention", "paid"})
MOST_LINES, MOST_GAP, NEXT_LINE, LABEL_LIKE = 300, 7.0, 1.3, 0.96
FAR, ASIDE, UNIT_WORDS, CELL_WORDS = 45.0, 8.0, 3, 4
CENT = Decimal("0.02")
Cells = dict[str, list[Found | str]]


@dataclass(slots=True)
class Line:
    """One line as printed; `row` is where its amount stands."""

    row: int
    box: Box
    words: list[str] = field(default_factory=list)
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    proved: bool = False

    @property
    def description(self) -> str:
        return " ".join(self.words)


@dataclass(slots=True)
class LineTable:
    """All lines, and how far across the page they take each row, heads included."""

    lines: list[Line] = field(default_factory=list)
    taken: dict[int, Reach] = field(default_factory=dict)
    headed: bool = False

    def covers(self, span: Span) -> bool:
        """Whether these words belong to the table: heads and goods, not totals."""
        reach = self.taken.get(span.row.index)
        return reach is not None and span.box[2] > reach[0] and span.box[0] < reach[1]

    @property
    def total(self) -> Decimal | None:
        found = [line.amount for line in self.lines if line.amount is not None]
        return sum(found, Decimal(0)) if found else None


def find_lines(reading: Reading) -> LineTable:
    table = LineTable()
    position = 0
    while position < len(reading.layout.rows) and len(table.lines) < MOST_LINES:
        head = head_at(reading, position)
        position = _body(reading, head, table) if head else position + 1
    return table if table.lines else _headless(reading)


def _body(reading: Reading, head: Head, table: LineTable) -> int:
    """Read rows until the totals begin; where to look for the next head."""
    rows, first, previous = reading.layout.rows, len(table.lines), head.rows[-1]
    table.headed = True
    table.taken.update((row.index, head.reach) for row in head.rows)
    for position in range(previous.index + 1, len(rows)):
        row = _cropped(rows[position], head.reach)
        if row is None:
            continue
        turned = row.page != previous.page
        if not turned and row.y0 - previous.y1 > MOST_GAP * previous.height:
            return position
        cells = _cells(reading, row, head.columns)
        line = _line(row, cells)
        begun, ends = len(table.lines) > first, _ends(reading, row, head.reach)
        if line is not None and (line.proved or not (ends or _is_sum(line, table.lines[first:]))):
            table.lines.append(line)
        elif line is not None or ((begun or has_digit(row.tokens)) and (ends or head_at(reading, position))):
            return position
        elif turned or (begun and not _goes_on(table, previous, row, cells)):
            continue
        table.taken[row.index] = head.reach
        previous = row
    return len(rows)


def _is_sum(line: Line, lines: Sequence[Line]) -> bool:
    amounts = [other.amount for other in lines if other.amount is not None]
    return len(amounts) > 1 and line.quantity is None and line.amount == sum(amounts)


def _cropped(row: Row, reach: Reach) -> Row | None:
    """The part of a row that is within the table's reach."""
    cells = [
        (start, end)
        for start, end in row.cells
        if row.tokens[end - 1].box[2] > reach[0] and row.tokens[start].box[0] < reach[1]
    ]
    return replace(row, cells=cells) if cells else None


def _ends(reading: Reading, row: Row, reach: Reach) -> bool:
    hits = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & END_ROLES and hit.quality >= LABEL_LIKE]
    hits = [hit for hit in hits if hit.box[2] > reach[0] and hit.box[0] < reach[1]]
    return bool(hits) and (bool(reading.in_row(row, "money")) or any(hit.quality >= 1 for hit in hits))


def _cells(reading: Reading, row: Row, columns: Sequence[Column]) -> Cells:
    """What the row says under each head: typed values, and words."""
    cells: Cells = {}
    taken: set[int] = set()
    inside = {position for start, end in row.cells for position in range(start, end)}
    for item in reading.found.get(row.index, ()):
        if item.kind not in {"money", "percent"} or item.start not in inside or _in_sentence(row, item):
            continue
        column = _under(item.box, [column for column in columns if column.role not in WORD_ROLES])
        if column:
            taken.update(range(item.start, item.end))
            cells.setdefault(column.role, []).append(item)
    for start, end in row.cells:
        words = [row.tokens[i] for i in range(start, end) if i not in taken]
        if not words or (len(words) < min(end - start, UNIT_WORDS) and end - start < CELL_WORDS):
            continue
        role = _word_role(union([word.box for word in words]), columns)
        cells.setdefault(role, []).append(" ".join(word.text for word in words))
    return cells


def _in_sentence(row: Row, item: Found) -> bool:
    """Whether a number stands among words, as in “Model 7 black” or “1.5 kg box”."""
    start, end = row.cell_at(item.start)
    words = [token for i, token in enumerate(row.tokens[start:end], start) if not item.start <= i < item.end]
    letters = [word for word in words if any(map(str.isalpha, word.text))]
    return len(letters) > 1 or (bool(letters) and item.start > start)


def _under(box: Box, columns: Sequence[Column]) -> Column | None:
    """The head that a number stands under: by shared width, edges or middle."""
    best, best_distance = None, FAR
    for column in columns:
        other = column.box
        distance = min(abs(box[2] - other[2]), abs(box[0] - other[0]), abs(box[0] + box[2] - other[0] - other[2]) / 2)
        if min(box[2], other[2]) <= max(box[0], other[0]):
            distance += ASIDE
        if distance < best_distance:
            best, best_distance = column, distance
    return best


def _word_role(box: Box, columns: Sequence[Column]) -> str:
    """Words belong to the description, unless another column of words begins where they begin."""
    near = [column for column in columns if abs(column.box[0] - box[0]) < ASIDE]
    role = near[0].role if near else "description"
    return role if role in WORD_ROLES or role in {"position", "tax"} else "description"


def _line(row: Row, cells: Cells) -> Line | None:
    amount = next(iter(_numbers(cells, "amount")[::-1]), None)
    if amount is None or not amount.value.strong:
        return None
    box = union([token.box for start, end in row.cells for token in row.tokens[start:end]])
    line = Line(row.index, box, [str(word) for word in cells.get("description", [])])
    line.amount, line.currency = amount.value.number, amount.value.currency
    quantity, price = (_numbers(cells, role)[:1] for role in ("quantity", "unit_price"))
    line.quantity = quantity[0].value.number if quantity else None
    line.unit_price = price[0].value.number if price else None
    line.proved = _proved(line.quantity, line.unit_price, line, cells)
    if not line.proved:
        _reckon(line, cells)
    return line


def _reckon(line: Line, cells: Cells) -> None:
    """Find quantity and price by what they multiply to, where heads do not tell them."""
    order = [role for role in cells if role not in {"amount", "tax", "discount"}]
    numbers = sorted((item for role in order for item in _numbers(cells, role)), key=lambda item: item.start)
    for first, second in permutations(numbers[:5], 2):
        quantity, price = first.value.number, second.value.number
        fits = line.quantity in {None, quantity} or line.unit_price in {None, price}
        if fits and _proved(quantity, price, line, cells):
            line.quantity, line.unit_price, line.proved = quantity, price, True
            return


def _proved(quantity: Decimal | None, price: Decimal | None, line: Line, cells: Cells) -> bool:
    if quantity is None or price is None or line.amount is None:
        return False
    factor = Decimal(1)
    for item in cells.get("discount", []):
        if isinstance(item, Found):
            number = item.value if item.kind == "percent" else item.value.number
            factor *= 1 - abs(number) / 100
    product = quantity * price
    return abs(product * factor - line.amount) <= CENT or abs(product - line.amount) <= CENT


def _numbers(cells: Cells, role: str) -> list[Found]:
    return [item for item in cells.get(role, []) if isinstance(item, Found) and item.kind == "money"]


def _goes_on(table: LineTable, previous: Row, row: Row, cells: Cells) -> bool:
    """Whether a row of words close under a line goes on with its description."""
    words = [str(word) for word in cells.get("description", [])]
    numbers = any(isinstance(item, Found) for items in cells.values() for item in items)
    if not words or numbers or row.y0 - previous.y1 >= NEXT_LINE * row.height:
        return False
    line = table.lines[-1]
    line.words += words
    line.box = union([line.box, *(token.box for start, end in row.cells for token in row.tokens[start:end])])
    return True


def _headless(reading: Reading) -> LineTable:
    """Without a head, rows where quantity times price is the amount are the lines."""
    table = LineTable()
    for row in reading.layout.rows:
        line = None if _ends(reading, row, ANYWHERE) else _self_evident(reading, row)
        if line and len(table.lines) < MOST_LINES:
            table.lines.append(line)
            table.taken[row.index] = ANYWHERE
    return table


def _self_evident(reading: Reading, row: Row) -> Line | None:
    for first, second, third in _triples(reading.in_row(row, "money")):
        quantity, price, amount = (item.value.number for item in (first, second, third))
        if third.value.strong and amount and abs(quantity * price - amount) <= CENT:
            words = [row.text(0, first.start)] if first.start else [row.text(first.end, second.start)]
            box = union([token.box for token in row.tokens])
            return Line(row.index, box, words, quantity, price, amount, third.value.currency, proved=True)
    return None


def _triples(found: Sequence[Found]) -> Iterator[tuple[Found, Found, Found]]:
    yield from zip(found, found[1:], found[2:], strict=False)


def plain_number(number: Decimal) -> int | float:
    """A quantity as JSON knows it."""
    return int(number) if number == number.to_integral_value() else float(number)
