"""Rows on their way to a file: kept on disk until all columns are known; its one rule: flat memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from docchain.features.documents.data_out.flattening import Row
from docchain.features.documents.data_out.locales import LOCALES, Cell, LocaleName
from docchain.features.documents.data_out.writing import Format, writer_to

MOST_COLUMNS: Final = 1_000


class Gathered:
    """Rows in a file of our own, one a line, and their columns in the order they came.

    Args:
        path: an empty file.
        columns: only these, in this order; without, all there are.
    """

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self._path = path
        self._given = tuple(columns)
        self._columns: dict[str, None] = dict.fromkeys(columns)
        self.unseen = set(columns)
        """Those given that no row has."""
        self.rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        with self._path.open("ab") as file:
            for row in rows:
                self.rows += 1
                self.unseen -= row.keys()
                if not self._given and len(self._columns) < MOST_COLUMNS:
                    self._columns |= dict.fromkeys(row)
                file.write(msgspec.json.encode({name: _kept(cell) for name, cell in row.items()}) + b"\n")

    def add_columns(self, columns: Iterable[str]) -> None:
        """What a file without rows has at its top."""
        self._columns |= dict.fromkeys(columns)

    def write(self, path: Path, format_: Format, locale: LocaleName) -> int:
        """Write all of it; returns the number of rows."""
        writer = writer_to(path, format_, self.columns, LOCALES[locale])
        try:
            for row in self._read():
                writer.write(row)
        finally:
            writer.close()
        return self.rows

    @property
    def columns(self) -> list[str]:
        """Of lines last, whatever came first."""
        if self._given:
            return list(self._given)
        return sorted(self._columns, key=lambda name: name == "line" or name.startswith("line."))

    def _read(self) -> Iterator[Row]:
        with self._path.open("rb") as file:
            for line in file:
                kept: Mapping[str, Any] = msgspec.json.decode(line)
                yield {name: _cell(value) for name, value in kept.items()}


def _kept(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return ["n", str(cell)]
    if isinstance(cell, datetime):
        return ["t", cell.isoformat()]
    return ["d", cell.isoformat()] if isinstance(cell, date) else cell


def _cell(kept: Any) -> Cell:
    match kept:
        case ["n", number]:
            return Decimal(number)
        case ["t", moment]:
            return datetime.fromisoformat(moment)
        case ["d", day]:
            return date.fromisoformat(day)
        case cell:
            found: Cell = cell
            return found
