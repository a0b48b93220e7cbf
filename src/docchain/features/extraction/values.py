"""Dates, amounts, shares and ids in a row; its one rule: each word belongs to one value at most."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docchain.features.extraction import amounts, dates, tax_ids
from docchain.features.extraction.geometry import DASHES, Row
from docchain.features.extraction.spans import Amount, Found

NARROW, BLANK = 0.3, 0.75
WINDOW = 8
CODE = 3  # letters of a currency's code
_SPACED_GROUP = re.compile(r"\d{3}(?:[.,]\d{1,3})?[€$£]?")
_CENTS = re.compile(r"[.,](?:\d{2}|\d{4})\D{0,4}$")
_GROUPED = re.compile(r"\d[.,']\d{3}(?!\d)")
_GROUP_HEAD = re.compile(r"[€$£+\-]{0,2}\d{1,3}")


@dataclass(frozen=True, slots=True)
class Notation:
    """How this document prints numbers: its decimal mark, and whether only blanks may group digits."""

    decimal: str | None
    spaced: bool


def notation_of(texts: Iterable[str]) -> Notation:
    known = list(texts)
    return Notation(amounts.notation(known), spaced=not any(_GROUPED.search(text) for text in known))


def values_in(row: Row, notation: Notation) -> Iterator[Found]:
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
    parsed = amounts.parse_money(_said_aside(row, start, text), notation.decimal)
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


def _said_aside(row: Row, start: int, text: str) -> str:
    """“SETECIENTOS EUROS (700,00 €)” and “ten dollars ($10.00)” are asides, not negative amounts."""
    if not (text.startswith("(") and start):
        return text
    before = row.tokens[start - 1]
    if ")" not in text:
        return text[1:] if start > row.cell_at(start)[0] and before.norm.isalpha() else text
    spelled = before.text.isalpha() and len(before.text) > CODE and amounts.currency_of(before.text)
    return text[1:].rstrip(".,;").removesuffix(")") if spelled else text


def _joins(row: Row, position: int, notation: Notation) -> bool:
    """Whether a blank only groups digits; where other marks group them it must be narrow."""
    left, right = row.tokens[position - 1], row.tokens[position]
    near = right.box[0] - left.box[2] < (BLANK if notation.spaced else NARROW) * row.height
    return near and bool(_SPACED_GROUP.fullmatch(right.text))
