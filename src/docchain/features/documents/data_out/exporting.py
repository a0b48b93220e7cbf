"""An export from question to file; its one rule: batch by batch, so that memory stays flat however many there are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from docchain.features.documents.data_out.errors import BadExport, ExportTooLarge
from docchain.features.documents.data_out.flattening import HEAD, Lines, Row
from docchain.features.documents.data_out.gathering import Gathered
from docchain.features.documents.data_out.schemas import ExportRequest
from docchain.features.documents.data_out.service import BATCH, ExportService
from docchain.features.documents.schemas import DocumentFilter
from docchain.platform.errors import FieldFault
from docchain.platform.work import Work

SHEET_ROWS: Final = 1_048_575


class Reads(Protocol):
    """Runs a transaction for whoever asks."""

    def __call__(self, transaction: Callable[[Work], Any], /) -> Awaitable[Any]: ...


async def export(read: Reads, wanted: ExportRequest, folder: tuple[Path, Path], most: int) -> tuple[int, int]:
    """Write the file that is wanted; returns how many documents and rows it has.

    Args:
        read: the asker's transactions.
        wanted: what and how.
        folder: an empty file for rows on their way, and the one to write.
        most: documents that an export may have.
    """
    if wanted.documents and wanted.filter is not None:
        raise BadExport("It names documents and has a filter.", hint="Send one of the two.")
    gathered = Gathered(folder[0], wanted.columns)
    documents = await (_named if wanted.documents else _filtered)(read, wanted, gathered, most)
    if not gathered.rows:
        gathered.add_columns(HEAD)
    elif gathered.unseen and (unknown := gathered.unseen - await read(_declared)):
        raise _unknown(wanted.columns, unknown)
    if wanted.format == "xlsx" and gathered.rows > SHEET_ROWS:
        hint = "Export it as CSV, or narrow the filter."
        raise ExportTooLarge(f"{gathered.rows:,} rows are more than a sheet has ({SHEET_ROWS:,}).", hint=hint)
    rows = await asyncio.to_thread(gathered.write, folder[1], wanted.format, wanted.locale)
    return documents, rows


async def _named(read: Reads, wanted: ExportRequest, gathered: Gathered, most: int) -> int:
    _check(len(wanted.documents), most)
    for start in range(0, len(wanted.documents), BATCH):
        batch = wanted.documents[start : start + BATCH]
        rows = await read(partial(_rows_named, batch, wanted.lines))
        await asyncio.to_thread(gathered.add, rows)
    return len(wanted.documents)


async def _filtered(read: Reads, wanted: ExportRequest, gathered: Gathered, most: int) -> int:
    which = wanted.filter or DocumentFilter()
    cursor: str | None = None
    documents: int = 0
    while True:
        rows, count, cursor = await read(partial(_rows_behind, which, cursor, wanted.lines))
        documents += count
        _check(documents, most)
        await asyncio.to_thread(gathered.add, rows)
        if cursor is None:
            return documents


def _rows_named(references: Sequence[str], lines: Lines, work: Work) -> list[Row]:
    return ExportService(work).named(references, lines)


def _rows_behind(
    which: DocumentFilter, cursor: str | None, lines: Lines, work: Work
) -> tuple[list[Row], int, str | None]:
    return ExportService(work).page(which, cursor, lines)


def _declared(work: Work) -> set[str]:
    return ExportService(work).declared()


def _unknown(columns: Sequence[str], unknown: set[str]) -> BadExport:
    faults = [
        FieldFault(f"columns[{index}]", "is no column of any of these documents, nor a field of any type", "unknown")
        for index, column in enumerate(columns)
        if column in unknown
    ]
    hint = "Leave `columns` out to see all there are; write them as `raw` does."
    return BadExport("It asks for columns that there are not.", errors=faults, hint=hint)


def _check(documents: int, most: int) -> None:
    if documents > most:
        hint = "Narrow the filter, or raise DOCCHAIN_EXPORT_MAX."
        raise ExportTooLarge(f"An export may have up to {most:,} documents.", hint=hint)
