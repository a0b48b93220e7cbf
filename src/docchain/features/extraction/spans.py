"""What stands on a page: labels and typed values, each in its row; its one rule: a span always knows its box."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docchain.features.documents import Box
from docchain.features.extraction.geometry import Row, union
from docchain.features.extraction.labels import Label


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens of one row."""

    row: Row
    start: int
    end: int

    @property
    def box(self) -> Box:
        return union([token.box for token in self.row.tokens[self.start : self.end]])

    @property
    def text(self) -> str:
        return self.row.text(self.start, self.end)

    @property
    def norm(self) -> str:
        return "".join(token.norm for token in self.row.tokens[self.start : self.end])

    @property
    def confidence(self) -> float:
        return min((token.confidence for token in self.row.tokens[self.start : self.end]), default=0.0)


@dataclass(frozen=True, slots=True)
class Hit(Span):
    """A label on the page; `quality` says how much it stands like a label."""

    labels: tuple[Label, ...]
    quality: float

    def weight(self, role: str) -> float:
        return max((label.weight * self.quality for label in self.labels if label.role == role), default=0.0)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(label.role for label in self.labels)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as printed; `strong` when a currency or cents say that it is money."""

    number: Decimal
    currency: str | None
    strong: bool


@dataclass(frozen=True, slots=True)
class Found(Span):
    """A typed value on the page: `kind` is date, tax_id, iban, percent or money."""

    kind: str
    value: Any
