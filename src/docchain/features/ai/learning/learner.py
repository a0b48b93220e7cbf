"""Makes corrections of answers to approvals; its one rule: an answer waits in its row until this is done."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from docchain.features.ai.learning.repository import CorrectionRepository
from docchain.platform.database import Database
from docchain.platform.hops import EndedError
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.work import SYSTEM, Actor

if TYPE_CHECKING:
    from docchain.features.ai.learning.settling import Settling

log = structlog.get_logger(__name__)
_RHYTHM: Final = Rhythm(rest=0.05, poll=30.0)
_AT_ONCE: Final = 50
_TRIES: Final = 5


class Learner:
    """Follows answers that wait.

    Args:
        database: where they wait.
        make: makes what settles them, with the first one: it brings all that reads papers.
    """

    def __init__(self, database: Database, make: Callable[[], "Settling"]) -> None:
        self._database, self._make = database, make
        self._settling: Settling | None = None
        self._wake = asyncio.Event()
        self._failed: Counter[UUID] = Counter()
        database.on_events(self._wake.set, "ai_correction")

    async def run(self) -> None:
        """Look until cancelled."""
        await persevere(self.catch_up, self._wake, _RHYTHM, "corrections_failed")

    async def catch_up(self) -> None:
        """Settle all that waits; what fails is tried again a few times, and then says so."""
        waiting = await self._database.read(lambda work: CorrectionRepository(work.session).waiting(_AT_ONCE), SYSTEM)
        failures: list[Exception] = []
        for workspace, correction in waiting:
            actor = Actor(None, "system", workspace)
            settling = self._settling = self._settling or self._make()
            try:
                await settling.settle(actor, workspace, correction)
            except EndedError:
                raise
            except Exception as error:
                self._failed[correction] += 1
                if self._failed[correction] >= _TRIES:
                    log.exception("correction_failed", correction=str(correction))
                    await settling.refuse(actor, correction, "It could not be held against the paper.")
                else:
                    failures.append(error)
        if failures:
            raise failures[0]
        if len(waiting) == _AT_ONCE:
            self._wake.set()
