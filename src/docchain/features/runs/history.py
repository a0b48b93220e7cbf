"""The janitor of history: sweeps over ended runs, a few at a time, and leaves what the policy says.

A sweep that is cut off goes on at its place: every act may be done twice. Unfinished runs, runs in doubt, children of
unfinished runs, and what a hold names are never touched.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol
from uuid import UUID

import structlog

from docchain.engine.journal.purge import purged
from docchain.engine.machine.facts import decode, encode
from docchain.features.runs.archive import Archive
from docchain.features.runs.archiving import archive_lines
from docchain.features.runs.journal import CURSOR
from docchain.features.runs.judging import Batch, Held, id_at, judged
from docchain.features.runs.key_repository import KeyRepository
from docchain.features.runs.pace import Pace
from docchain.features.runs.retention import Policy
from docchain.features.runs.retention_report import RetentionReport, RetentionService
from docchain.features.runs.retention_repository import RetentionRepository
from docchain.platform import idempotency
from docchain.platform.cursors import peek_position
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_BATCH: Final = 100
_BEFORE_FIRST: Final = 30.0
_PATIENCE: Final = 60.0
_GLANCE: Final = 0.05
COMMANDS: Final = "commands:"

Dropped = Callable[[Work, Sequence[UUID], Sequence[UUID]], None]
"""Told, in the transaction that does it, of which runs the payload goes, and which are deleted."""


class PurgedJournal(Protocol):
    """The side of a journal that retention works on."""

    async def cursors(self) -> dict[str, int]: ...

    async def last_position(self) -> int: ...

    async def entries_of(self, keys: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]: ...

    async def forget(self, keys: Sequence[bytes]) -> None: ...

    async def rewrite(self, rows: Sequence[tuple[int, bytes]]) -> None: ...


class History:
    """Sweeps every so often, in the process that executes runs.

    Args:
        database: where the run list is.
        journal: where the facts are.
        archive: where deleted runs are written to.
        policy: reads the policy in force.
        held: names runs that must stay.
        dropped: who else keeps something of runs, and forgets it too.
        every: seconds between sweeps.
    """

    def __init__(
        self,
        database: Database,
        journal: PurgedJournal,
        archive: Archive,
        policy: Callable[[Work], Policy],
        *,
        held: Held = lambda _work, _ids: (),
        dropped: Sequence[Dropped] = (),
        every: float = 3_600.0,
    ) -> None:
        self._database = database
        self._journal = journal
        self._archive = archive
        self._policy = policy
        self._held = held
        self._dropped = dropped
        self._every = every
        self._pace = Pace()

    def report(self, work: Work) -> RetentionReport:
        """What a sweep would remove now, in the workspace of the work."""
        return RetentionService(work, self._policy(work), self._held).report()

    async def run(self) -> None:
        """Sweep until cancelled; a sweep that fails is tried again the next time."""
        delay = min(_BEFORE_FIRST, self._every)
        while True:
            await asyncio.sleep(delay)
            delay = self._every
            try:
                await self.sweep()
            except Exception:
                log.exception("retention_failed", retry_in=delay)

    async def sweep(self) -> dict[str, dict[str, int]]:
        """Go over all runs once; return what was done, by workspace."""
        await self._forget_keys()
        found = await self._database.read(self._policy, SYSTEM)
        shortest = found.shortest()
        if shortest is None:
            return {}
        place, started = await self._database.write(_begin, SYSTEM)
        until = id_at(started - shortest)
        seen = 0
        while (batch := await self._look(found, place, until, started)).looked_at:
            place = batch.place
            seen = batch.looked_at = batch.looked_at + seen
            if batch.purge or batch.delete:
                await self._act(batch, started)
                seen = 0
            await self._pace.rest()
        return await self._database.write(lambda work: _finish(work, seen), SYSTEM)

    async def erase(self, run_ids: Sequence[UUID]) -> set[UUID]:
        """Take the payload of these runs out now, whatever the policy says; return those that had ended for good.

        Where a hold names a run, or its parent goes on, it stays as it is.
        """
        started = self._database.clock.now()

        def free(work: Work) -> list[UUID]:
            found = RetentionRepository(work.session)
            rows = found.of(run_ids)
            kept = {*self._held(work, [row.id for row in rows]), *found.children_of_unfinished(rows)}
            return [row.id for row in rows if row.id not in kept]

        batch = Batch(UUID(int=0), 0, purge=await self._database.read(free, SYSTEM))
        batch.only(await self._marked(batch, started))
        await self._rewrite(batch.purge)
        await self._database.write(lambda work: self._empty(work, batch), SYSTEM)
        return set(batch.purge)

    async def _forget_keys(self) -> None:
        """Keys of runs and of requests whose time is over."""
        while await self._database.write(lambda work: KeyRepository(work.session).forget_expired(work.now), SYSTEM):
            await self._pace.rest()
        while keys := await self._database.read(idempotency.expired, SYSTEM):
            await self._database.write(partial(idempotency.forget, keys=keys), SYSTEM)
            await self._pace.rest()

    async def _look(self, policy: Policy, place: UUID, until: UUID, started: datetime) -> Batch:
        def look(work: Work) -> Batch:
            found = RetentionRepository(work.session)
            rows = found.after(place, until, _BATCH)
            held = set(self._held(work, [row.id for row in rows]))
            held |= found.children_of_unfinished(rows)
            return judged(policy, rows, held, started)

        return await self._database.read(look, SYSTEM)

    async def _act(self, batch: Batch, started: datetime) -> None:
        """Mark, archive, clear the journal, then clear the list: in this order, so that it can be begun again."""
        batch.only(await self._marked(batch, started))
        if batch.archive:
            await self._write_archive(batch.archive, started)
        for keys in self._pace.chunks([run_id.bytes for run_id in batch.delete]):
            async with self._pace:
                await self._journal.forget(keys)
        await self._rewrite(batch.purge)
        async with self._pace:
            await self._database.write(lambda work: self._clear(work, batch), SYSTEM)

    async def _marked(self, batch: Batch, started: datetime) -> set[UUID]:
        """Those that have ended for good: nobody tried them again up to now, and from now on nobody may."""
        read = await self._journal.cursors()
        await self.list_knows(await self._journal.last_position())

        def mark(work: Work) -> set[UUID]:
            found = RetentionRepository(work.session)
            ids = {*batch.purge, *batch.delete}
            return found.mark(ids - found.ordered(ids, read_positions(read)), before=started, now=work.now)

        return await self._database.write(mark, SYSTEM)

    async def list_knows(self, position: int) -> None:
        """Wait until the run list has everything that the journal held up to there."""
        async with asyncio.timeout(_PATIENCE):
            while await self._database.read(lambda work: peek_position(work, CURSOR), SYSTEM) < position:  # noqa: ASYNC110 (the cursor tells nobody)
                await asyncio.sleep(_GLANCE)

    def _clear(self, work: Work, batch: Batch) -> None:
        self._drop(work, batch)
        _book(work, batch)

    def _empty(self, work: Work, batch: Batch) -> None:
        self._drop(work, batch)
        for row in RetentionRepository(work.session).of(batch.purge):
            with work.inside(row.workspace_id):
                work.emit("run.erased", "run", row.id, {"run": f"run_{row.number}"})

    def _drop(self, work: Work, batch: Batch) -> None:
        found = RetentionRepository(work.session)
        found.purge(batch.purge)
        found.delete(batch.delete)
        for dropped in self._dropped:
            dropped(work, batch.purge, batch.delete)

    async def _write_archive(self, ids: Sequence[UUID], started: datetime) -> None:
        facts = await self._journal.entries_of([run_id.bytes for run_id in ids])
        lines = await self._database.read(lambda work: archive_lines(work, ids, facts, started), SYSTEM)
        for workspace_id, theirs in lines.items():
            await asyncio.to_thread(self._archive.append, workspace_id, started.date(), theirs)

    async def _rewrite(self, ids: Sequence[UUID]) -> None:
        for keys in self._pace.chunks([run_id.bytes for run_id in ids]):
            entries = await self._journal.entries_of(keys)
            rows = await asyncio.to_thread(_purged_rows, entries)
            for some in self._pace.chunks(rows):
                async with self._pace:
                    await self._journal.rewrite(some)


def read_positions(cursors: Mapping[str, int]) -> dict[UUID, int]:
    """How far the engine has read the commands of each workspace."""
    theirs = ((name.removeprefix(COMMANDS), at) for name, at in cursors.items() if name.startswith(COMMANDS))
    return {UUID(name): at for name, at in theirs}


def _purged_rows(entries: Iterable[tuple[int, bytes, bytes]]) -> list[tuple[int, bytes]]:
    return [(position, encode(purged(decode(facts)))) for position, _, facts in entries]


def _begin(work: Work) -> tuple[UUID, datetime]:
    row = RetentionRepository(work.session).sweep(work.now)
    return row.place, row.started_at


def _book(work: Work, batch: Batch) -> None:
    row = RetentionRepository(work.session).sweep(work.now)
    done = {workspace: dict(counts) for workspace, counts in row.done.items()}
    for workspace, counts in batch.counts().items():
        of = done.setdefault(workspace, dict.fromkeys(counts, 0))
        for word, count in counts.items():
            of[word] += count
    row.done, row.place, row.moved_at = done, batch.place, work.now
    row.looked_at += batch.looked_at


def _finish(work: Work, seen: int) -> dict[str, dict[str, int]]:
    row = RetentionRepository(work.session).sweep(work.now)
    row.looked_at += seen
    row.ended_at = row.moved_at = work.now
    for workspace, counts in row.done.items():
        with work.inside(UUID(workspace)):
            work.emit("retention.swept", "retention_sweep", row.id, counts)
    return dict(row.done)
