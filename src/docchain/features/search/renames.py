"""Renames: who changes the name of a type changes all documents of the type; they are brought up in the background.

What is left to do is known after a kill: a cursor of its own stays before the events that are not worked off.
"""

import asyncio
from typing import Final
from uuid import UUID

from docchain.features.search.keeper import IndexKeeper, Subjects
from docchain.features.search.port import SearchIndex
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.events import read_after
from docchain.platform.work import SYSTEM, Work

CURSOR: Final = "search.renames"
_STEP: Final = 100
_EVENTS: Final = 1_000


class Renames:
    """Things whose names changed, and not yet all entries that tell them."""

    def __init__(self, keeper: IndexKeeper) -> None:
        self._keeper = keeper
        self._index: SearchIndex = keeper.index
        self._due: dict[tuple[UUID, str, UUID], None] = {}
        self._some = asyncio.Event()
        self._settled = 0

    def note(self, workspace_id: UUID, subjects: Subjects) -> None:
        """Remember those of the subjects whose names entries tell."""
        for kind in self._keeper.names.keys() & subjects.keys():
            self._due.update(dict.fromkeys((workspace_id, kind, id_) for id_ in subjects[kind]))
        if self._due:
            self._some.set()

    async def start(self, until: int) -> None:
        """Note what a process that is gone left."""
        self._settled = await self._keeper.database.read(lambda work: peek_position(work, CURSOR), SYSTEM)
        for kind in self._keeper.names:
            await self._note_all(kind, until)

    async def _note_all(self, kind: str, until: int) -> None:
        def look(work: Work) -> list[tuple[int, UUID | None, UUID | None]]:
            found = read_after(work.session, place, _EVENTS, until=until, about=kind)
            return [(event.position, event.workspace_id, event.subject_id) for event in found]

        place = self._settled
        while events := await self._keeper.database.read(look, SYSTEM):
            for position, workspace_id, subject_id in events:
                place = position
                if workspace_id is not None and subject_id is not None:
                    self.note(workspace_id, {kind: [subject_id]})

    async def wait(self) -> None:
        """Until there is something to do."""
        await self._some.wait()
        self._some.clear()

    async def work_off(self, position: int) -> None:
        """Bring up all that are due; `position`: up to where in the log they were noted."""
        while self._due:
            workspace_id, kind, id_ = due = next(iter(self._due))
            telling = await self._keeper.telling(workspace_id, {kind: [id_]})
            self._due.pop(due)  # before they are looked at: it may be named again meanwhile
            try:
                await self._bring(workspace_id, telling)
            except BaseException:
                self._due[due] = None
                raise
        if position > self._settled:
            await self._keeper.database.write(lambda work: set_position(work, CURSOR, position), SYSTEM)
            self._settled = position

    async def _bring(self, workspace_id: UUID, telling: Subjects) -> None:
        """Some at a time, so that what is new comes between. An index that is not there is built anew by others."""
        if await self._index.position(workspace_id) is None:
            return
        for kind, ids in telling.items():
            listed = list(ids)
            for start in range(0, len(listed), _STEP):
                await self._keeper.bring(workspace_id, {kind: listed[start : start + _STEP]})
