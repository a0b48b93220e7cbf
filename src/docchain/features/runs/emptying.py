"""What runs keep of a workspace outside the database: all of it leaves, or all of it goes."""

import asyncio
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol
from uuid import UUID

import msgspec

from docchain.engine.machine.facts import decode
from docchain.features.runs.archive import Archive
from docchain.features.runs.errors import RunEnded
from docchain.features.runs.repository import all_run_ids, unfinished_run_ids
from docchain.features.runs.service import RunService
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Work

_CHUNK: Final = 100
_LOOK: Final = 0.2
_PATIENCE: Final = 120.0
_WHY: Final = "The workspace is being deleted."


class HeldJournal(Protocol):
    """The side of a journal that knows runs and small contents."""

    async def last_position(self) -> int: ...
    async def entries_of(self, keys: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]: ...
    async def forget(self, keys: Sequence[bytes]) -> None: ...
    async def shas_of(self, workspace: bytes) -> list[bytes]: ...
    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None: ...
    async def forget_blobs(self, workspace: bytes, shas: Sequence[bytes], since: int) -> None: ...


class WakeableEngine(Protocol):
    @property
    def journal(self) -> HeldJournal: ...

    def wake(self) -> None: ...


class HeldRuns:
    """Of one workspace at a time.

    Args:
        database: where the run list is.
        engine: has the journal, and reads what it is ordered.
        archive: where deleted runs were written to.
    """

    def __init__(self, database: Database, engine: WakeableEngine, archive: Archive) -> None:
        self._database = database
        self._engine = engine
        self._archive = archive

    async def erase(self, workspace_id: UUID) -> None:
        """Cancel what has not ended, wait for it, and delete journal, small contents and archives."""
        await self._cancel(workspace_id)
        journal, after = self._engine.journal, UUID(int=0)
        while ids := await self._ids(workspace_id, after):
            await journal.forget([run_id.bytes for run_id in ids])
            after = ids[-1]
        shas, position = await journal.shas_of(workspace_id.bytes), await journal.last_position()
        for start in range(0, len(shas), _CHUNK):
            await journal.forget_blobs(workspace_id.bytes, shas[start : start + _CHUNK], position)
        await asyncio.to_thread(shutil.rmtree, self._archive.root / str(workspace_id), ignore_errors=True)

    async def entries(self, workspace_id: UUID) -> AsyncIterator[tuple[str, AsyncIterable[bytes]]]:
        """What runs did, fact by fact; small contents, and archives of deleted runs."""
        yield "runs/facts.ndjson", self._facts(workspace_id)
        for sha256 in await self._engine.journal.shas_of(workspace_id.bytes):
            yield f"contents/{sha256.hex()}", self._small(workspace_id, sha256)
        for path in await asyncio.to_thread(self._archive.files, workspace_id):
            yield f"runs/archive/{path.name}", _once(await asyncio.to_thread(path.read_bytes))

    async def _cancel(self, workspace_id: UUID) -> None:
        ordered: set[UUID] = set()
        async with asyncio.timeout(_PATIENCE):
            while left := await self._read(workspace_id, unfinished_run_ids):
                news = [run_id for run_id in left if run_id not in ordered]
                if news:
                    await self._database.write(partial(_cancel, workspace_id=workspace_id, run_ids=news), SYSTEM)
                    ordered.update(news)
                    self._engine.wake()
                await asyncio.sleep(_LOOK)

    async def _ids(self, workspace_id: UUID, after: UUID) -> list[UUID]:
        return await self._read(workspace_id, lambda work: all_run_ids(work, after, _CHUNK))

    async def _read(self, workspace_id: UUID, look: Callable[[Work], list[UUID]]) -> list[UUID]:
        def within(work: Work) -> list[UUID]:
            with work.inside(workspace_id):
                return look(work)

        return await self._database.read(within, SYSTEM)

    async def _facts(self, workspace_id: UUID) -> AsyncIterator[bytes]:
        after = UUID(int=0)
        while ids := await self._ids(workspace_id, after):
            entries = await self._engine.journal.entries_of([run_id.bytes for run_id in ids])
            yield await asyncio.to_thread(_told, entries)
            after = ids[-1]

    async def _small(self, workspace_id: UUID, sha256: bytes) -> AsyncIterator[bytes]:
        yield await self._engine.journal.blob(workspace_id.bytes, sha256) or b""


def _cancel(work: Work, workspace_id: UUID, run_ids: Sequence[UUID]) -> None:
    with work.inside(workspace_id):
        for run_id in run_ids:
            with suppress(RunEnded):
                RunService(work).cancel(str(run_id), _WHY)


def _told(entries: Sequence[tuple[int, bytes, bytes]]) -> bytes:
    lines = [
        {"run": str(UUID(bytes=run_id)), "position": position, "facts": decode(facts)}
        for position, run_id, facts in entries
    ]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
