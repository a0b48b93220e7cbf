"""Invoice lines as data; its one rule: what the table covers is goods, what follows it is totals."""

from dataclasses import dataclass, field
from decimal import Decimal

from docchain.features.documents import Box
from docchain.features.extraction.geometry import Row
from docchain.features.extraction.heads import Reach
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Span

CENT = Decimal("0.02")
LABEL_LIKE = 0.96
END_ROLES = frozenset({"net", "total", "tax", "discount", "retention", "paid"})


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


def ends(reading: Reading, row: Row, reach: Reach) -> bool:
    hits = [hit for hit in reading.hits.get(row.index, ()) if hit.roles & END_ROLES and hit.quality >= LABEL_LIKE]
    hits = [hit for hit in hits if hit.box[2] > reach[0] and hit.box[0] < reach[1]]
    return bool(hits) and (bool(reading.in_row(row, "money")) or any(hit.quality >= 1 for hit in hits))


def plain_number(number: Decimal) -> int | float:
    """A quantity as JSON knows it."""
    return int(number) if number == number.to_integral_value() else float(number)
