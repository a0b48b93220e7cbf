"""The head of a line table; its one rule: every cell of a head is a column, also one with an unknown name."""

from collections.abc import Sequence
from dataclasses import dataclass

from docchain.features.documents import Box
from docchain.features.extraction.geometry import Row, Token, has_digit, overlap, union
from docchain.features.extraction.labels import index
from docchain.features.extraction.reading import Reading, hits_in
from docchain.features.extraction.spans import Hit

PROSE, MARGIN, INFINITE = 0.5, 10, 1e9
LEAST_COLUMNS, STRANGE_COLUMNS = 2, 3
MONEY_ROLES = frozenset({"amount", "unit_price", "gross"})
SUMMARY_ROLES = frozenset({"net", "tax", "total", "tax_rate"})
FORM_ROLES = frozenset({"number", "date", "due_date", "order_number", "customer_number"})
GOODS_ROLES = frozenset({"description", "code", "quantity"})
Reach = tuple[float, float]
ANYWHERE: Reach = (-INFINITE, INFINITE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its role (`other` when its name is unknown) and where its head stands."""

    role: str
    box: Box


@dataclass(frozen=True, slots=True)
class Head:
    """The columns of a table, the rows that name them, and how far it goes across the page."""

    columns: list[Column]
    rows: list[Row]
    reach: Reach


def head_at(reading: Reading, position: int) -> Head | None:
    """The head that begins in this row; a second row may complete it."""
    rows = reading.layout.rows
    row = rows[position]
    hits = [hit for hit in hits_in(row, index("columns")) if hit.quality > PROSE and not _has_amount(reading, hit)]
    if len(hits) < LEAST_COLUMNS or has_digit(row.tokens[hits[0].start : hits[-1].end]) or _is_form(reading, row):
        return None
    cells = _own_cells(reading, row, hits)
    reach = _reach(row, cells)
    used, columns = [row], _columns(row, cells, hits)
    following = rows[position + 1] if position + 1 < len(rows) else None
    near = following is not None and following.page == row.page and following.y0 - row.y1 < row.height
    if following and near and not has_digit(inside(following, reach)):
        more = _columns(following, [], list(hits_in(following, index("columns"))))
        more = [column for column in more if all(overlap(column.box, other.box) <= 0 for other in columns)]
        columns += more
        used += [following] if more else []
    return Head(_settled(columns), used, reach) if _tells_goods(reading, row, columns) else None


def _tells_goods(reading: Reading, row: Row, columns: Sequence[Column]) -> bool:
    """Whether these columns are those of goods, not of a tax summary."""
    roles = {column.role for column in columns}
    summary = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & SUMMARY_ROLES]
    if len(roles) < LEAST_COLUMNS or (not roles & GOODS_ROLES and len(summary) >= LEAST_COLUMNS):
        return False
    money = bool(roles & MONEY_ROLES)
    return (money and bool(roles & GOODS_ROLES)) or (len(columns) >= STRANGE_COLUMNS and (money or not summary))


def _has_amount(reading: Reading, hit: Hit) -> bool:
    """Whether an amount stands right after these words: a total, not a head."""
    end = hit.row.cell_at(hit.start)[1]
    return any(item.value.strong and hit.end <= item.start <= end for item in reading.in_row(hit.row, "money"))


def _is_form(reading: Reading, row: Row) -> bool:
    """Whether the row heads the document's own fields, as “Number | Date | Total due” does."""
    hits = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & FORM_ROLES]
    return any((hit.start, hit.end) == row.cell_at(hit.start) and hit.norm not in index("columns") for hit in hits)


def inside(row: Row, reach: Reach) -> list[Token]:
    return [token for token in row.tokens if token.box[2] > reach[0] and token.box[0] < reach[1]]


def _own_cells(reading: Reading, row: Row, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """The cells of the head: from the first to the last, less those that other fields begin."""
    known = {row.cell_at(hit.start) for hit in hits}
    labels = {row.cell_at(hit.start) for hit in reading.hits.get(row.index, ())}
    first, last = row.cells.index(min(known)), row.cells.index(max(known))
    while first > 0 and _is_plain(row, row.cells[first - 1]) and row.cells[first - 1] not in labels:
        first -= 1
    while last + 1 < len(row.cells) and _is_plain(row, row.cells[last + 1]):
        last += 1
    return row.cells[first : last + 1]


def _is_plain(row: Row, cell: tuple[int, int]) -> bool:
    return not has_digit(row.tokens[cell[0] : cell[1]])


def _reach(row: Row, cells: Sequence[tuple[int, int]]) -> Reach:
    """How far the table goes: to the next words that are none of its heads."""
    first, last = cells[0][0], cells[-1][1]
    left = row.tokens[first].box[0] - MARGIN if first > 0 else -INFINITE
    right = row.tokens[last].box[0] - 1 if last < len(row.tokens) else INFINITE
    return left, right


def _columns(row: Row, cells: Sequence[tuple[int, int]], hits: Sequence[Hit]) -> list[Column]:
    named = [Column(_role(hit), hit.box) for hit in hits]
    held = {row.cell_at(hit.start) for hit in hits}
    strange = [
        Column("other", union([token.box for token in row.tokens[cell[0] : cell[1]]]))
        for cell in cells
        if cell not in held
    ]
    return sorted([*named, *strange], key=lambda column: column.box[0])


def _role(hit: Hit) -> str:
    """A price “per” something is a unit price, whatever it is called."""
    return "unit_price" if "/" in hit.row.text(*hit.row.cell_at(hit.start)) and "€" in hit.text else hit.labels[0].role


def _settled(columns: list[Column]) -> list[Column]:
    """Give the amount role to the column that must have it, and to no other."""
    roles = [column.role for column in columns]
    if roles[-1] == "description" and roles.count("description") > 1:
        roles[-1] = "other"
    if "amount" not in roles:
        last = max(
            (i for i, role in enumerate(roles) if role in {"gross", "unit_price", "other"}), default=len(roles) - 1
        )
        return [Column("amount", c.box) if i == last else c for i, c in enumerate(columns)]
    amounts = [i for i, role in enumerate(roles) if role == "amount"]
    return [Column("other", c.box) if i in amounts[:-1] else c for i, c in enumerate(columns)]
