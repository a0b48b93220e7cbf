"""Who is connected, in all processes: each tells the others of its own, on PostgreSQL; a file has one process only."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from docchain.features.realtime.hub import Hub
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.repository import RealtimeRepository
from docchain.features.realtime.schemas import Connection, Stats, WorkspaceStats
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.work import SYSTEM, Actor, Work

_LOOK: Final = 1.0
_ALIVE: Final = timedelta(seconds=10)
_GONE: Final = timedelta(seconds=30)
_FORGOTTEN: Final = timedelta(hours=1)
log = structlog.get_logger(__name__)
Told = dict[str, Any]


class Presence:
    """Rows of the others may be a second or two old."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._shared = database.dialect == "postgresql"
        self._process = new_id()

    async def connections(self, workspace_id: UUID | None) -> list[Connection]:
        """The connections of one workspace, oldest first."""
        everywhere, _ = await self._everywhere()
        found = [Connection.model_validate(told) for told in everywhere if told["workspace_id"] == str(workspace_id)]
        return sorted(found, key=lambda connection: connection.id)

    async def stats(self, actor: Actor | None) -> Stats:
        everywhere, processes = await self._everywhere()
        totals = Stats(connections=len(everywhere), processes=processes)
        if actor is not None:
            own = [told for told in everywhere if told["workspace_id"] == str(actor.workspace_id)]
            listening = Counter(place for told in own for place in told["listens"])
            users = len({told["user_id"] for told in own})
            totals.workspace = WorkspaceStats(connections=len(own), users=users, listeners=dict(listening))
        return totals

    async def run(self) -> None:
        """Tell the others of the connections here, until cancelled."""
        if not self._shared:
            return
        told, at = None, self._database.clock.now() - _ALIVE
        while True:
            here, now = self._here(), self._database.clock.now()
            if here != told or now - at >= _ALIVE:
                try:
                    await self._database.write(lambda work: self._tell(work, here), SYSTEM)  # noqa: B023 - awaited
                    told, at = here, now
                except Exception as error:  # noqa: BLE001 - the database may be away; the next look tells it
                    log.warning("presence_untold", error=str(error))
            await asyncio.sleep(_LOOK)

    async def leave(self) -> None:
        if self._shared:
            before = self._database.clock.now() - _FORGOTTEN
            await self._database.write(
                lambda work: RealtimeRepository(work.session).forget(self._process, before), SYSTEM
            )

    def _tell(self, work: Work, here: list[Told]) -> None:
        RealtimeRepository(work.session).tell(self._process, here, work.now)

    async def _everywhere(self) -> tuple[list[Told], int]:
        here = self._here()
        if not self._shared:
            return here, 1
        since = self._database.clock.now() - _GONE
        others = await self._database.read(
            lambda work: [row.connections for row in RealtimeRepository(work.session).others(self._process, since)],
            SYSTEM,
        )
        return [*here, *(told for connections in others for told in connections)], 1 + len(others)

    def _here(self) -> list[Told]:
        return [told for listener in self._hub.listeners if (told := _told(listener))]


def _told(listener: Listener) -> Told | None:
    actor = listener.actor
    if actor is None:
        return None
    return {
        "id": str(listener.id),
        "workspace_id": str(actor.workspace_id),
        "kind": listener.kind,
        "user": actor.name,
        "user_id": str(actor.user_id),
        "connection_id": listener.label,
        "user_label": listener.user_label,
        "listens": sorted(address.partition("/")[2] for address in listener.addresses),
        "waiting": len(listener.outbox),
        "opened_at": listener.opened_at.isoformat(),
    }
