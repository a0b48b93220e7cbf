"""The lines of an invoice; its one rule: a line is a row with an amount under the head of the amount column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from docchain.features.documents.parsing.model import Box
from docchain.features.extraction import amounts
from docchain.features.extraction.geometry import Row, Token, overlap, union
from docchain.features.extraction.labels import index
from docchain.features.extraction.reading import Found, Hit, Reading, Span, hits_in

NUMERIC = frozenset({"quantity", "unit_price", "amount", "gross", "tax", "discount", "position"})
END_ROLES = frozenset({"net", "total", "tax", "discount", "retention", "paid"})
MOST_LINES, MOST_GAP, NEXT_LINE, MARGIN = 300, 7.0, 1.3, 10
PROSE, LABEL_LIKE, INFINITE = 0.5, 0.96, 1e9
Reach = tuple[float, float]
CENT = Decimal("0.02")


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


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role and where its head stands."""

    role: str
    box: Box


@dataclass(frozen=True, slots=True)
class Head:
    """The columns of a table, the rows that name them, and how far it goes across the page."""

    columns: list[Column]
    rows: list[Row]
    reach: Reach


def find_lines(reading: Reading) -> LineTable:
    table = LineTable()
    rows = reading.layout.rows
    position = 0
    while position < len(rows) and len(table.lines) < MOST_LINES:
        head = _head(rows, position)
        if head:
            table.headed = True
            table.taken.update((row.index, head.reach) for row in head.rows)
            position = _body(reading, head, table)
        else:
            position += 1
    return table if table.headed else _headless(reading)


def _head(rows: Sequence[Row], position: int) -> Head | None:
    """The head that begins in this row; a second row may complete it."""
    row = rows[position]
    hits = [hit for hit in hits_in(row, index("columns")) if hit.quality > PROSE]
    if len(hits) < 2 or _has_digit(row.tokens[hits[0].start : hits[-1].end]):
        return None
    reach = _reach(row, hits)
    used, columns = [row], _columns(hits)
    following = rows[position + 1] if position + 1 < len(rows) else None
    near = following is not None and following.page == row.page and following.y0 - row.y1 < row.height
    if following and near and not _has_digit(_inside(following, reach)):
        more = [column for column in _columns(list(hits_in(following, index("columns")))) if _is_new(column, columns)]
        columns += more
        used += [following] if more else []
    roles = {column.role for column in columns}
    goods, money = roles & {"description", "code", "quantity"}, roles & {"amount", "unit_price", "gross"}
    return Head(_settled(columns), used, reach) if goods and money and len(roles) > 1 else None


def _reach(row: Row, hits: Sequence[Hit]) -> Reach:
    """How far the table goes across the page: to the next words that are no heads."""
    cells = [row.cell_at(hit.start) for hit in hits]
    first, last = min(cell[0] for cell in cells), max(cell[1] for cell in cells)
    left = row.tokens[first].box[0] - MARGIN if first > 0 else -INFINITE
    right = row.tokens[last].box[0] - 1 if last < len(row.tokens) else INFINITE
    return left, right


def _inside(row: Row, reach: Reach) -> list[Token]:
    return [token for token in row.tokens if token.box[2] > reach[0] and token.box[0] < reach[1]]


def _has_digit(tokens: Sequence[Token]) -> bool:
    return any(char.isdigit() for token in tokens for char in token.text)


def _columns(hits: Sequence[Hit]) -> list[Column]:
    return [Column(hit.labels[0].role, hit.box) for hit in hits]


def _is_new(column: Column, known: Sequence[Column]) -> bool:
    return all(overlap(column.box, other.box) <= 0 for other in known)


def _settled(columns: list[Column]) -> list[Column]:
    """Give the amount role to the column that must have it."""
    roles = [column.role for column in columns]
    if "amount" in roles:
        return columns
    for stand_in in ("gross", "unit_price"):
        if stand_in in roles:
            last = len(roles) - 1 - roles[::-1].index(stand_in)
            return [Column("amount", c.box) if i == last else c for i, c in enumerate(columns)]
    return columns


def _body(reading: Reading, head: Head, table: LineTable) -> int:
    """Read rows until the totals begin; where to look for the next head."""
    start = head.rows[-1].index + 1
    rows, first, previous = reading.layout.rows, len(table.lines), head.rows[-1]
    for position in range(start, len(rows)):
        row = _cropped(rows[position], head.reach)
        if row is None:
            continue
        turned = row.page != previous.page
        if not turned and row.y0 - previous.y1 > MOST_GAP * previous.height:
            return position
        cells = _cells(reading, row, head.columns)
        line = _line(row, cells)
        begun, ends = len(table.lines) > first, _ends(reading, row, head.reach)
        if line is not None and (line.proved or not ends):
            table.lines.append(line)
        elif (begun or _has_digit(row.tokens)) and (ends or _head(rows, position)):
            return position
        elif turned or (begun and not _goes_on(table, previous, row, cells)):
            continue
        table.taken[row.index] = head.reach
        previous = row
    return len(rows)


def _cropped(row: Row, reach: Reach) -> Row | None:
    """The part of a row that is within the table's reach."""
    inside = [i for i, token in enumerate(row.tokens) if token.box[2] > reach[0] and token.box[0] < reach[1]]
    if not inside:
        return None
    if len(inside) == len(row.tokens):
        return row
    cells = [cell for cell in row.cells if cell[0] in inside]
    return replace(row, cells=cells)


def _ends(reading: Reading, row: Row, reach: Reach) -> bool:
    hits = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & END_ROLES and hit.quality >= LABEL_LIKE]
    hits = [hit for hit in hits if hit.box[2] > reach[0] and hit.box[0] < reach[1]]
    return bool(hits) and (bool(reading.in_row(row, "money")) or any(hit.quality >= 1 for hit in hits))


