"""Rebuilds: a second generation grows in the background, catches up with the log, and takes the first one's place."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from docchain.features.search.events import REBUILD, REBUILD_ENDED
from docchain.features.search.indexing import NO_VECTORS, put_of
from docchain.features.search.keeper import IndexKeeper, Subjects
from docchain.features.search.port import FAILED, PENDING, READY, Batch, Entry, Generation, Put
from docchain.features.search.repository import DONE, RUNNING, Rebuilds
from docchain.features.search.repository import FAILED as REBUILD_FAILED
from docchain.features.search.sources import Source
from docchain.platform.events import last_position
from docchain.platform.work import SYSTEM, Work

_STEP: Final = 200
_ROUNDS: Final = 20
Tell = Callable[[int, int], Awaitable[None]]


class Rebuilder:
    def __init__(self, keeper: IndexKeeper) -> None:
        self._keeper = keeper
        self._database = keeper.database
        self._index = keeper.index

    async def rebuild(self, workspace_id: UUID, tell: Tell, *, fresh: bool = False, read: bool = True) -> None:
        """Build the index of a workspace anew, while the old one answers.

        Args:
            workspace_id: whose.
            tell: told how many entries are in, of how many.
            fresh: read and embed every text again; otherwise texts that are known are taken over.
            read: read texts that are not known before the swap; otherwise they are left for later, found by name.
        """
        position = await self._database.read(lambda work: last_position(work.session), SYSTEM)
        generation = await self._index.begin(workspace_id)
        try:
            done = 0
            total = len(await self._all(workspace_id))
            async for ids in self._pages(workspace_id):
                await generation.apply(Batch(await self._puts(workspace_id, ids, fresh=fresh, read=read)))
                done += len(ids[1])
                await tell(done, max(done, total))
            await self._catch_up(generation, workspace_id, position)
        except BaseException:
            await generation.discard()
            raise

    async def _puts(self, workspace_id: UUID, page: tuple[str, list[UUID]], *, fresh: bool, read: bool) -> list[Put]:
        kind, ids = page
        entries = await self._keeper.entries(workspace_id, {kind: ids})
        puts = await self._taken_over(workspace_id, [] if fresh else entries)
        known = [put for put in puts if put.state in (READY, FAILED)]
        if not read:
            return puts
        there = {put.entry.id for put in known}
        texts, later = await self._keeper.read(workspace_id, [entry for entry in entries if entry.id not in there])
        made = await self._keeper.embedded([put for put in texts if put.state != FAILED])
        done = [*known, *made, *(put for put in texts if put.state == FAILED)]
        left = {put.entry.id for put in done} if later else set(ids)
        waiting = [Put(entry, entry.text, "", PENDING, NO_VECTORS) for entry in entries if entry.id not in left]
        return [*done, *waiting]

    async def _taken_over(self, workspace_id: UUID, entries: list[Entry]) -> list[Put]:
        ids = [entry.id for entry in entries]
        kept, vectors = await self._index.fetch(workspace_id, ids), await self._index.carry(workspace_id, ids)
        sources = self._keeper.sources
        puts = [put_of(entry, kept.get(entry.id), has_meaning=sources[entry.kind].has_meaning) for entry in entries]
        return [
            replace(put, vectors=vectors.get(put.entry.id, put.vectors)) if put.state == READY else put for put in puts
        ]

    async def _catch_up(self, generation: Generation, workspace_id: UUID, position: int) -> None:
        """The last round holds up who writes this index, so it comes when there is little left."""
        for _ in range(_ROUNDS):
            position, changed = await self._changes(generation, workspace_id, position)
            if not changed:
                break
        async with self._keeper.locks[workspace_id]:
            position, _ = await self._changes(generation, workspace_id, position)
            await generation.apply(Batch(position=position))
            await generation.publish()

    async def _changes(self, generation: Generation, workspace_id: UUID, after: int) -> tuple[int, int]:
        def look(work: Work) -> tuple[int, dict[str, set[UUID]]]:
            until = last_position(work.session)
            return until, self._keeper.subjects(work, workspace_id, after, until)

        until, subjects = await self._database.read(look, SYSTEM)
        changed = 0
        for told in (subjects, await self._keeper.telling(workspace_id, subjects)):
            for kind in told.keys() & self._keeper.sources.keys():
                listed = list(told[kind])
                for start in range(0, len(listed), _STEP):
                    changed += await self._change(generation, workspace_id, {kind: listed[start : start + _STEP]})
        return until, changed

    async def _change(self, generation: Generation, workspace_id: UUID, subjects: Subjects) -> int:
        batch = await self._keeper.batch(workspace_id, subjects, None)
        vectors = await self._index.carry(workspace_id, [put.entry.id for put in batch.puts])
        puts = [replace(put, vectors=vectors.get(put.entry.id)) if put.vectors is None else put for put in batch.puts]
        await generation.apply(replace(batch, puts=puts))
        return len(batch.puts) + len(batch.drops)

    async def _all(self, workspace_id: UUID) -> list[UUID]:
        return [id_ async for _, ids in self._pages(workspace_id, 5_000) for id_ in ids]

    async def _pages(self, workspace_id: UUID, step: int = _STEP) -> AsyncIterator[tuple[str, list[UUID]]]:
        for kind, source in self._keeper.sources.items():
            after: UUID | None = None
            while True:
                ids = await self._database.read(partial(_page, workspace_id, source, after, step), SYSTEM)
                if not ids:
                    break
                yield kind, ids
                after = ids[-1]


def _page(workspace_id: UUID, source: Source, after: UUID | None, step: int, work: Work) -> list[UUID]:
    with work.inside(workspace_id):
        return source.page(work, after, step)


async def note(keeper: IndexKeeper, rebuild_id: UUID, workspace_id: UUID, done: int, total: int) -> None:
    """Write down how far a rebuild is."""

    def write(work: Work) -> None:
        with work.inside(workspace_id):
            row = Rebuilds(work.session).get(rebuild_id)
            if row is not None:
                row.status, row.done, row.total = RUNNING, done, total

    await keeper.database.write(write, SYSTEM)


async def end(keeper: IndexKeeper, rebuild_id: UUID, workspace_id: UUID, trouble: str = "") -> None:
    """Write down how a rebuild ended."""

    def write(work: Work) -> None:
        with work.inside(workspace_id):
            row = Rebuilds(work.session).get(rebuild_id)
            if row is not None:
                row.status, row.message, row.ended_at = REBUILD_FAILED if trouble else DONE, trouble, work.now
                work.emit(REBUILD_ENDED, REBUILD, rebuild_id, {"status": row.status, "entries": row.done})

    await keeper.database.write(write, SYSTEM)
