"""Makes thumbnails in the background: follows the event log with a cursor of its own, one document after the other.

What was made before is found, not made again: being told twice or being killed does no harm.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from docchain.features.documents.artefacts.shelf import Source
from docchain.features.documents.domain import KIND
from docchain.features.documents.previews.errors import PreviewDelayed, PreviewImpossible
from docchain.features.documents.previews.house import EVICTABLE, Previews
from docchain.features.documents.searchable_repository import searchable_documents
from docchain.platform.blobs import BlobLost
from docchain.platform.cursors import peek_position, set_position
from docchain.platform.database import Database
from docchain.platform.events import read_after
from docchain.platform.persevering import Rhythm, persevere
from docchain.platform.turns import on_behalf_of
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
CURSOR: Final = "previews"
STORED: Final = frozenset({"document.uploaded", "document.version_uploaded", "document.made", "document.restored"})
_BATCH: Final = 500
_NOTED: Final = 2_000
"""Events without a document after which the cursor is moved all the same: a move is a write."""
_TRIES: Final = 3
_YOUNG: Final = timedelta(days=1)


class PreviewLoop:
    """Runs beside the engine.

    Args:
        database: where the log is.
        previews: makes them.
        unused: what nobody looked at for so long is dropped.
        poll: seconds after which it looks by itself.
        pause: seconds between two looks; a busy server is not asked at every commit.
        sweep: seconds between looks for what is to be dropped.
    """

    def __init__(
        self,
        database: Database,
        previews: Previews,
        unused: timedelta,
        *,
        poll: float = 5.0,
        pause: float = 0.5,
        sweep: float = 3_600.0,
    ) -> None:
        self._database = database
        self._previews = previews
        self._unused = unused
        self._poll = poll
        self._pause = pause
        self._sweep = sweep
        self._noted: int | None = None
        self._position = 0
        self._wake = asyncio.Event()
        database.on_events(self._wake.set)

    async def run(self) -> None:
        """Until cancelled; whatever fails is tried again."""
        follow, drop = Rhythm(self._pause, self._poll), Rhythm(0, self._sweep)
        async with asyncio.TaskGroup() as group:
            group.create_task(persevere(self.catch_up, self._wake, follow, "previews_failed"), name="previews")
            group.create_task(
                persevere(self.drop_unused, asyncio.Event(), drop, "previews_drop_failed", first=self._sweep),
                name="previews-drop",
            )

    async def catch_up(self) -> int:
        """Make what the log asks for up to now; returns how many documents were looked at."""
        looked_at = 0
        while (count := await self._advance()) is not None:
            looked_at += count
        return looked_at

    async def drop_unused(self) -> int:
        """Forget pictures that nobody looked at for long, and whatever was made of content that is gone."""
        now = self._database.clock.now()
        return await self._previews.shelf.drop_unused(EVICTABLE, now - self._unused, now - _YOUNG)

    async def _advance(self) -> int | None:
        """The next events of the log; nothing if there are none."""
        if self._noted is None:
            self._noted = self._position = await self._database.read(lambda work: peek_position(work, CURSOR), SYSTEM)
        sources, last = await self._database.read(lambda work: _next(work, self._position), SYSTEM)
        if last is None:
            return None
        for source in sources:
            await self._make(source)
        self._position = last
        if sources or last - self._noted > _NOTED:
            await self._database.write(lambda work: set_position(work, CURSOR, last), SYSTEM)
            self._noted = last
        return len(sources)

    async def _make(self, source: Source) -> None:
        for pause in range(1, _TRIES + 1):
            try:
                with on_behalf_of(source.workspace_id):
                    await self._previews.thumbnail(source)
            except PreviewImpossible:
                return
            except BlobLost as lost:
                log.warning("thumbnail_without_content", sha256=source.sha256, reason=lost.detail)
                return
            except PreviewDelayed:
                await asyncio.sleep(pause)
            else:
                return


def _next(work: Work, position: int) -> tuple[list[Source], int | None]:
    """What the events after a position say is there to be shown, and the last one's position."""
    events = read_after(work.session, position, _BATCH)
    wanted: dict[UUID, set[UUID]] = {}
    for event in events:
        if event.type in STORED and event.subject_kind == KIND and event.workspace_id and event.subject_id:
            wanted.setdefault(event.workspace_id, set()).add(event.subject_id)
    sources = [source for workspace_id, ids in wanted.items() for source in _sources(work, workspace_id, ids)]
    return sources, events[-1].position if events else None


def _sources(work: Work, workspace_id: UUID, ids: Iterable[UUID]) -> list[Source]:
    with work.inside(workspace_id):
        found = searchable_documents(work, set(ids))
    return [Source(workspace_id, item.sha256, item.name, item.media_type) for item in found]
