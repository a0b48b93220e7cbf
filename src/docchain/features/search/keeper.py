"""Keeps one workspace's index equal to what its database says: every change is a look at the present state.

Applying what was applied before changes nothing, so being told twice does no harm and being killed loses nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from docchain.features.search.embedding import Embedder
from docchain.features.search.indexing import NO_VECTORS, by_id, prepared, put_of
from docchain.features.search.port import FAILED, READY, Batch, Entry, Put, SearchIndex
from docchain.features.search.repository import happened_between, subjects_between
from docchain.features.search.sources import FollowsLog, Source, TellsNames
from docchain.features.search.texts import Texts, Unread
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
Subjects = Mapping[str, Collection[UUID]]
"""Ids by the kind of thing."""


class IndexKeeper:
    """Brings entries into indexes.

    Args:
        database: where things are.
        index: where they are found.
        sources: what can be found.
        texts: reads documents.
        embedder: makes vectors.
        passages: vectors of one text, at most.
    """

    def __init__(
        self,
        database: Database,
        index: SearchIndex,
        sources: Sequence[Source],
        texts: Texts,
        embedder: Embedder,
        passages: int,
    ) -> None:
        self.index = index
        self.database = database
        self.sources = {source.kind: source for source in sources}
        self.names = {
            name: kind
            for kind, source in self.sources.items()
            if isinstance(source, TellsNames)
            for name in source.names
        }
        """Kinds of things whose names entries tell, and the kind of those entries."""
        self._of_the_log = {kind: source for kind, source in self.sources.items() if isinstance(source, FollowsLog)}
        self._texts = texts
        self._embedder = embedder
        self._passages = passages
        self.locks: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    def told(self, events: Iterable[tuple[int, str]]) -> dict[str, set[UUID]]:
        """Entries that are these events themselves, by positions and types."""
        if not self._of_the_log:
            return {}
        listed = list(events)
        found = {
            kind: {id_ for event in listed if (id_ := source.told_by(*event)) is not None}
            for kind, source in self._of_the_log.items()
        }
        return {kind: ids for kind, ids in found.items() if ids}

    def subjects(self, work: Work, workspace_id: UUID, after: int, until: int) -> dict[str, set[UUID]]:
        """What a part of the log is about, and the events themselves where they are found."""
        found: defaultdict[str, set[UUID]] = defaultdict(set)
        for kind, id_ in subjects_between(work.session, workspace_id, after, until):
            found[kind].add(id_)
        if self._of_the_log:
            found.update(self.told(happened_between(work.session, workspace_id, after, until)))
        return found

    async def bring(self, workspace_id: UUID, subjects: Subjects, position: int | None = None) -> int:
        """Index what these are now; returns how many of them still need their text or meaning."""
        async with self.locks[workspace_id]:
            batch = await self.batch(workspace_id, subjects, position)
            await self.index.apply(workspace_id, batch)
        return sum(put.state not in (READY, FAILED) for put in batch.puts)

    async def batch(self, workspace_id: UUID, subjects: Subjects, position: int | None) -> Batch:
        entries, gone = await self._look(workspace_id, subjects, touched=True)
        kept = await self.index.fetch(workspace_id, [entry.id for entry in entries])
        puts = [put_of(entry, kept.get(entry.id), has_meaning=self._has_meaning(entry)) for entry in entries]
        return Batch(puts, gone, position)

    async def entries(self, workspace_id: UUID, subjects: Subjects) -> list[Entry]:
        return (await self._look(workspace_id, subjects, touched=False))[0]

    async def prepare(self, workspace_id: UUID, ids: Sequence[UUID]) -> int:
        """Read, tell apart and embed what these say; returns how many have to wait for a better moment."""
        subjects = dict.fromkeys(self.sources, ids)
        entries = await self.entries(workspace_id, subjects)
        puts, later = await self.read(workspace_id, entries)
        made = [*await self.embedded([put for put in puts if put.state != FAILED])]
        made += [put for put in puts if put.state == FAILED]
        async with self.locks[workspace_id]:
            now = by_id(await self.entries(workspace_id, subjects))
            same = [
                replace(put, entry=now[put.entry.id])
                for put in made
                if put.entry.id in now and now[put.entry.id].key == put.entry.key
            ]
            gone = [id_ for id_ in ids if id_ not in now]
            await self.index.apply(workspace_id, Batch(same, gone))
        return later

    async def read(self, workspace_id: UUID, entries: Iterable[Entry]) -> tuple[list[Put], int]:
        """Entries with their texts, and how many could not be read now; what cannot be read ever is found by name."""
        puts: list[Put] = []
        later = 0
        for entry in entries:
            try:
                text = entry.text if entry.content is None else await self._texts.read(workspace_id, entry.content)
            except Unread as problem:
                later += problem.later
                if not problem.later:
                    log.info("search_text_unread", entry=entry.handle, reason=str(problem))
                    puts.append(Put(entry, "", "", FAILED, NO_VECTORS))
                continue
            puts.append(Put(entry, text))
        return puts, later

    async def embedded(self, puts: Sequence[Put]) -> list[Put]:
        """With language and vectors, where things of the kind are found by meaning."""
        meant = [put for put in puts if self._has_meaning(put.entry)]
        others = [put for put in puts if not self._has_meaning(put.entry)]
        return [*others, *(await prepared(self._embedder, meant, self._passages) if meant else ())]

    async def reconcile(self, workspace_id: UUID, kind: str, step: int = 500) -> None:
        """Look again at everything of a kind that the index has: some of it may be gone without a word."""
        known = await self.index.ids(workspace_id, kind)
        for start in range(0, len(known), step):
            await self.bring(workspace_id, {kind: known[start : start + step]})

    async def telling(self, workspace_id: UUID, subjects: Subjects) -> dict[str, set[UUID]]:
        """Entries that tell the names of these; their own events say nothing when a name changes."""

        def look(work: Work) -> dict[str, set[UUID]]:
            found: dict[str, set[UUID]] = {}
            with work.inside(workspace_id):
                for name, ids in subjects.items():
                    source = self.sources.get(self.names.get(name, ""))
                    if isinstance(source, TellsNames):
                        found.setdefault(source.kind, set()).update(source.named_by(work, ids))
            return found

        return await self.database.read(look, SYSTEM)

    def _has_meaning(self, entry: Entry) -> bool:
        return self.sources[entry.kind].has_meaning

    async def _look(self, workspace_id: UUID, subjects: Subjects, *, touched: bool) -> tuple[list[Entry], list[UUID]]:
        """What there is of these, and what there is not."""

        def look(work: Work) -> tuple[list[Entry], list[UUID]]:
            entries: list[Entry] = []
            asked: set[UUID] = set()
            with work.inside(workspace_id):
                for kind, ids in subjects.items():
                    if kind in self.sources:
                        source = self.sources[kind]
                        wanted = source.touched(work, ids) if touched else set(ids)
                        asked |= wanted
                        entries += source.entries(work, wanted)
            return entries, sorted(asked - {entry.id for entry in entries})

        return await self.database.read(look, SYSTEM)
