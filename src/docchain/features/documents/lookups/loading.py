"""A file becomes a version of a table; its one rule: read in a child, brought in by batches, published at once."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from docchain.features.documents.children import Children
from docchain.features.documents.lookups.normal import ColumnType, TableLocale
from docchain.features.documents.lookups.schemas import LookupTable
from docchain.features.documents.lookups.service import Columns, LookupService
from docchain.platform.ids import new_id
from docchain.platform.settings import DataSettings
from docchain.platform.work import Work

_TARGET: Final = "docchain.features.documents.lookups.reading:read_table"
_BATCH: Final = 1_000


class Writes(Protocol):
    """Runs a transaction for whoever uploads."""

    def __call__(self, transaction: Callable[[Work], Any], /) -> Awaitable[Any]: ...


async def load_table(
    write: Writes,
    children: Children,
    limits: DataSettings,
    table: tuple[str, Mapping[str, ColumnType]],
    content: AsyncIterable[bytes],
    locale: TableLocale = "auto",
) -> LookupTable:
    """Bring a CSV or XLSX file in as the newest version of a table.

    Args:
        write: the uploader's transactions.
        children: where the file is read.
        limits: how large it may be.
        table: its name, and types of columns that are not to be guessed.
        content: the file.
        locale: how its numbers are written; `auto` tells it from each column.

    Raises:
        StepError: the file is no table, or too large.
    """
    name, types = table
    async with children.file() as given, children.file() as made:
        job = (str(given), str(made), name, dict(types), (limits.table_rows, limits.table_columns), locale)
        columns, count, spoken = await children.call(_TARGET, *job, given={given: content})
        load_id = new_id()
        try:
            first = 1
            for batch in _batches(made):
                await write(partial(_load, load_id, columns, first, batch))
                first += len(batch)
            loaded: LookupTable = await write(
                lambda work: LookupService(work).publish(name, load_id, columns, (count, spoken), limits.tables_max)
            )
        except BaseException:
            await asyncio.shield(write(lambda work: LookupService(work).discard(load_id)))
            raise
    return loaded


def _load(load_id: UUID, columns: Columns, first: int, batch: list[list[str | None]], work: Work) -> None:
    LookupService(work).load(load_id, columns, first, batch)


def _batches(path: Path) -> Iterator[list[list[str | None]]]:
    batch: list[list[str | None]] = []
    with path.open("rb") as file:
        for line in file:
            batch.append(msgspec.json.decode(line))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
