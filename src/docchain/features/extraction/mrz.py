"""The machine-readable zone of identity papers (ICAO 9303); its one rule: only right check digits are believed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from docchain.features.extraction.geometry import Layout, Row
from docchain.features.extraction.spans import Span

_LINE: Final = re.compile(r"[A-Z0-9<]{28,46}")
_WEIGHTS: Final = (7, 3, 1)
_CARD, _OLD_CARD, _BOOK = 30, 36, 44
_CENTURY: Final = 100


@dataclass(frozen=True, slots=True)
class Zone:
    """What a zone says; `right` names the fields whose check digits agree, `wrong` those whose do not."""

    values: dict[str, str]
    spans: dict[str, Span]
    right: frozenset[str]
    wrong: frozenset[str]


def check_digit(text: str) -> int:
    """By weights 7, 3, 1; letters count from 10, fillers nothing."""
    return sum(_value(char) * _WEIGHTS[at % 3] for at, char in enumerate(text)) % 10


def _value(char: str) -> int:
    return 0 if char == "<" else int(char, 36)


def find_zone(layout: Layout, today: date | None = None) -> Zone | None:
    """The zone of a paper: two or three rows of one length that follow each other."""
    lines = list(_lines(layout.rows))
    for at, (_, text) in enumerate(lines):
        size = len(text)
        count = {_CARD: 3, _OLD_CARD: 2, _BOOK: 2}.get(size)
        rows = lines[at : at + (count or 0)]
        if count and len(rows) == count and all(len(line) == size for _, line in rows):
            return _zone(rows, today or date.today())  # noqa: DTZ011 - only the century hangs on it
    return None


def _lines(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        text = "".join(token.text for token in row.tokens).replace("«", "<<").replace(" ", "").upper()
        if "<" in text and _LINE.fullmatch(text):
            yield row, text


def _zone(rows: Sequence[tuple[Row, str]], today: date) -> Zone:
    texts = [text for _, text in rows]
    card = len(texts) == 3  # noqa: PLR2004 - of cards
    number, check = (texts[0][5:14], texts[0][14]) if card else (texts[1][:9], texts[1][9])
    birth, sex, expiry, nation = (
        (texts[1][:7], texts[1][7], texts[1][8:15], texts[1][15:18])
        if card
        else (texts[1][13:20], texts[1][20], texts[1][21:28], texts[1][10:13])
    )
    names = (texts[2] if card else texts[0][5:]).strip("<").split("<<", 1)
    own = texts[0][15:30].strip("<") if card and texts[0][2:5] == "ESP" else ""
    found = {
        "document_number": own or number.strip("<"),
        "surnames": names[0].replace("<", " ").strip(),
        "given_names": (names[1] if len(names) > 1 else "").replace("<", " ").strip(),
        "birth_date": _day(birth[:6], today, past=True),
        "expiry_date": _day(expiry[:6], today, past=False),
        "nationality": nation.strip("<"),
        "sex": {"M": "M", "F": "F"}.get(sex, ""),
    }
    digits = {
        "document_number": (number, check),
        "birth_date": (birth[:6], birth[6]),
        "expiry_date": (expiry[:6], expiry[6]),
    }
    right = {name for name, (text, digit) in digits.items() if digit.isdigit() and check_digit(text) == int(digit)}
    return Zone(
        {name: value for name, value in found.items() if value},
        {name: _span(rows[_row_of(name, card=card)][0]) for name in found},
        frozenset(right),
        frozenset(digits) - right,
    )


def _row_of(name: str, *, card: bool) -> int:
    if name in {"surnames", "given_names"}:
        return 2 if card else 0
    return 0 if card and name == "document_number" else 1


def _span(row: Row) -> Span:
    return Span(row, 0, len(row.tokens))


def _day(text: str, today: date, *, past: bool) -> str:
    """A day of six digits: births lie behind, ends of validity within fifty years."""
    if not text.isdigit():
        return ""
    year = today.year // _CENTURY * _CENTURY + int(text[:2])
    if past and year > today.year:
        year -= _CENTURY
    if not past and year > today.year + _CENTURY // 2:
        year -= _CENTURY
    try:
        return date(year, int(text[2:4]), int(text[4:])).isoformat()
    except ValueError:
        return ""
