"""A CSV or XLSX file to typed rows, in a child process; its one rule: a code with leading zeros stays a code."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from docchain.features.documents.lookups.normal import ColumnType, TableLocale, plain_number, spanish_number
from docchain.features.documents.parsing.failures import Unreadable

_ZIP: Final = b"PK\x03\x04"
_SAMPLE: Final = 64 * 1024
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""What no text has; a file with it is something else."""
_TOLD: Final = 5
_DELIMITERS: Final = ",;\t|"
_TAX: Final = re.compile(r"(^|[^a-z])(nif|cif|vat|rfc|tax|tin|ust)", re.IGNORECASE)
_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
_NAME: Final = re.compile(r"[^\w]+")
_LONGEST: Final = 2_000
_NUMBERS: Final = {"auto": (plain_number, spanish_number), "raw": (plain_number,), "es": (spanish_number,)}


class Limits(msgspec.Struct, frozen=True):
    rows: int
    columns: int


def read_table(
    given: str,
    made: str,
    name: str,
    types: Mapping[str, ColumnType],
    limits: Sequence[int],
    locale: TableLocale = "auto",
) -> Any:
    """Write the rows, one JSON array a line; returns columns with types, how many rows, and how numbers are written."""
    bounds = Limits(*limits)
    rows = _rows(Path(given), name)
    first = next(rows, [])
    columns = _columns(first, name, bounds)
    kept: list[list[Any]] = [
        [*map(_text, row[: len(columns)])] + [""] * (len(columns) - len(row))
        for row in _fitting(_bounded(rows, name, bounds), [_text(cell) for cell in first], name)
    ]
    if not kept:
        raise Unreadable("empty", f"{name} has no rows: its first row has to name the columns, and others follow.")
    told, spoken = [], locale
    for index, column in enumerate(columns):
        type_, convert = _typed(column, [row[index] for row in kept], types.get(column), locale)
        spoken = "es" if convert is spanish_number else spoken
        told.append((column, type_))
        for row in kept:
            row[index] = convert(row[index])
    unknown = sorted(set(types) - set(columns))
    if unknown:
        raise Unreadable("columns", f"{name} has no column {unknown[0]}; it has {', '.join(columns)}.")
    with Path(made).open("wb") as file:
        file.writelines(msgspec.json.encode(row) + b"\n" for row in kept)
    return told, len(kept), spoken


def _rows(path: Path, name: str) -> Iterator[list[Any]]:
    data = path.read_bytes()
    if data.startswith(_ZIP):
        yield from _sheet(path, name)
        return
    if _CONTROLS.search(data) or not data.strip():
        raise Unreadable("unsupported", f"{name} is no table; send CSV or XLSX.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    dialect = _dialect(text)
    done = 0
    try:
        for row in csv.reader(io.StringIO(text), dialect, strict=True, doublequote=True):
            yield row
            done += 1
    except csv.Error:
        detail = f"{name} is not a readable CSV table in row {done + 1}: a quotation mark is open or misplaced."
        raise Unreadable("damaged", f"{detail} Correct it, or export it again.") from None


def _dialect(text: str) -> Any:
    """How the file is written; where its rows tell nothing, what parts the names of the first."""
    try:
        return csv.Sniffer().sniff(text[:_SAMPLE], delimiters=_DELIMITERS)
    except csv.Error:
        first = text.partition("\n")[0]

        class Plain(csv.excel):
            delimiter = max(_DELIMITERS, key=first.count)

        return Plain


def _sheet(path: Path, name: str) -> Iterator[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - native, and only for this

    try:
        yield from CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError):
        raise Unreadable("damaged", f"{name} is not a readable XLSX table; export it again.") from None


def _columns(first: Sequence[Any], name: str, limits: Limits) -> list[str]:
    """Names to write in expressions: `NIF / CIF` is `nif_cif`."""
    columns: list[str] = []
    for index, cell in enumerate(first, 1):
        plain = _NAME.sub("_", _text(cell).strip().lower()).strip("_") or f"column_{index}"
        columns.append(plain if plain not in columns else f"{plain}_{index}")
    while columns and columns[-1] == f"column_{len(columns)}":
        columns.pop()
    if not columns:
        raise Unreadable("empty", f"{name} is empty: its first row has to name the columns.")
    if len(columns) > limits.columns:
        raise Unreadable("too_large", f"{name} has {len(columns)} columns; up to {limits.columns} are kept.")
    return columns


def _bounded(rows: Iterator[list[Any]], name: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """Rows that say something, by the number that a spreadsheet shows."""
    count = 0
    for number, row in enumerate(rows, 2):
        if any(_text(cell) for cell in row):
            count += 1
            if count > limits.rows:
                raise Unreadable("too_large", f"{name} has more than {limits.rows:,} rows; split it.")
            yield number, row


def _fitting(rows: Iterator[tuple[int, list[Any]]], names: Sequence[str], name: str) -> Iterator[list[Any]]:
    """Rows whose cells all stand under a name; nothing is dropped silently."""
    unnamed = {index for index, said in enumerate(names) if not said}
    wrong: list[int] = []
    for number, row in rows:
        extra = any(_text(cell) for cell in row[len(names) :])
        if extra or any(_text(row[index]) for index in unnamed if index < len(row)):
            wrong.append(number)
        yield row
    if wrong:
        told = ", ".join(map(str, wrong[:_TOLD])) + (", …" if len(wrong) > _TOLD else "")
        detail = f"{name} has cells under no column name in {len(wrong):,} rows: {told}."
        raise Unreadable("columns", f"{detail} Name the columns in the first row, or take the cells away.")


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return (cell.isoformat() if isinstance(cell, date) else str(cell)).strip()[:_LONGEST]


def _typed(
    column: str, cells: Sequence[str], wanted: ColumnType | None, locale: TableLocale
) -> tuple[ColumnType, Callable[[str], str | None]]:
    """The column's type, as it was asked for or as all of its cells have it."""
    if wanted in ("text", "tax_id") or (wanted is None and _TAX.search(column)):
        return wanted or "tax_id", _or_none
    said = [cell for cell in cells if cell]
    for type_, readers in (("number", _NUMBERS[locale]), ("date", tuple(map(_day, _DAYS)))):
        for read in readers:
            if wanted in (None, type_) and said and all(read(cell) is not None for cell in said):
                return type_, read  # type: ignore[return-value] # the literal of the tuple above
    if wanted is not None:
        raise Unreadable("columns", f"The column {column} is not {wanted} throughout; correct it, or call it text.")
    return "text", _or_none


def _or_none(cell: str) -> str | None:
    return cell or None


def _day(form: str) -> Callable[[str], str | None]:
    def read(cell: str) -> str | None:
        try:
            return datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007 - days have no zone
        except ValueError:
            return None

    return read
