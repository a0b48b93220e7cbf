"""Known answers: looked up by what was asked; of many who ask the same at once, here or elsewhere, one makes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from docchain.features.ai.caching.repository import AnswerRepository, Stored
from docchain.features.ai.caching.tables import AiAnswerRow
from docchain.features.ai.cost.makers import is_alive
from docchain.features.ai.port import Finish, Usage
from docchain.features.secrets import Vault, VaultWithoutKey
from docchain.platform.database import Database
from docchain.platform.work import Actor, Work

_FIRST_LOOK: Final = 0.05
_LAST_LOOK: Final = 1.0


class Kept(msgspec.Struct, frozen=True):
    """An answer as it is sealed."""

    text: str
    value: Any
    provider: str
    model: str
    usage: Usage
    cost: Decimal | None
    finish: Finish
    confidence: float | None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make an answer; `known` where somebody made it meanwhile."""

    key: str
    known: Kept | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """How long answers stay, and how many bytes of a workspace; how long one may take to make."""

    lasts: timedelta
    most: int
    patience: timedelta


class Answers:
    """What is known.

    Args:
        database: where answers are.
        vault: seals them, and makes keys of questions that nobody outside the workspace can try out.
        shelf: its bounds.
        maker: this process.
    """

    def __init__(self, database: Database, vault: Vault, shelf: Shelf, maker: str) -> None:
        self._database, self._vault, self._shelf, self._maker = database, vault, shelf, maker
        self._making: dict[tuple[UUID, str], asyncio.Event] = {}

    async def key_of(self, workspace: UUID, asked: bytes) -> str | None:
        """What stands for a question; None where there is no key to seal answers with."""
        try:
            return await self._vault.mark(workspace, asked)
        except VaultWithoutKey:
            return None

    @asynccontextmanager
    async def claimed(self, workspace: UUID, key: str) -> AsyncIterator[Claim]:
        """The answer where it is known, waited for if another makes it; else the claim to make it."""
        place, actor = (workspace, key), Actor(None, "system", workspace)
        while (other := self._making.get(place)) is not None:
            await other.wait()
        done = self._making[place] = asyncio.Event()
        try:
            known = await self._known_or_claimed(actor, key)
            try:
                yield Claim(key, known)
            finally:
                if known is None:
                    await asyncio.shield(self._database.write(lambda work: self._let_go(work, key), actor))
        finally:
            del self._making[place]
            done.set()

    async def keep(self, workspace: UUID, key: str, kept: Kept, document: UUID | None) -> None:
        """Seal an answer that was made under a claim."""
        content = msgspec.json.encode(kept)
        number, sealed = await self._vault.seal_content(workspace, key, content)

        def store(work: Work) -> None:
            rows, now = AnswerRepository(work.session), work.now
            rows.keep(
                AiAnswerRow(
                    workspace_id=workspace,
                    key=key,
                    state="ready",
                    maker=self._maker,
                    key_number=number,
                    sealed=sealed,
                    size=len(sealed),
                    document_id=document,
                    provider=kept.provider,
                    model=kept.model,
                    hits=0,
                    made_at=now,
                    expires_at=now + self._shelf.lasts,
                )
            )
            work.session.flush()
            rows.trim(now, self._shelf.most)

        await self._database.write(store, Actor(None, "system", workspace))

    async def _known_or_claimed(self, actor: Actor, key: str) -> Kept | None:
        pause = _FIRST_LOOK
        while True:
            stored = await self._database.read(lambda work: AnswerRepository(work.session).find(key, work.now), actor)
            if stored is not None and (kept := await self._opened(actor, key, stored)) is not None:
                return kept
            claim = partial(self._claim, key=key, again=stored is not None)
            if await self._database.write(claim, actor):
                return None
            await asyncio.sleep(pause)  # another process makes it
            pause = min(pause * 2, _LAST_LOOK)

    async def _opened(self, actor: Actor, key: str, stored: Stored) -> Kept | None:
        assert actor.workspace_id is not None  # noqa: S101 - made so
        content = await self._vault.unseal_content(actor.workspace_id, key, stored.key_number, stored.sealed)
        return None if content is None else msgspec.json.decode(content, type=Kept)

    def _claim(self, work: Work, *, key: str, again: bool) -> bool:
        rows, now = AnswerRepository(work.session), work.now
        if again:
            rows.forget(key)
        if (other := rows.made_by(key)) is not None and not is_alive(other):
            rows.let_go(key, other)
        return rows.claim(key, self._maker, now, now + self._shelf.patience)

    def _let_go(self, work: Work, key: str) -> None:
        AnswerRepository(work.session).let_go(key, self._maker)
