"""Kinds that an index was made without: they come in while it answers, in the background.

Its one rule: the first of a kind come last, so what is cut off is known by their absence and done again.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from docchain.features.search.keeper import IndexKeeper
from docchain.features.search.sources import Source
from docchain.platform.events import last_position
from docchain.platform.work import SYSTEM, Work

log = structlog.get_logger(__name__)
_FIRST: Final = 20
_STEP: Final = 200
Firsts = Mapping[UUID, Mapping[str, Sequence[UUID]]]
"""By workspace and kind, the first there are."""
Bring = Callable[[UUID, Mapping[str, Collection[UUID]]], Awaitable[None]]


class Filling:
    """Looks, and fills.

    Args:
        keeper: brings entries into indexes.
        bring: how they are brought, and their texts read later.
    """

    def __init__(self, keeper: IndexKeeper, bring: Bring) -> None:
        self._keeper = keeper
        self._bring = bring

    async def look(self) -> tuple[int, Firsts]:
        """The first of every kind, and how far the log was then: an index that is there has all of them."""
        workspaces = await self._keeper.index.workspaces()
        until = await self._keeper.database.read(lambda work: last_position(work.session), SYSTEM)
        return until, {workspace_id: await self._firsts(workspace_id) for workspace_id in workspaces}

    async def fill(self, firsts: Firsts) -> None:
        """Bring in every kind whose first are not there, though the index has followed the log beyond them."""
        for workspace_id, kinds in firsts.items():
            for kind, ids in kinds.items():
                if await self._is_lacking(workspace_id, kind, ids):
                    log.info("search_kind_comes_in", workspace=str(workspace_id), kind=kind)
                    many = await self._fill(workspace_id, kind, ids)
                    log.info("search_kind_is_in", workspace=str(workspace_id), kind=kind, entries=many)

    async def _firsts(self, workspace_id: UUID) -> dict[str, Sequence[UUID]]:
        return {
            kind: await self._page(workspace_id, source, None, _FIRST) for kind, source in self._keeper.sources.items()
        }

    async def _is_lacking(self, workspace_id: UUID, kind: str, ids: Sequence[UUID]) -> bool:
        """An index that is not there is built anew by others; what is gone meanwhile is not missed."""
        if not ids or await self._keeper.index.position(workspace_id) is None:
            return False
        there = {entry.id for entry in await self._keeper.entries(workspace_id, {kind: ids})}
        return bool(there - (await self._keeper.index.fetch(workspace_id, ids)).keys())

    async def _fill(self, workspace_id: UUID, kind: str, first: Sequence[UUID]) -> int:
        source, after, many = self._keeper.sources[kind], first[-1], len(first)
        while ids := await self._page(workspace_id, source, after, _STEP):
            await self._bring(workspace_id, {kind: ids})
            after, many = ids[-1], many + len(ids)
        await self._bring(workspace_id, {kind: first})
        return many

    async def _page(self, workspace_id: UUID, source: Source, after: UUID | None, most: int) -> Sequence[UUID]:
        return await self._keeper.database.read(partial(_page, workspace_id, source, after, most), SYSTEM)


def _page(workspace_id: UUID, source: Source, after: UUID | None, most: int, work: Work) -> list[UUID]:
    with work.inside(workspace_id):
        return source.page(work, after, most)
