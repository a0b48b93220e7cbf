"""The streamer: delivers to every stream what it has not had yet, in order, at least once."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from docchain.features.audit.domain import INSTALLATION
from docchain.features.audit.schemas import AuditEntry
from docchain.features.audit.senders import Senders
from docchain.features.audit.service import AuditService
from docchain.features.audit.stream_repository import KeptRepository
from docchain.features.audit.tables import AuditStreamRow
from docchain.features.identity import DEFAULT_WORKSPACE, IdentityService
from docchain.platform.database import Database
from docchain.platform.events import last_position
from docchain.platform.outgoing import OutgoingError
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.secrecy import masked_text
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_BATCH: Final = 200
_AT_ONCE: Final = 8
_POLL: Final = 5.0
_LONGEST_PAUSE: Final = 300.0


class Streamer:
    """Each stream at its own pace: one that fails is tried again, later and later, and holds up no other.

    Args:
        database: where the log and the streams are.
        senders: how entries leave.
        every: seconds between two looks.
    """

    def __init__(self, database: Database, senders: Senders, every: float) -> None:
        self._database = database
        self.senders = senders
        self._every = every
        self._seen: dict[UUID, int] = {}
        self._pauses: dict[UUID, tuple[float, datetime]] = {}
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Stream until cancelled."""
        await persevere(self.catch_up, self._wake, Rhythm(self._every, _POLL), "audit_streamer_failed")

    async def catch_up(self) -> None:
        """Deliver to every stream that is not waiting after a failure."""
        streams = await self._database.read(lambda work: KeptRepository(work.session).all(AuditStreamRow), SYSTEM)
        room = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for stream in streams:
                _, until = self._pauses.get(stream.id, (0.0, self._database.clock.now()))
                if until <= self._database.clock.now():
                    group.create_task(self._follow(stream, room))

    async def _follow(self, stream: AuditStreamRow, room: asyncio.Semaphore) -> None:
        async with room:
            after = max(stream.position, self._seen.get(stream.id, 0))
            while found := await self._next(stream, after):
                after = found[-1].position
                try:
                    await self.senders.send(stream, found)
                except (OutgoingError, OSError) as error:
                    await self._failed(stream.id, error)
                    return
                self._pauses.pop(stream.id, None)
                await self._delivered(stream.id, after, len(found))

    async def _next(self, stream: AuditStreamRow, after: int) -> list[AuditEntry]:
        """What comes next; where nothing of it is wanted, the place is kept in memory only."""

        def look(work: Work) -> list[AuditEntry]:
            last = last_position(work.session)
            if last <= after:
                return []
            rows = KeptRepository(work.session).entries(_chains(work, stream), after, stream.types, _BATCH)
            if not rows:
                self._seen[stream.id] = last
            return list(AuditService(work, stream.workspace_id, _BATCH).shown(rows))

        return await self._database.read(look, SYSTEM)

    async def _delivered(self, id_: UUID, position: int, count: int) -> None:
        def note(work: Work) -> None:
            for row in KeptRepository(work.session).some(AuditStreamRow, [id_]):
                row.position, row.delivered = position, row.delivered + count
                row.trouble, row.troubled_since = "", None

        await self._database.write(note, SYSTEM)

    async def _failed(self, id_: UUID, error: Exception) -> None:
        pause = min(self._pauses.get(id_, (0.5, None))[0] * 2, _LONGEST_PAUSE)
        self._pauses[id_] = pause, self._database.clock.now() + timedelta(seconds=pause)
        log.warning("audit_stream_failed", stream=str(id_), error=masked_text(str(error)), retry_in=pause)

        def note(work: Work) -> None:
            for row in KeptRepository(work.session).some(AuditStreamRow, [id_]):
                row.trouble = masked_text(str(error))[:500]
                row.troubled_since = row.troubled_since or work.now

        await self._database.write(note, SYSTEM)


def _chains(work: Work, stream: AuditStreamRow) -> list[UUID]:
    """Whoever looks after the first workspace looks after the installation, too."""
    first = IdentityService(work).workspace_id(DEFAULT_WORKSPACE)
    return [stream.workspace_id, INSTALLATION] if stream.workspace_id == first else [stream.workspace_id]
