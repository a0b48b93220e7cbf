"""Who may start runs now: no workspace with too many that have not begun; nobody while the journal cannot be written.

Counting is kept off the way of requests: between counts, what was let in is added up; a workspace far below its limit
is counted once in a while, whatever the size of the table.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import UUID

from docchain.features.runs.errors import JournalTrouble, QueueFull
from docchain.features.runs.repository import RunRepository
from docchain.platform.database import Database
from docchain.platform.work import Actor

if TYPE_CHECKING:  # a command line starts without a web framework
    from docchain.platform.web.door import DoorContext

_FRESH: Final = 5.0
"""Seconds for which a count is good; other processes may let runs in, too."""
_FRESH_WHEN_FULL: Final = 0.5


@dataclass(slots=True)
class _Count:
    queued: int
    at: float


class Admission:
    """Admits `most` runs of a workspace that have not begun.

    Args:
        database: where the runs are counted.
        most: how many may wait to start.
        seconds: a clock that only goes on.
    """

    def __init__(self, database: Database, most: int, seconds: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._most = most
        self._seconds = seconds
        self._counts: dict[UUID | None, _Count] = {}
        self._counting: defaultdict[UUID | None, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def admit(self, actor: Actor, runs: int = 1) -> None:
        """Refuse where `runs` more would be too many."""
        count = self._known(actor, runs)
        if count is None:
            async with self._counting[actor.workspace_id]:  # one counts, and who came meanwhile hears of it
                count = self._known(actor, runs) or await self._counted(actor)
        if count.queued + runs > self._most:
            raise QueueFull(self._most)
        count.queued += runs

    def _known(self, actor: Actor, runs: int) -> _Count | None:
        """The last count, while it is good."""
        count = self._counts.get(actor.workspace_id)
        if count is None:
            return None
        good_for = _FRESH if count.queued + runs <= self._most else _FRESH_WHEN_FULL
        return count if self._seconds() - count.at <= good_for else None

    async def _counted(self, actor: Actor) -> _Count:
        queued = await self._database.read(lambda work: RunRepository(work.session).queued(self._most + 1), actor)
        count = self._counts[actor.workspace_id] = _Count(queued, self._seconds())
        return count


async def admit(door: "DoorContext", runs: int = 1) -> None:
    """Let a door start so many runs, or refuse.

    Raises:
        JournalTrouble: nothing would be done about them now.
        QueueFull: too many wait already.
    """
    if getattr(door.services.engine, "trouble", None) is not None:
        raise JournalTrouble
    await door.services.admission.admit(door.actor, runs)
