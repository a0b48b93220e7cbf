"""Artefacts as features keep and find them; one that cannot be read any more is made again, never missed."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from docchain.features.documents.artefacts.repository import ArtefactRepository
from docchain.features.documents.artefacts.tables import ArtefactRow
from docchain.features.documents.contents import Contents
from docchain.platform.blobs import Stored
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Actor, Work

T = TypeVar("T")
_LOOKED_AT_LEAST: Final = timedelta(days=1)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Source:
    """The content that something is made of, as a version names it."""

    workspace_id: UUID
    sha256: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Artefact:
    """`sha256` is `None` for what could not be made; `details["reason"]` says why."""

    id: UUID
    key: str
    sha256: str | None
    size: int
    media_type: str
    details: Mapping[str, Any]

    @property
    def stored(self) -> Stored | None:
        return None if self.sha256 is None else Stored(self.sha256, self.size)


class ArtefactShelf:
    """Keeps artefacts.

    Args:
        database: what there is of them.
        contents: where their bytes are.
    """

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    async def find(self, source: Source, kind: str, key: str) -> Artefact | None:
        """What was made, or could not be; nothing if its bytes are not there."""
        found = await self._read(source, lambda rows: rows.find(source.sha256, kind, key))
        if found is None:
            return None
        row, now = found
        if row.sha256 is not None and not await self._contents.blobs.exists(source.workspace_id, row.sha256):
            return None
        if now - row.used_at > _LOOKED_AT_LEAST:
            await self._write(source, lambda rows: rows.used(row.id))
        return _artefact(row)

    async def parts(self, source: Source, kind: str, prefix: str) -> list[Artefact]:
        """All whose keys begin so, in order, up to the first one whose bytes are not there."""
        found = await self._read(source, lambda rows: rows.of_kind(source.sha256, kind, prefix))
        parts: list[Artefact] = []
        for row in found[0] if found else ():
            if row.sha256 is None or not await self._contents.blobs.exists(source.workspace_id, row.sha256):
                break
            parts.append(_artefact(row))
        return parts

    async def keep(
        self, source: Source, kind: str, key: str, *, stored: Stored, media_type: str, details: Mapping[str, Any]
    ) -> None:
        values = {"sha256": stored.sha256, "size": stored.size, "media_type": media_type, "details": dict(details)}
        await self._write(source, lambda rows: rows.keep(source.sha256, kind, key, **values))

    async def refuse(self, source: Source, kind: str, key: str, reason: str, **more: str) -> None:
        """Say that it cannot be made, so that nobody tries again."""
        values = {"sha256": None, "size": 0, "media_type": "", "details": {"reason": reason, **more}}
        await self._write(source, lambda rows: rows.keep(source.sha256, kind, key, **values))

    async def drop(self, source: Source, artefacts: Sequence[Artefact]) -> None:
        if artefacts:
            await self._write(source, lambda rows: rows.drop([artefact.id for artefact in artefacts]))

    async def store(self, source: Source, chunks: AsyncIterable[bytes]) -> Stored:
        return await self._contents.put_stream(source.workspace_id, chunks)

    def open(self, source: Source, artefact: Artefact) -> AsyncIterator[bytes]:
        assert artefact.sha256 is not None  # noqa: S101 - what was refused has nothing to open
        return self._contents.open(source.workspace_id, artefact.sha256)

    async def drop_unused(self, kinds: Sequence[str], since: datetime, before: datetime) -> int:
        """Forget what nobody looked at since a moment, and what belongs to no version; garbage takes the bytes."""

        def some(work: Work) -> int:
            rows = ArtefactRepository(work)
            ids = {*rows.unused(since, kinds, _BATCH), *rows.orphans(before, _BATCH)}
            rows.drop(ids)
            return len(ids)

        dropped = 0
        while count := await self._database.write(some, SYSTEM):
            dropped += count
        return dropped

    async def _read(
        self, source: Source, question: Callable[[ArtefactRepository], T | None]
    ) -> tuple[T, datetime] | None:
        def ask(work: Work) -> tuple[T, datetime] | None:
            answer = question(ArtefactRepository(work))
            return None if answer is None else (answer, work.now)

        return await self._database.read(ask, _actor(source))

    async def _write(self, source: Source, change: Callable[[ArtefactRepository], None]) -> None:
        await self._database.write(lambda work: change(ArtefactRepository(work)), _actor(source))


def named_by_artefacts(work: Work, shas: Sequence[str]) -> Mapping[str, str]:
    """What garbage collection must keep: texts and pictures of content that is there."""
    named = ArtefactRepository(work).named(shas)
    return {sha: f"it is the {kind} of content {source[:12]}…" for sha, (kind, source) in named.items()}


def _actor(source: Source) -> Actor:
    return Actor(None, "system", source.workspace_id)


def _artefact(row: ArtefactRow) -> Artefact:
    return Artefact(row.id, row.key, row.sha256, row.size, row.media_type, row.details)
