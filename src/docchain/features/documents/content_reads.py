"""Who read contents: counted beside the requests, and told to the log once in a while, for each user."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from docchain.platform.database import Database
from docchain.platform.work import Actor, Work

log = structlog.get_logger(__name__)
READ: Final = "document.contents_read"
_NAMED: Final = 20
"""Documents that an entry names; it counts the rest."""


@dataclass(slots=True)
class _Read:
    actor: Actor
    count: int = 0
    bytes: int = 0
    documents: dict[str, None] = field(default_factory=dict)


class ContentReads:
    """What was counted and not told yet is lost with a killed process: at most that of the last seconds.

    Args:
        database: where the log is.
        every: seconds between two entries of a user.
    """

    def __init__(self, database: Database, every: float) -> None:
        self._database = database
        self._every = every
        self._counts: dict[tuple[UUID | None, ...], _Read] = {}

    def note(self, actor: Actor, document: UUID, size: int) -> None:
        """Count a content that is being sent.

        Args:
            actor: who reads it.
            document: which it is of.
            size: bytes that are sent.
        """
        found = self._counts.setdefault((actor.user_id, actor.key_id, actor.workspace_id), _Read(actor))
        found.count, found.bytes = found.count + 1, found.bytes + size
        if len(found.documents) < _NAMED:
            found.documents[str(document)] = None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Tell while the process lives, and once more at its end."""
        task = asyncio.create_task(self._run(), name="content-reads")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.flush()

    async def flush(self) -> None:
        """Tell what was counted."""
        counts, self._counts = self._counts, {}
        for read in counts.values():
            await self._database.write(partial(_tell, read), read.actor)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.flush()
            except Exception:
                log.exception("content_reads_not_told")


def _tell(read: _Read, work: Work) -> None:
    told = {"count": read.count, "bytes": read.bytes, "documents": list(read.documents)}
    work.emit(READ, "content_reads", None, told)
