"""Rows to a file as CSV, JSON or XLSX, a row at a time; its one rule: no cell is ever a formula."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from docchain.features.documents.data_out.locales import Cell, Locale

Format = Literal["csv", "json", "xlsx"]
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_EXACT_DIGITS: Final = 15
"""A spreadsheet's numbers are floats: with more digits than these, an amount is written as text."""
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - spreadsheets know no zones
_LONGEST: Final = 32_767
"""Characters that a cell of a spreadsheet may have."""


class Writer(Protocol):
    def write(self, row: Mapping[str, Cell]) -> None: ...

    def close(self) -> None: ...


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, marked as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def writer_to(path: Path, format_: Format, columns: Sequence[str], locale: Locale) -> Writer:
    """Begin a file; the columns are known by then."""
    kinds: dict[str, Any] = {"csv": _Csv, "json": _Json, "xlsx": _Xlsx}
    writer: Writer = kinds[format_](path, columns, locale)
    return writer


class _Csv:
    """With a byte order mark, by which spreadsheets know UTF-8, unless it is for machines."""

    def __init__(self, path: Path, columns: Sequence[str], locale: Locale) -> None:
        self._columns, self._locale = columns, locale
        self._file = path.open("w", encoding="utf-8" if locale.name == "raw" else "utf-8-sig", newline="")
        self._csv = csv.writer(self._file, delimiter=locale.separator)
        self._csv.writerow([harmless(locale.heading(column)) for column in columns])

    def write(self, row: Mapping[str, Cell]) -> None:
        self._csv.writerow([self._text(row.get(column)) for column in self._columns])

    def close(self) -> None:
        self._file.close()

    def _text(self, cell: Cell) -> str:
        text = self._locale.text(cell)
        return harmless(text) if isinstance(cell, str) else text


class _Json:
    def __init__(self, path: Path, columns: Sequence[str], locale: Locale) -> None:
        self._columns, self._locale = columns, locale
        self._file = path.open("w", encoding="utf-8")
        self._file.write("[")
        self._first = True

    def write(self, row: Mapping[str, Cell]) -> None:
        told = {self._locale.heading(column): self._value(row.get(column)) for column in self._columns}
        self._file.write(("" if self._first else ",") + "\n" + json.dumps(told, ensure_ascii=False))
        self._first = False

    def close(self) -> None:
        self._file.write("\n]\n")
        self._file.close()

    def _value(self, cell: Cell) -> str | bool | None:
        return cell if cell is None or isinstance(cell, bool) else self._locale.text(cell)


class _Xlsx:
    """Rows go to disk at once; numbers and dates are real ones, everything else is text."""

    def __init__(self, path: Path, columns: Sequence[str], locale: Locale) -> None:
        import xlsxwriter  # noqa: PLC0415 - only for this format

        self._columns = columns
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({"created": _MADE})  # the same rows make the same file
        self._sheet = self._book.add_worksheet()
        bold = self._book.add_format({"bold": True})
        self._number = self._book.add_format({"num_format": "#,##0.00"})
        self._plain = self._book.add_format({"num_format": "General"})
        self._day = self._book.add_format({"num_format": locale.excel_day})
        self._moment = self._book.add_format({"num_format": f"{locale.excel_day} hh:mm:ss"})
        self._sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            self._sheet.set_column(index, index, 14)
            self._sheet.write_string(0, index, locale.heading(column), bold)
        self._row = 0

    def write(self, row: Mapping[str, Cell]) -> None:
        self._row += 1
        for index, column in enumerate(self._columns):
            self._cell(index, row.get(column))

    def close(self) -> None:
        self._book.close()

    def _cell(self, index: int, cell: Cell) -> None:
        sheet, row = self._sheet, self._row
        if cell is None:
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, index, cell)
        elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= _EXACT_DIGITS:
            whole = cell == cell.to_integral_value() and "." not in str(cell)
            sheet.write_number(row, index, float(cell), self._plain if whole else self._number)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, index, cell.replace(tzinfo=None), self._moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, index, cell, self._day)
        else:
            sheet.write_string(row, index, str(cell)[:_LONGEST])
