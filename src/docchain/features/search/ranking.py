"""Ranking: what is asked in words, in meaning or in both becomes one order, and every place in it has a reason."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal
from uuid import UUID

from docchain.features.search.embedding import Embedder, MeaningAway
from docchain.features.search.fusion import Fused, fuse
from docchain.features.search.port import Near, Order, Ranked, Scope, SearchIndex
from docchain.features.search.queries import Node, Words, stated, texts_of
from docchain.platform.ids import Handle

Mode = Literal["text", "semantic", "hybrid"]
DEPTH: Final = 100
"""How many of each ranking are fused; who pages further gets the rest of the text ranking."""
LEAST: Final = 0.2
"""How similar something must be, at least, to be a hit by its meaning."""
WEIGHTS: Final = {"text": 1.0, "semantic": 1.0}


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits in their order, with what each ranking said of them; `trouble`: why meanings were not compared."""

    hits: Sequence[Fused]
    texts: Mapping[UUID, Ranked]
    near: Mapping[UUID, Near]
    trouble: str = ""


class Ranker:
    """Asks for both rankings at the same time, and fuses them.

    Args:
        index: what ranks.
        embedder: what questions mean.
        patience: seconds that a question waits for the model; then it is answered by words.
        last: kinds that are told behind all others.
    """

    def __init__(
        self, index: SearchIndex, embedder: Embedder, patience: float | None = None, last: Collection[str] = ()
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._patience = patience
        self._last = last

    async def rank(
        self,
        workspace_id: UUID,
        scope: Scope,
        query: Node,
        mode: Mode,
        *,
        depth: int = DEPTH,
        order: Order | None = None,
    ) -> Ranking:
        """The best hits; more than `depth` only if `depth` says so. An order by date has no use for meaning."""
        order = order or Order()
        meaning = "" if _is_exact(query, scope) else " ".join(texts_of(query)).strip()
        if not self._index.capabilities.vectors or mode == "text" or not meaning or order.field:
            mode, meaning = "text", ""
        depth, (first, last) = max(depth, DEPTH), self._parted(scope, order)
        words = partial(self._index.rank, workspace_id, first, query, depth, order)
        texts, (near, trouble) = await asyncio.gather(
            _nothing() if mode == "semantic" else words(),
            self._by_meaning(workspace_id, _narrowed(scope, query), meaning, mode),
        )
        if trouble and mode == "semantic":
            texts = await words()
        rankings = {"text": [item.id for item in texts], "semantic": [item.id for item in near]}
        hits = fuse({name: ids for name, ids in rankings.items() if ids}, WEIGHTS)
        if order.field:
            hits = [next(iter(fuse({"text": [item.id]}))) for item in texts]
        if last is not None and mode != "semantic" and len(hits) < depth:
            more = await self._index.rank(workspace_id, last, query, depth - len(hits), order)
            texts = [*texts, *more]
            hits += fuse({"text": [item.id for item in more]})
        return Ranking(hits, {item.id: item for item in texts}, {item.id: item for item in near}, trouble)

    def _parted(self, scope: Scope, order: Order) -> tuple[Scope, Scope | None]:
        """What is ranked, and what comes behind it; by date everything is in one order."""
        last = tuple(kind for kind in scope.kinds if kind in self._last)
        if order.field or not last or len(last) == len(scope.kinds):
            return scope, None
        first = tuple(kind for kind in scope.kinds if kind not in self._last)
        return replace(scope, kinds=first), replace(scope, kinds=last)

    async def _by_meaning(
        self, workspace_id: UUID, scope: Scope, meaning: str, mode: Mode
    ) -> tuple[Sequence[Near], str]:
        """What is near enough, or why that cannot be told. Who wants nothing but meaning waits for it."""
        if not meaning:
            return [], ""
        try:
            vector = await self._embedder.question(meaning, None if mode == "semantic" else self._patience)
        except MeaningAway as away:
            return [], str(away)
        found = await self._index.nearest(workspace_id, scope, vector, DEPTH)
        return [item for item in found if item.similarity >= LEAST], ""


def _is_exact(query: Node, scope: Scope) -> bool:
    """A handle says which one is meant: there is nothing similar to it."""
    handle = Handle.parse(query.text.strip().lower()) if isinstance(query, Words) and not query.field else None
    return handle is not None and handle.kind in scope.kinds


def _narrowed(scope: Scope, query: Node) -> Scope:
    """What people state holds for what is similar, too."""
    said = stated(query)
    return scope if said is None else replace(scope, filters=(*scope.filters, said))


async def _nothing() -> Sequence[Ranked]:
    return []