def _cells(reading: Reading, row: Row, columns: list[Column]) -> dict[str, list[Found | str]]:
    """What the row says under each head: typed values, and words that belong to none."""
    cells: dict[str, list[Found | str]] = {}
    taken: set[int] = set()
    inside = {position for start, end in row.cells for position in range(start, end)}
    for item in reading.found.get(row.index, ()):
        if item.kind not in {"money", "percent"} or item.start not in inside:
            continue
        inside_text = item.kind == "money" and not item.value.strong and _in_sentence(row, item)
        column = None if inside_text else _nearest(item.box, [c for c in columns if c.role in NUMERIC])
        if column:
            taken.update(range(item.start, item.end))
            cells.setdefault(column.role, []).append(item)
    for start, end in row.cells:
        words = [row.tokens[i] for i in range(start, end) if i not in taken]
        if not words or (len(words) < end - start and len(words) < 3 and (end - start) < 4):  # noqa: PLR2004 - a unit
            continue
        column = _nearest(union([word.box for word in words]), columns, text=True)
        role = column.role if column and column.role in {"code", "unit", "date", "position"} else "description"
        cells.setdefault(role, []).append(" ".join(word.text for word in words))
    return cells


def _in_sentence(row: Row, item: Found) -> bool:
    """Whether a bare number stands among words, as in “Model 7 black”."""
    start, end = row.cell_at(item.start)
    words = [token for i, token in enumerate(row.tokens[start:end], start) if not item.start <= i < item.end]
    letters = [word for word in words if any(map(str.isalpha, word.text))]
    return len(letters) > 1 or (bool(letters) and item.start > start)


def _nearest(box: Box, columns: Sequence[Column], *, text: bool = False) -> Column | None:
    best, best_distance = None, 45.0
    for column in columns:
        other = column.box
        edges = [abs(box[0] - other[0])] if text else [abs(box[2] - other[2]), abs(box[0] - other[0])]
        centre = abs(box[0] + box[2] - other[0] - other[2]) / 2
        shared = min(box[2], other[2]) - max(box[0], other[0])
        distance = min(*edges, centre) if not text else min(edges)
        distance = distance if shared > 0 or text else distance + 8
        if distance < best_distance:
            best, best_distance = column, distance
    return best


def _line(row: Row, cells: dict[str, list[Found | str]]) -> Line | None:
    amount = _number(cells, "amount", last=True)
    if amount is None or not amount.value.strong:
        return None
    line = Line(
        row.index, union([token.box for token in row.tokens]), [str(word) for word in cells.get("description", [])]
    )
    quantity, price = _number(cells, "quantity"), _number(cells, "unit_price")
    line.amount, line.currency = amount.value.number, amount.value.currency
    line.quantity = quantity.value.number if quantity else None
    line.unit_price = price.value.number if price else None
    line.proved = _proved(line, cells)
    return line


def _proved(line: Line, cells: dict[str, list[Found | str]]) -> bool:
    if line.quantity is None or line.unit_price is None or line.amount is None:
        return False
    factor = Decimal(1)
    for item in cells.get("discount", []):
        if isinstance(item, Found):
            number = item.value if item.kind == "percent" else item.value.number
            factor *= 1 - abs(number) / 100
    product = line.quantity * line.unit_price
    return abs(product * factor - line.amount) <= CENT or abs(product - line.amount) <= CENT


def _number(cells: dict[str, list[Found | str]], role: str, *, last: bool = False) -> Found | None:
    found = [item for item in cells.get(role, []) if isinstance(item, Found) and item.kind == "money"]
    return found[-1 if last else 0] if found else None


def _goes_on(table: LineTable, previous: Row, row: Row, cells: dict[str, list[Found | str]]) -> bool:
    """Whether a row of words close under a line goes on with its description."""
    words = [str(word) for word in cells.get("description", [])]
    numbers = any(isinstance(item, Found) for items in cells.values() for item in items)
    if not words or numbers or row.y0 - previous.y1 >= NEXT_LINE * row.height:
        return False
    line = table.lines[-1]
    line.words += words
    line.box = union([line.box, *(token.box for token in row.tokens)])
    return True


def _headless(reading: Reading) -> LineTable:
    """Without a head, rows where quantity times price is the amount are the lines."""
    table = LineTable()
    for row in reading.layout.rows:
        line = None if _ends(reading, row, (-INFINITE, INFINITE)) else _self_evident(reading, row)
        if line and len(table.lines) < MOST_LINES:
            table.lines.append(line)
            table.taken[row.index] = (-INFINITE, INFINITE)
    return table


def _self_evident(reading: Reading, row: Row) -> Line | None:
    found = reading.in_row(row, "money")
    for first, second, third in _triples(found):
        product = first.value.number * second.value.number
        if third.value.strong and third.value.number and abs(product - third.value.number) <= CENT:
            words = [row.text(0, first.start)] if first.start else []
            box = union([token.box for token in row.tokens])
            quantity, price, amount = (item.value.number for item in (first, second, third))
            return Line(row.index, box, words, quantity, price, amount, third.value.currency, proved=True)
    return None


def _triples(found: Sequence[Found]) -> Iterator[tuple[Found, Found, Found]]:
    yield from zip(found, found[1:], found[2:], strict=False)


def plain_number(number: Decimal) -> int | float:
    """A quantity as JSON knows it."""
    return int(number) if number == number.to_integral_value() else float(number)


def currency_of(lines: Sequence[Line]) -> str | None:
    return next((line.currency for line in lines if line.currency in amounts.CODES), None)
