"""Ranking: what is asked in words, in meaning or in both becomes one order, and every place in it has a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from docchain.features.search.embedding import Embedder
from docchain.features.search.fusion import Fused, fuse
from docchain.features.search.port import Near, Order, Ranked, Scope, SearchIndex
from docchain.features.search.queries import Node, texts_of

Mode = Literal["text", "semantic", "hybrid"]
DEPTH: Final = 100
"""How many of each ranking are fused; who pages further gets the rest of the text ranking."""
LEAST: Final = 0.2
"""How similar something must be, at least, to be a hit by its meaning."""
WEIGHTS: Final = {"text": 1.0, "semantic": 1.0}


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hits in their order, with what each ranking said of them."""

    hits: Sequence[Fused]
    texts: Mapping[UUID, Ranked]
    near: Mapping[UUID, Near]


class Ranker:
    def __init__(self, index: SearchIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder

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
        meaning = " ".join(texts_of(query)).strip()
        able = self._index.capabilities.vectors
        semantic = able and mode != "text" and bool(meaning) and not order.field
        texts: Sequence[Ranked] = []
        near: Sequence[Near] = []
        if mode != "semantic" or not semantic:
            texts = await self._index.rank(workspace_id, scope, query, max(depth, DEPTH), order)
        if semantic:
            vector = await self._embedder.question(meaning)
            found = await self._index.nearest(workspace_id, scope, vector, DEPTH)
            near = [item for item in found if item.similarity >= LEAST]
        rankings = {"text": [item.id for item in texts], "semantic": [item.id for item in near]}
        hits = fuse({name: ids for name, ids in rankings.items() if ids}, WEIGHTS)
        if order.field:
            hits = [next(iter(fuse({"text": [item.id]}))) for item in texts]
        return Ranking(hits, {item.id: item for item in texts}, {item.id: item for item in near})
