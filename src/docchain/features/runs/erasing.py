"""Erasure: what was purged is taken out of the runs that handled it, too, each as soon as it has ended for good."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from docchain.features.runs.erasing_repository import ErasureRepository
from docchain.features.runs.history import History
from docchain.features.runs.judging import id_at
from docchain.features.runs.tables import ErasureRow
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Work

T = TypeVar("T")
SUBJECT: Final = "run_erasure"
_LATE: Final = timedelta(minutes=10)
"""So long after a purge the list may still show runs that were ordered before it."""
_RHYTHM: Final = Rhythm(rest=0.1, poll=30.0)
_PAGE: Final = 2_000
_CHUNK: Final = 500
_FIRST: Final = UUID(int=0)


class JournalOfContents(Protocol):
    """The side of a journal that keeps small contents."""

    async def last_position(self) -> int: ...

    async def forget_blobs(self, workspace: bytes, shas: Sequence[bytes], since: int) -> None: ...


@dataclass(frozen=True, slots=True)
class ErasureNames:
    """What others know: the ids of what inputs name, and which contents something still names."""

    in_inputs: Callable[[Any], Collection[str]]
    contents: Callable[[Work, Sequence[str]], Collection[str]]


def order_erasure(work: Work, names: Collection[UUID], run_ids: Collection[UUID], contents: Collection[str]) -> None:
    """Have it taken out of runs what was purged in this transaction.

    Args:
        work: the transaction.
        names: the ids of what was purged, by which runs name it.
        run_ids: runs that are known to have handled it.
        contents: SHA-256 of what the journal keeps of it.
    """
    row = ErasureRow(
        id=new_id(),
        asked_at=work.now,
        names=sorted(map(str, names)),
        runs=sorted(map(str, run_ids)),
        contents=sorted(contents),
        done=[],
        place=_FIRST,
    )
    ErasureRepository(work).add(row)
    work.emit("retention.erasure_ordered", SUBJECT, row.id, {"purged": row.names})


class Erasure:
    """Runs beside the engine.

    Args:
        database: where the run list is, and what is to be erased.
        history: takes payloads out.
        journal: the engine's.
        names: what others know.
    """

    def __init__(self, database: Database, history: History, journal: JournalOfContents, names: ErasureNames) -> None:
        self._database = database
        self._history = history
        self._journal = journal
        self._names = names
        self._wake = asyncio.Event()
        database.on_events(self._wake.set, SUBJECT)

    async def run(self) -> None:
        """Erase until cancelled; what fails is tried again, and all of it may be done twice."""
        await persevere(self.erase, self._wake, _RHYTHM, "erasure_failed")

    async def erase(self) -> None:
        """Do what can be done now."""
        for row in await self._database.read(lambda work: ErasureRepository(work).open(), SYSTEM):
            place, found = await self._found(row)
            theirs = await self._within(row, partial(self._related, found | {*map(UUID, row.runs)}))
            left = {run_id: ended for run_id, ended in theirs.items() if str(run_id) not in row.done}
            erased = await self._erased([run_id for run_id, ended in left.items() if ended])
            waiting = left.keys() - erased
            if not waiting:
                await self._forget_contents(row)
            await self._database.write(partial(self._note, row.id, place, waiting, erased), SYSTEM)

    async def _erased(self, run_ids: Sequence[UUID]) -> set[UUID]:
        erased: set[UUID] = set()
        for start in range(0, len(run_ids), _CHUNK):
            erased |= await self._history.erase(run_ids[start : start + _CHUNK])
        return erased

    async def _found(self, row: ErasureRow) -> tuple[UUID, set[UUID]]:
        """The runs that name it, page by page; those that are young are looked at again the next time."""
        place, found, now = row.place, set[UUID](), self._database.clock.now()
        last: UUID | None = place
        while last is not None and place <= id_at(row.asked_at + _LATE):
            place = last
            last, some = await self._within(row, partial(self._page, row.names, place))
            found |= set(some)
        return min(place, id_at(now - _LATE)), found

    def _page(self, names: Sequence[str], place: UUID, work: Work) -> tuple[UUID | None, list[UUID]]:
        return ErasureRepository(work).naming(names, place, _PAGE)

    def _related(self, run_ids: set[UUID], work: Work) -> dict[UUID, bool]:
        """Those runs with whoever called them, and what they called or what began with theirs, unless it names others.

        Each with whether it has ended; those that are not in the list any more are deleted.
        """
        runs = ErasureRepository(work)
        all_, above, below = set(run_ids), set(run_ids), set(run_ids)
        while below:
            below = {run_id for run_id, inputs in runs.heirs(below).items() if not self._names.in_inputs(inputs)} - all_
            all_ |= below
        while above:
            above = runs.parents(above) - all_
            all_ |= above
        return runs.ended(all_)

    async def _forget_contents(self, row: ErasureRow) -> None:
        """What no version names any more, up to where that is known for certain."""
        if not row.contents:
            return
        position = await self._journal.last_position()
        await self._history.list_knows(position)
        named = await self._within(row, lambda work: set(self._names.contents(work, row.contents)))
        shas = [bytes.fromhex(sha256) for sha256 in row.contents if sha256 not in named]
        await self._journal.forget_blobs(row.workspace_id.bytes, shas, position)

    def _note(
        self, erasure_id: UUID, place: UUID, waiting: Collection[UUID], erased: Collection[UUID], work: Work
    ) -> None:
        row = ErasureRepository(work).get(erasure_id)
        if row is None:
            return
        row.place, row.runs, row.done = place, sorted(map(str, waiting)), [*row.done, *map(str, erased)]
        if not waiting and work.now - row.asked_at >= _LATE:
            row.ended_at = work.now
            with work.inside(row.workspace_id):
                work.emit("retention.erased", SUBJECT, row.id, {"purged": row.names, "runs": len(row.done)})

    async def _within(self, row: ErasureRow, ask: Callable[[Work], T]) -> T:
        def inside(work: Work) -> T:
            with work.inside(row.workspace_id):
                return ask(work)

        return await self._database.read(inside, SYSTEM)
