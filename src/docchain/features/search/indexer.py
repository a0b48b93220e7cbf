"""The indexer: follows the event log into the indexes. One process writes them; the others stand by, and search."""

import asyncio
import fcntl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import structlog

from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.search.events import REBUILD_ORDERED
from docchain.features.search.filling import Filling
from docchain.features.search.keeper import IndexKeeper, Subjects
from docchain.features.search.port import PENDING
from docchain.features.search.rebuilding import Rebuilder, Tell, end, note
from docchain.features.search.renames import Renames
from docchain.features.search.repository import CURSOR, Rebuilds, last_positions
from docchain.platform import memory
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.events import Event, read_after
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
SWEPT: Final = "retention.swept"
_BATCH: Final = 1_000
_PREPARED: Final = 16
_AFTER_START: Final = 0.5
_LONGEST_PAUSE: Final = 60.0
_TOLD_EVERY: Final = 1.0
_REST: Final = 3
"""Times as long as some entries took to prepare, while there is news: whoever writes comes first."""


class Indexer:
    """Runs beside the engine.

    Args:
        keeper: brings entries into indexes.
        folder: where the lock of the one writer is.
        pause: seconds between two batches; what changed twice in between is indexed once.
        poll: seconds after which it looks by itself, for events that other processes appended.
    """

    def __init__(self, keeper: IndexKeeper, folder: Path, *, pause: float = 0.1, poll: float = 0.5) -> None:
        self._keeper = keeper
        self._folder = folder
        self._pause = pause
        self._poll = poll
        self._rebuilder = Rebuilder(keeper)
        self._renames = Renames(keeper)
        self._filling = Filling(keeper, self._bring)
        self._known = keeper.sources.keys() | keeper.names.keys()
        self._position = 0
        self._missing: set[UUID] = set()
        self._wake, self._pending, self._orders = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._unprepared: set[UUID] = set()
        keeper.database.on_events(self._wake.set)

    async def run(self) -> None:
        """Write the indexes until cancelled; whatever fails is tried again. A server answers before it opens them."""
        async with self.claimed():
            await asyncio.sleep(_AFTER_START)
            await self._persevere(self.start)
            async with asyncio.TaskGroup() as group:
                for loop in (self._follow, self._prepare, self._rebuild, self._rename, self._fill):
                    group.create_task(self._persevere(loop))

    @asynccontextmanager
    async def claimed(self) -> AsyncIterator[None]:
        """Be the one that writes; wait until nobody else is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = (self._folder / "writer.lock").open("w")
        try:
            while not _locked(lock):  # noqa: ASYNC110 - another process holds it
                await asyncio.sleep(self._poll)
            if isinstance(self._keeper.index, EmbeddedIndex):
                self._keeper.index.claim()
            yield
        finally:
            if isinstance(self._keeper.index, EmbeddedIndex):
                self._keeper.index.release()
            lock.close()

    async def start(self) -> None:
        """Find out which indexes are behind, or not there: they follow from the log, not from what this cursor says."""

        def look(work: Work) -> tuple[int, dict[UUID, int]]:
            return peek_position(work, CURSOR), last_positions(work.session)

        self._position, ends = await self._keeper.database.read(look, SYSTEM)
        for workspace_id, last in ends.items():
            there = await self._keeper.index.position(workspace_id)
            if there is None:
                self._missing.add(workspace_id)
            elif there < min(last, self._position):
                await self._replay(workspace_id, there, min(last, self._position))
        await self._renames.start(self._position)
        self._unprepared.update(await self._keeper.index.workspaces())
        self._pending.set()
        self._orders.set()

    async def catch_up(self) -> None:
        """Bring everything to the end of the log, prepared as far as that is possible now."""
        while await self._advance():
            pass
        await self._rebuild_what_is_due()
        await self._renames.work_off(self._position)
        while self._unprepared:
            await self._prepare_some()

    async def _persevere(self, loop: Callable[[], Awaitable[None]]) -> None:
        pause = 1.0
        while True:
            try:
                await loop()
            except Exception:
                log.exception("search_indexer_failed", retry_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    # the log

    async def _follow(self) -> None:
        while True:
            self._wake.clear()
            while await self._advance():
                pass
            await asyncio.sleep(self._pause)
            await _wait(self._wake, self._poll)

    async def _advance(self) -> bool:
        database = self._keeper.database
        events = await database.read(lambda work: read_after(work.session, self._position, _BATCH), SYSTEM)
        if not events:
            return False
        by_workspace: defaultdict[UUID, list[Event]] = defaultdict(list)
        for event in events:
            if event.workspace_id is not None:
                by_workspace[event.workspace_id].append(event)
        for workspace_id, theirs in by_workspace.items():
            await self._take(workspace_id, theirs)
        last = events[-1].position
        await database.write(lambda work: set_position(work, CURSOR, last), SYSTEM)
        self._position = last
        return len(events) == _BATCH

    async def _take(self, workspace_id: UUID, events: Sequence[Event]) -> None:
        subjects: defaultdict[str, set[UUID]] = defaultdict(set)
        for event in events:
            if event.subject_id is not None and event.subject_kind in self._known:
                subjects[event.subject_kind].add(event.subject_id)
        subjects.update(self._keeper.told((event.position, event.type) for event in events))
        types = {event.type for event in events}
        if subjects and workspace_id not in self._missing:
            await self._bring(workspace_id, subjects, events[-1].position)
        self._renames.note(workspace_id, subjects)
        if SWEPT in types:
            await self._keeper.reconcile(workspace_id, "run")
        if REBUILD_ORDERED in types or workspace_id in self._missing:
            self._orders.set()

    async def _bring(self, workspace_id: UUID, subjects: Subjects, position: int | None = None) -> None:
        if await self._keeper.bring(workspace_id, subjects, position):
            self._unprepared.add(workspace_id)
            self._pending.set()

    async def _replay(self, workspace_id: UUID, after: int, until: int) -> None:
        if after >= until:
            return

        def look(work: Work) -> dict[str, set[UUID]]:
            return self._keeper.subjects(work, workspace_id, after, until)

        subjects = await self._keeper.database.read(look, SYSTEM)
        await self._bring(workspace_id, subjects, until)
        self._renames.note(workspace_id, subjects)

    async def _fill(self) -> None:
        """Once, when the index is where the log was."""
        until, firsts = await self._filling.look()
        while self._position < until:  # noqa: ASYNC110 - the log is followed beside
            await asyncio.sleep(self._poll)
        await self._filling.fill(firsts)

    async def _rename(self) -> None:
        while True:
            position = self._position
            await self._renames.work_off(position)
            await self._renames.wait()

    # texts and vectors

    async def _prepare(self) -> None:
        while True:
            await self._pending.wait()
            self._pending.clear()
            later = 0
            while self._unprepared:
                began = time.monotonic()
                later += await self._prepare_some()
                if self._wake.is_set():
                    await asyncio.sleep(_REST * (time.monotonic() - began))
            await asyncio.to_thread(memory.give_back)
            if later:
                await asyncio.sleep(_LONGEST_PAUSE / 6)
                self._unprepared.update(await self._keeper.index.workspaces())
                self._pending.set()

    async def _prepare_some(self) -> int:
        """Some entries of every workspace in turn, so that a large archive holds up nobody else."""
        later = 0
        for workspace_id in tuple(self._unprepared):
            self._unprepared.discard(workspace_id)  # first: more may come meanwhile
            ids = await self._keeper.index.in_state(workspace_id, PENDING, _PREPARED)
            waiting = await self._keeper.prepare(workspace_id, ids) if ids else 0
            later += waiting
            if len(ids) == _PREPARED and waiting < len(ids):
                self._unprepared.add(workspace_id)
        return later

    # rebuilds

    async def _rebuild(self) -> None:
        while True:
            await self._orders.wait()
            self._orders.clear()
            await self._rebuild_what_is_due()

    async def _rebuild_what_is_due(self) -> None:
        for workspace_id in tuple(self._missing):
            await self._rebuilder.rebuild(workspace_id, _silent, read=False)
            self._missing.discard(workspace_id)
            self._unprepared.add(workspace_id)
            self._pending.set()
            await self._replay(workspace_id, await self._keeper.index.position(workspace_id) or 0, self._position)

        def look(work: Work) -> list[tuple[UUID, UUID, bool]]:
            return [(row.id, row.workspace_id, row.fresh) for row in Rebuilds(work.session).open()]

        for rebuild_id, workspace_id, fresh in await self._keeper.database.read(look, SYSTEM):
            trouble = ""
            told = _now_and_then(partial(note, self._keeper, rebuild_id, workspace_id))
            try:
                await self._rebuilder.rebuild(workspace_id, told, fresh=fresh)
            except Exception:
                log.exception("search_rebuild_failed", workspace=str(workspace_id))
                trouble = (
                    "The rebuild failed; the index is as it was. The log says why: look for search_rebuild_failed."
                )
            await end(self._keeper, rebuild_id, workspace_id, trouble)
            self._unprepared.add(workspace_id)
            self._pending.set()


def _now_and_then(write: Tell) -> Tell:
    """Told often, writes down once a second, and the last word."""
    last = 0.0

    async def tell(done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last > _TOLD_EVERY:
            last = time.monotonic()
            await write(done, total)

    return tell


async def _silent(_done: int, _total: int) -> None:
    """Nobody ordered it."""


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _wait(wake: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
