"""Reads stored content back and compares it: every chunk with its tag, the whole with its name."""

import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Final
from uuid import UUID

from docchain.features.documents.storage.repository import StorageRepository
from docchain.features.documents.storage.schemas import Damage, Verified, VerifyRequest
from docchain.platform.database import Database
from docchain.platform.storage.checking import check
from docchain.platform.storage.damage import BlobDamaged
from docchain.platform.storage.store import BlobStore
from docchain.platform.work import Actor, Work

_LONGEST: Final = 20.0
_PAGE: Final = 200
_FIRST: Final = ""


def _contents(after: str, work: Work) -> list[tuple[str, int]]:
    return StorageRepository(work).contents(after, _PAGE)


class Verifier:
    """Of everything that versions name, so that what is missing is found, too."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    async def page(self, actor: Actor, wanted: VerifyRequest) -> Verified:
        """Verify some contents, and say where to go on."""
        told = Verified(next_cursor=wanted.cursor)
        ends = time.monotonic() + _LONGEST
        async for sha256, size, problem in self.contents(actor, wanted.cursor or _FIRST):
            if told.checked == wanted.limit or (told.checked and time.monotonic() > ends):
                return told
            told.checked, told.bytes, told.next_cursor = told.checked + 1, told.bytes + size, sha256
            if problem:
                told.damaged.append(Damage(sha256=sha256, problem=problem))
        told.next_cursor = None
        return told

    async def contents(self, actor: Actor, after: str = _FIRST) -> AsyncIterator[tuple[str, int, str]]:
        """Each content behind one of them, its size, and what is wrong with it, if anything is."""
        assert actor.workspace_id is not None  # noqa: S101 - whoever verifies is in a workspace
        await self._blobs.look_around()  # a bucket that is not there has nothing that is missing
        while True:
            page = await self._database.read(partial(_contents, after), actor)
            for sha256, size in page:
                yield sha256, size, await self._problem(actor.workspace_id, sha256)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    async def _problem(self, workspace_id: UUID, sha256: str) -> str:
        try:
            found = await check(self._blobs, workspace_id, sha256)
        except BlobDamaged as damaged:
            return damaged.part
        return "" if found else "it is missing"
