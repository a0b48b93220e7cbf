"""A document read once: labels, dates, amounts and ids where they stand; its one rule: find all, decide nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from docchain.features.documents import Box
from docchain.features.extraction import amounts, dates, tax_ids
from docchain.features.extraction.geometry import DASHES, Layout, Row, union
from docchain.features.extraction.labels import Label, index

LABEL_WORDS, LABEL_CHARS = 7, 48
PROSE = 12
MOST_LABELS = 150
NARROW, BLANK = 0.3, 0.75
WINDOW = 8
_SPACED_GROUP = re.compile(r"\d{3}(?:[.,]\d{1,3})?[€$£]?")
_CENTS = re.compile(r"[.,](?:\d{2}|\d{4})\D{0,4}$")
_GROUPED = re.compile(r"\d[.,']\d{3}(?!\d)")
_GROUP_HEAD = re.compile(r"[€$£+\-]{0,2}\d{1,3}")


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


@dataclass(frozen=True, slots=True)
class Notation:
    """How this document prints numbers: its decimal mark, and whether only blanks may group digits."""

    decimal: str | None
    spaced: bool


@dataclass(slots=True)
class Reading:
    """All that was found, by row index."""

    layout: Layout
    hits: dict[int, list[Hit]] = field(default_factory=dict)
    found: dict[int, list[Found]] = field(default_factory=dict)
    decimal: str | None = None

    def labelled(self, *roles: str) -> Iterator[Hit]:
        """The labels of these roles, as many as any real document has."""
        wanted = frozenset(roles)
        found = (hit for hits in self.hits.values() for hit in hits if hit.roles & wanted)
        yield from islice(found, MOST_LABELS)

    def all(self, kind: str) -> Iterator[Found]:
        for found in self.found.values():
            yield from (item for item in found if item.kind == kind)

    def in_row(self, row: Row, kind: str) -> list[Found]:
        return self.all_in(row.index, kind)

    def all_in(self, index: int, kind: str) -> list[Found]:
        return [item for item in self.found.get(index, ()) if item.kind == kind]

    def languages(self) -> Counter[str]:
        return Counter(label.language for hits in self.hits.values() for hit in hits for label in hit.labels)


def read(layout: Layout) -> Reading:
    reading = Reading(layout)
    texts = [token.text for row in layout.rows for token in row.tokens]
    notation = Notation(amounts.notation(texts), spaced=not any(_GROUPED.search(text) for text in texts))
    reading.decimal = notation.decimal
    known = index()
    for row in layout.rows:
        hits = list(hits_in(row, known))
        if hits:
            reading.hits[row.index] = hits
        found = sorted(_found(row, notation), key=lambda item: item.start)
        if found:
            reading.found[row.index] = found
    return reading


def hits_in(row: Row, known: Mapping[str, tuple[Label, ...]]) -> Iterator[Hit]:
    """The labels of a row, the longest where they overlap."""
    for start, end in row.cells:
        position = start
        while position < end:
            hit = _hit_at(row, position, (start, end), known)
            if hit:
                yield hit
            position = hit.end if hit else position + 1


def _hit_at(row: Row, position: int, cell: tuple[int, int], known: Mapping[str, tuple[Label, ...]]) -> Hit | None:
    """The longest label that begins here."""
    first = row.tokens[position]
    if not first.norm or (first.norm == "%" and position > cell[0] and row.tokens[position - 1].text[-1:].isdigit()):
        return None
    key, best = "", None
    for end in range(position + 1, min(position + LABEL_WORDS, cell[1]) + 1):
        key += row.tokens[end - 1].norm
        if len(key) > LABEL_CHARS:
            break
        labels = known.get(key)
        if labels and row.tokens[end - 1].norm:
            best = (end, labels)
        if row.tokens[end - 1].text.endswith(":"):
            break
    if best is None:
        return None
    end, labels = best
    if not _stands_alone(row, position, end, cell):
        labels = tuple(label for label in labels if not label.alone)
    quality = _quality(row, position, end, cell)
    return Hit(row, position, end, labels, quality) if labels else None


def _stands_alone(row: Row, start: int, end: int, cell: tuple[int, int]) -> bool:
    if start != cell[0]:
        return False
    return end == cell[1] or row.tokens[end - 1].text.endswith(":") or not row.tokens[end].text[:1].isalpha()


def _quality(row: Row, start: int, end: int, cell: tuple[int, int]) -> float:
    if row.tokens[end - 1].text.endswith(":") or (start == cell[0] and end == cell[1]):
        return 1.0 if start == cell[0] else 0.9
    if cell[1] - cell[0] > PROSE:
        return 0.5
    if start == cell[0]:
        return 0.96
    before = row.tokens[start - 1].text
    if before.endswith("%"):
        return 0.96
    return 0.8 if any(char.isdigit() for char in before) else 0.7


def _found(row: Row, notation: Notation) -> Iterator[Found]:
    taken: set[int] = set()
    for kind in (_date_at, _iban_at, _tax_id_at, _percent_at):
        for position in range(len(row.tokens)):
            if position not in taken:
                item = kind(row, position, taken)
                if item:
                    taken.update(range(item.start, item.end))
                    yield item
    position = 0
    while position < len(row.tokens):
        item = None if position in taken else _money_at(row, position, taken, notation)
        if item:
            taken.update(range(item.start, item.end))
            yield item
        position = item.end if item else position + 1


def _window(row: Row, position: int, taken: set[int], size: int) -> list[str]:
    words = []
    for offset in range(position, min(position + size, row.cell_at(position)[1])):
        if offset in taken:
            break
        words.append(row.tokens[offset].text)
    return words


def _date_at(row: Row, position: int, taken: set[int]) -> Found | None:
    token = row.tokens[position]
    if not (token.text[:1].isdigit() or token.norm in dates.MONTHS):
        return None
    words = _window(row, position, taken, WINDOW)
    found = dates.match_date(" ".join(words))
    if found is None:
        return None
    length, end = 0, position
    while length < found.length:
        length += len(words[end - position]) + 1
        end += 1
    if length - 1 - found.length > 1 and words[end - position - 1][-(length - 1 - found.length) :][:1].isalnum():
        return None
    return Found(row, position, end, "date", found)


def _iban_at(row: Row, position: int, taken: set[int]) -> Found | None:
    text = row.tokens[position].text
    if not (len(text) >= 4 and text[:2].isalpha() and text[2:4].isdigit()):  # noqa: PLR2004 - country and check digits
        return None
    words = _window(row, position, taken, 9)
    for size in range(len(words), 0, -1):
        if tax_ids.is_iban("".join(words[:size])):
            return Found(row, position, position + size, "iban", tax_ids.compact("".join(words[:size])))
    return None


def _tax_id_at(row: Row, position: int, taken: set[int]) -> Found | None:
    text = row.tokens[position].text
    if not (text[:1].isupper() or text[:1].isdigit()):
        return None
    words = _window(row, position, taken, 5)
    for size in range(len(words), 0, -1):
        joined = "".join(words[:size])
        if len(joined) <= 24 and tax_ids.proved(joined):  # noqa: PLR2004 - the longest with separators
            return Found(row, position, position + size, "tax_id", tax_ids.shown(joined))
    return None


def _percent_at(row: Row, position: int, taken: set[int]) -> Found | None:
    text = row.tokens[position].text.strip("()")
    after = row.tokens[position + 1].text if position + 1 < len(row.tokens) and position + 1 not in taken else ""
    if text.endswith("%"):
        number = amounts.parse_number(text[:-1].strip())
    elif text[:1].isdigit() and after.strip("():") == "%":
        number = amounts.parse_number(text)
    else:
        return None
    end = position + (1 if text.endswith("%") else 2)
    return Found(row, position, end, "percent", number) if number is not None else None


def _money_at(row: Row, position: int, taken: set[int], notation: Notation) -> Found | None:
    start, end = position, position + 1
    text = row.tokens[position].text
    if not any(map(str.isdigit, text)):
        return None
    while (
        _GROUP_HEAD.fullmatch(text.split(" ")[0])
        and end < len(row.tokens)
        and end not in taken
        and _joins(row, end, notation)
    ):
        text += " " + row.tokens[end].text
        end += 1
    first = row.cell_at(position)[0]
    if text.endswith(")") and start > first and row.tokens[start - 1].text.startswith("("):
        text, start = row.tokens[start - 1].text + text, start - 1
    parsed = amounts.parse_money(text, notation.decimal)
    if parsed is None:
        return None
    number, currency = parsed
    if start > first and start - 1 not in taken and row.tokens[start - 1].text in DASHES:
        number, start = -abs(number), start - 1
    cents = bool(_CENTS.search(text))
    if currency is None and end < row.cell_at(position)[1] and end not in taken:
        currency = amounts.currency_of(row.tokens[end].text)
        end += currency is not None
    if currency is None and start and start - 1 not in taken:
        currency = amounts.currency_of(row.tokens[start - 1].text.lstrip(DASHES))
        if currency:
            start -= 1
            number = -abs(number) if row.tokens[start].text.startswith(tuple(DASHES)) else number
    return Found(row, start, end, "money", Amount(number, currency, cents or currency is not None))


def _joins(row: Row, position: int, notation: Notation) -> bool:
    """Whether a blank only groups digits; where other marks group them it must be narrow."""
    left, right = row.tokens[position - 1], row.tokens[position]
    near = right.box[0] - left.box[2] < (BLANK if notation.spaced else NARROW) * row.height
    return near and bool(_SPACED_GROUP.fullmatch(right.text))
