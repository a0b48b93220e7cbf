"""Formats without pages, laid out on a grid of 6 by 12 points a character, so that geometry means something."""

import re
import textwrap
from collections.abc import Iterable, Iterator

import msgspec

from docchain.features.documents.parsing.lines import bounds
from docchain.features.documents.parsing.model import Page, Table, Word

WIDTH, HEIGHT = 6.0, 12.0
MARGIN = 6
COLUMNS, ROWS = 87, 64
GAP = 3
WIDE_TABLE, NARROW_CELL = 120, 40
TEXT = re.compile(r"\S+")

Rows = list[list[str]]
Block = str | Rows


class Sheet(msgspec.Struct):
    """A page being written: text at columns, line after line."""

    words: list[Word]
    tables: list[Table]
    row: int = 0

    def write(self, text: str, column: int = 0, row: int | None = None) -> list[Word]:
        line = self.row if row is None else row
        top = (MARGIN / 2 + line) * HEIGHT
        written = [
            Word(
                match.group(),
                ((at := (MARGIN + column + match.start()) * WIDTH), top, at + len(match.group()) * WIDTH, top + HEIGHT),
                line,
            )
            for match in TEXT.finditer(text)
        ]
        self.words.extend(written)
        return written


def pages(blocks: Iterable[Block], first: int = 1, origin: str | None = None) -> list[Page]:
    """Lay out text lines and tables; a table's cells stand in columns."""
    sheets = [Sheet([], [])]
    for block in blocks:
        if isinstance(block, str):
            _text(sheets, block)
        else:
            _table(sheets, block)
    return [_page(sheet, number, origin) for number, sheet in enumerate(sheets, start=first)]


def wrap(text: str) -> list[str]:
    """A paragraph as lines that fit the page."""
    return textwrap.wrap(text, COLUMNS, break_long_words=False, break_on_hyphens=False) or [""]


def _text(sheets: list[Sheet], line: str) -> None:
    sheet = _sheet_with_room(sheets)
    sheet.write(line.expandtabs())
    sheet.row += 1


def _table(sheets: list[Sheet], rows: Rows) -> None:
    starts, wraps = _column_starts(rows)
    sheet = _sheet_with_room(sheets)
    words: list[Word] = []
    held: Rows = []
    for cells in rows:
        lines = [textwrap.wrap(cell, wraps) or [""] for cell in cells]
        tall = max((len(cell) for cell in lines), default=1)
        if sheet.row + tall > ROWS and sheet.row:
            _hold(sheet, words, held)
            words, held = [], []
            sheets.append(sheet := Sheet([], []))
        for start, cell in zip(starts, lines, strict=False):
            for offset, text in enumerate(cell):
                words += sheet.write(text, start, sheet.row + offset)
        held.append(cells)
        sheet.row += tall
    _hold(sheet, words, held)


def _hold(sheet: Sheet, words: list[Word], rows: Rows) -> None:
    if words:
        sheet.tables.append(Table(bounds(words), rows))


def _column_starts(rows: Rows) -> tuple[list[int], int]:
    count = max((len(row) for row in rows), default=0)
    widths = [max((len(row[index]) for row in rows if index < len(row)), default=0) for index in range(count)]
    wraps = WIDE_TABLE
    if sum(widths) + GAP * count > WIDE_TABLE:
        wraps = NARROW_CELL
    starts, at = [], 0
    for width in widths:
        starts.append(at)
        at += min(width, wraps) + GAP
    return starts, wraps


def _sheet_with_room(sheets: list[Sheet]) -> Sheet:
    if sheets[-1].row >= ROWS:
        sheets.append(Sheet([], []))
    return sheets[-1]


def _page(sheet: Sheet, number: int, origin: str | None) -> Page:
    words = list(_numbered(sheet.words))
    width = max([(COLUMNS + 2 * MARGIN) * WIDTH, *(word.box[2] + MARGIN * WIDTH for word in words)])
    return Page(number, width, (ROWS + MARGIN) * HEIGHT, "grid", words, sheet.tables, origin)


def _numbered(words: list[Word]) -> Iterator[Word]:
    """Words by row and column; `line` counts the rows that hold text."""
    numbers = {row: number for number, row in enumerate(sorted({word.line for word in words}))}
    for word in sorted(words, key=lambda word: (word.line, word.box[0])):
        yield msgspec.structs.replace(word, line=numbers[word.line])
