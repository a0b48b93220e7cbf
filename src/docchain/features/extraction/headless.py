"""Lines without a table head; its one rule: only arithmetic proves them."""

from collections.abc import Sequence
from decimal import Decimal

from docchain.features.extraction.geometry import Row, union
from docchain.features.extraction.heads import ANYWHERE
from docchain.features.extraction.line_table import CENT, Line, LineTable, ends
from docchain.features.extraction.neighbours import aligned
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Found

MOST_LINES, MOST_GAP, LEAST, MOST_STARTS = 60, 4.0, 2, 40


def headless_lines(reading: Reading) -> LineTable:
    """Rows where quantity times price is the amount, else rows that add up to an amount further down."""
    table = LineTable()
    for row in reading.layout.rows:
        line = None if ends(reading, row, ANYWHERE) else _multiplied(reading, row)
        if line and len(table.lines) < MOST_LINES:
            _add(table, line)
    if not table.lines or not _printed_below(reading, table.lines[-1].row, table.total):
        known = {line.row: line for line in table.lines}
        added = _added_up(reading)
        table = LineTable() if added else table
        for line in added:
            _add(table, known.get(line.row, line))
    return table


def _add(table: LineTable, line: Line) -> None:
    table.lines.append(line)
    table.taken[line.row] = ANYWHERE


def _multiplied(reading: Reading, row: Row) -> Line | None:
    found = reading.in_row(row, "money")
    for first, second, third in zip(found, found[1:], found[2:], strict=False):
        quantity, price, amount = (item.value.number for item in (first, second, third))
        if third.value.strong and amount and abs(quantity * price - amount) <= CENT:
            words = row.text(0, first.start) if first.start else row.text(first.end, second.start)
            return _line(row, words, third, quantity, price)
    return None


def _line(row: Row, words: str, amount: Found, quantity: Decimal | None = None, price: Decimal | None = None) -> Line:
    box = union([token.box for token in row.tokens])
    value = amount.value
    return Line(row.index, box, [words], quantity, price, value.number, value.currency, proved=quantity is not None)


def _added_up(reading: Reading) -> list[Line]:
    """The longest run of rows, each words and an amount in one column, whose sum is printed below them."""
    rows = [(row, amount) for row in reading.layout.rows if (amount := _last_amount(reading, row)) is not None]
    best: list[tuple[Row, Found]] = []
    for start in range(min(len(rows), MOST_STARTS)):
        run = _run(reading, rows[start : start + MOST_LINES])
        for size in range(len(run), max(LEAST, len(best) + 1) - 1, -1):
            total = sum((amount.value.number for _, amount in run[:size]), Decimal(0))
            if total and _printed_below(reading, run[size - 1][0].index, total):
                best = run[:size]
                break
    best = [
        (row, amount)
        for row, amount in best
        if not (_is_labelled(reading, row, {"tax"}, 0) or _is_held_back(reading, row))
    ]
    return [_line(row, row.text(0, amount.start).rstrip(" ."), amount) for row, amount in best]


def _last_amount(reading: Reading, row: Row) -> Found | None:
    """The amount a row of goods ends with."""
    found = [item for item in reading.in_row(row, "money") if item.value.strong]
    wordy = bool(found) and any(len(token.norm) > 2 and token.norm.isalpha() for token in row.tokens[: found[0].start])  # noqa: PLR2004
    return found[-1] if wordy else None


def _is_labelled(reading: Reading, row: Row, roles: set[str], strangers: int) -> bool:
    """Whether such a label, with so many other words at most, is all that stands before the amount."""
    first = next((item.start for item in reading.found.get(row.index, ())), len(row.tokens))
    for hit in reading.hits.get(row.index, ()):
        words = [token for token in row.tokens[hit.end : first] if token.norm.isalpha()]
        if hit.roles & roles and hit.start == row.cell_at(hit.start)[0] and len(words) <= strangers:
            return True
    return False


def _is_held_back(reading: Reading, row: Row) -> bool:
    """Whether the row is a retention, as in “- 15 % I.R.P.F.”: it comes off what is paid, and is nothing sold."""
    first = next((at for at, token in enumerate(row.tokens) if token.norm.isalpha()), None)
    return any("retention" in hit.roles and hit.start == first for hit in reading.hits.get(row.index, ()))


def _run(reading: Reading, rows: Sequence[tuple[Row, Found]]) -> list[tuple[Row, Found]]:
    """Rows that follow each other closely, up to the first total."""
    run: list[tuple[Row, Found]] = []
    for row, amount in rows:
        above, first = (run[-1][0], run[0][1]) if run else (row, amount)
        if _is_labelled(reading, row, {"net", "total"}, 1):
            break
        if row.page != above.page or row.y0 - above.y1 > MOST_GAP * above.height:
            break
        if aligned(amount.box, first.box):
            run.append((row, amount))
    return run


def _printed_below(reading: Reading, row: int, total: Decimal | None) -> bool:
    return any(item.row.index > row and item.value.number == total for item in reading.all("money"))
