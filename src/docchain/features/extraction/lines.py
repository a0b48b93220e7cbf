"""The lines of an invoice; its one rule: a line is a row with an amount under the head of the amount column."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from docchain.features.documents import Box
from docchain.features.extraction.geometry import Row, has_digit, union
from docchain.features.extraction.headless import headless_lines
from docchain.features.extraction.heads import Column, Head, Reach, head_at
from docchain.features.extraction.line_table import CENT, Line, LineTable, ends
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Found

WORD_ROLES = frozenset({"description", "code", "unit", "date"})
MOST_LINES, MOST_GAP, NEXT_LINE = 300, 7.0, 1.3
FAR, ASIDE, UNIT_WORDS = 45.0, 8.0, 3
Cells = dict[str, list[Found | str]]


def find_lines(reading: Reading) -> LineTable:
    table = LineTable()
    position = 0
    while position < len(reading.layout.rows) and len(table.lines) < MOST_LINES:
        head = head_at(reading, position)
        position = _body(reading, head, table) if head else position + 1
    return table if table.lines else headless_lines(reading)


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
        begun, stop = len(table.lines) > first, ends(reading, row, head.reach)
        if line is not None and (line.proved or not (stop or _is_sum(line, table.lines[first:]))):
            table.lines.append(line)
        elif line is not None or ((begun or has_digit(row.tokens)) and (stop or head_at(reading, position))):
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


def _cells(reading: Reading, row: Row, columns: Sequence[Column]) -> Cells:
    """What the row says under each head: typed values, and words."""
    cells: Cells = {}
    taken: set[int] = set()
    inside = {position for start, end in row.cells for position in range(start, end)}
    for item in reading.found.get(row.index, ()):
        if item.kind not in {"money", "percent"} or item.start not in inside or _in_sentence(row, item, columns):
            continue
        column = _under(item.box, [column for column in columns if column.role not in WORD_ROLES - {"unit"}])
        if column:
            taken.update(range(item.start, item.end))
            cells.setdefault(column.role, []).append(item)
    for start, end in row.cells:
        words = [row.tokens[i] for i in range(start, end) if i not in taken]
        if not words:
            continue
        box = union([word.box for word in words])
        if len(words) < min(end - start, UNIT_WORDS) and _is_unit(box, columns):
            continue
        role = _word_role(box, columns)
        cells.setdefault(role, []).append(" ".join(word.text for word in words))
    return cells


def _is_unit(box: Box, columns: Sequence[Column]) -> bool:
    """Whether the words left beside a number stand in a column of numbers, as “pcs” does."""
    column = _under(box, columns)
    return column is not None and column.role not in {"description", "code", "other"}


def _in_sentence(row: Row, item: Found, columns: Sequence[Column]) -> bool:
    """Whether a number stands among words, as in “Model 7 black”, not at their head under its own column."""
    start, end = row.cell_at(item.start)
    if (item.start == start or item.end == end) and any(
        _edges_meet(item.box, c) for c in columns if c.role == "quantity"
    ):
        return False
    words = [token for i, token in enumerate(row.tokens[start:end], start) if not item.start <= i < item.end]
    letters = [word for word in words if any(map(str.isalpha, word.text))]
    return len(letters) > 1 or (bool(letters) and item.start > start)


def _edges_meet(box: Box, column: Column) -> bool:
    return min(abs(column.box[0] - box[0]), abs(column.box[2] - box[2])) < 2 * ASIDE


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
    numbers = [item for role in order for item in _numbers(cells, role)] + _numbers(cells, "amount")[:-1]
    numbers.sort(key=lambda item: item.start)
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
