"""One parse, batch after batch: what was read is kept as it goes, and a page that ends its process is left out.

A parse that was cut goes on at the page it had reached.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from docchain.features.documents.artefacts.shelf import ArtefactShelf, Source
from docchain.features.documents.children import Children, ChildStopped
from docchain.features.documents.parsing.model import lost_page
from docchain.features.documents.parsing.options import Budget, Options, Places
from docchain.features.documents.parsing.watch import page_begun
from docchain.features.documents.parsing.writing import PageLine, trim, write_line
from docchain.platform.spool import pour

PART: Final = "text part"
TRIES: Final = 2
"""Processes that a page may end: the first may have died of the pages before it."""
LINES: Final = "application/x-ndjson"
_JOB: Final = "docchain.features.documents.parse_job:read_on"

Opened = Callable[[], AsyncIterator[bytes]]


class Parse:
    """Reads one content.

    Args:
        children: where the parsers run.
        shelf: where parts are kept.
        source: the content.
        options: what to read and how.
        budget: how much in one go.
        key: what the text is kept under.
    """

    def __init__(
        self,
        children: Children,
        shelf: ArtefactShelf | None,
        source: Source,
        options: Options,
        budget: Budget,
        key: str,
    ) -> None:
        self._children = children
        self._shelf = shelf
        self._source = source
        self._options = options
        self._budget = budget
        self._key = f"{key}#"
        self._parts = 0
        self._kept = 0

    @asynccontextmanager
    async def run(self, content: Opened) -> AsyncIterator[tuple[Path, dict[str, Any]]]:
        """The file with the whole, and its summary."""
        file = self._children.file
        async with file() as given, file() as lines, file() as made:
            await self._resume(lines)
            places = Places(str(given), str(lines), str(made))
            summary = await self._read_on(places, {given: content()})
            while "next" in summary:
                await self._save(lines)
                summary = await self._read_on(places, {})
            yield made, summary

    async def forget(self) -> None:
        """The parts, once the whole is kept."""
        if self._shelf is not None and self._parts:
            await self._shelf.drop(self._source, await self._shelf.parts(self._source, PART, self._key))

    async def _read_on(self, places: Places, given: dict[Path, AsyncIterator[bytes]]) -> dict[str, Any]:
        """A batch; pages that end their processes are left out on the way.

        A process that ends beside its pages, such as when it puts them together, has another go on if it read any.
        """
        lines, tries = Path(places.lines), 0
        died_at: int | None = None
        known = await asyncio.to_thread(_size, lines)
        job = (places, self._source.name, self._source.media_type, self._options, self._budget)
        while True:
            try:
                summary: dict[str, Any] = await self._children.call(_JOB, *job, given=given)
            except ChildStopped as stopped:
                at = page_begun(await asyncio.to_thread(Path(places.made).read_bytes))
                before, known = known, await asyncio.to_thread(_size, lines)
                if self._children.closed or (at is None and known == before):
                    raise
                tries = tries + 1 if at == died_at else 1
                died_at, given = at, {}
                if at is not None and tries == TRIES:
                    await asyncio.to_thread(_leave_out, lines, at, str(stopped))
            else:
                return summary

    async def _resume(self, lines: Path) -> None:
        """What an earlier parse of the same had read."""
        if self._shelf is None:
            return
        for part in await self._shelf.parts(self._source, PART, self._key):
            await _append(lines, self._shelf.open(self._source, part))
            self._parts += 1
            self._kept += part.size

    async def _save(self, lines: Path) -> None:
        """What was read since the last time."""
        if self._shelf is None:
            return
        stored = await self._shelf.store(self._source, pour(lines, self._kept))
        key = f"{self._key}{self._parts:06}"
        await self._shelf.keep(self._source, PART, key, stored=stored, media_type=LINES, details={})
        self._parts += 1
        self._kept += stored.size


async def _append(path: Path, chunks: AsyncIterator[bytes]) -> None:
    with await asyncio.to_thread(path.open, "ab") as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)


def _size(lines: Path) -> int:
    return lines.stat().st_size


def _leave_out(lines: Path, number: int, why: str) -> None:
    """A page that nobody can read, in its place."""
    with lines.open("r+b") as file:
        trim(file)
        write_line(file, PageLine(lost_page(number, f"was left out: {why.rstrip('.')}"), ""))
