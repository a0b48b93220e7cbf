"""Follows the engine's journal: every reader handles the same entries in one transaction with one cursor."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from docchain.engine.doors import JournalEntry
from docchain.features.runs.reader_repository import by_index
from docchain.platform.cursors import get_position, peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.hops import EndedError
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
CURSOR: Final = "journal"
_HELD: Final = 0.05
"""Seconds that a transaction of the readers should take at most."""
_LEAST: Final = 200
_MANY: Final = 100
"""Entries of one turn that say more will come at once."""


class JournalReader(Protocol):
    """Writes down what the journal says; all readers' writes commit with the cursor, or none."""

    @property
    def name(self) -> str: ...

    def handle(self, work: Work, entries: Sequence[JournalEntry]) -> None: ...


class Journal(Protocol):
    """The side of an engine that is read here."""

    async def entries_after(self, position: int, limit: int) -> Sequence[JournalEntry]: ...

    def on_commit(self, callback: Callable[[], None]) -> None: ...


class JournalLoop:
    """Keeps the application's database up to date with the journal.

    Args:
        database: where the readers write and the cursor is kept.
        journal: the engine.
        readers: who reads, in this order.
        batch: how many entries one transaction handles at most; fewer, when that many would hold the writer too long.
        poll: seconds after which it looks by itself.
        gather: seconds after a commit in which more of them are waited for; the lists lag by as much, and by twice as
            much while many come, for a transaction has its price however few it tells.
        longest_pause: seconds between attempts while a reader keeps failing.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        readers: Sequence[JournalReader],
        *,
        batch: int = 1_000,
        poll: float = 5.0,
        gather: float = 0.02,
        longest_pause: float = 60.0,
    ) -> None:
        self._database = database
        self._journal = journal
        self._readers = list(readers)
        self._batch = self._size = batch
        self._poll = poll
        self._gather = gather
        self._longest_pause = longest_pause
        self._written: int | None = None
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        journal.on_commit(self.wake)

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Read until cancelled, or until the engine has ended."""
        pause = 1.0
        gather = self._gather
        while True:
            self._wake.clear()
            try:
                await asyncio.sleep(gather)
                gather = self._gather * (2 if await self._turn() >= _MANY else 1)
                pause, delay = 1.0, self._poll
            except EndedError:
                return
            except Exception:
                log.exception("journal_reader_failed", retry_in=pause)
                delay, pause = pause, min(pause * 2, self._longest_pause)
            await self._sleep(delay)

    async def caught_up(self, within: float = 1.0) -> None:
        """Return when what the journal holds now is written down, too, or when the time is up.

        All who ask while the readers are at work share their next pass.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._pass())
        await asyncio.wait({self._next}, timeout=within)

    async def _pass(self) -> None:
        try:
            await self.catch_up()
        except Exception:  # the loop meets it, too, and tries again
            log.exception("journal_readers_lag")

    async def catch_up(self) -> None:
        """Read to the end that the journal has now; a reader's failure is raised."""
        await self._turn()

    async def _turn(self) -> int:
        """Return how many entries there were; what comes meanwhile gathers for the next turn."""
        async with self._one:
            self._next = None
            return await self._read()

    async def _read(self) -> int:
        position, read = await self._position(), 0
        while entries := await self._journal.entries_after(position, size := self._size):
            position = await self._hand_over(position, entries)
            read += len(entries)
            if len(entries) < size and position >= entries[-1].position:
                break
        return read

    async def _position(self) -> int:
        """Who wrote last knows; where another process writes, too, the cursor is looked up."""
        if self._written is None:
            return await self._database.read(lambda work: peek_position(work, CURSOR), SYSTEM)
        return self._written

    async def _hand_over(self, position: int, entries: Sequence[JournalEntry]) -> int:
        def write(work: Work) -> int:
            current = get_position(work, CURSOR)
            if current != position:  # another process read the same entries first
                return current
            began = time.perf_counter()
            by_index(work.session)
            told = [entry for entry in entries if entry.facts]  # retention may have emptied one
            for reader in self._readers:
                reader.handle(work, told)
            set_position(work, CURSOR, entries[-1].position)
            self._fit(len(entries), time.perf_counter() - began)
            return entries[-1].position

        self._written = None  # whoever fails or is cancelled does not know
        reached = await self._database.write(write, SYSTEM)
        self._written = reached if reached == entries[-1].position else None
        return reached

    def _fit(self, entries: int, seconds: float) -> None:
        """On SQLite doors wait for the one writer, so the next batch is as large as it may be held.

        On PostgreSQL they write beside it, and what a batch takes is round trips, however large it is.
        """
        if self._database.dialect != "sqlite":
            return
        self._size = min(self._batch, max(_LEAST, int(entries * _HELD / max(seconds, 1e-6))))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
