"""What back ends get for nothing, once they rank and fetch: highlights, suggestions and corrections."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from uuid import UUID

from docchain.features.search.beside import shown
from docchain.features.search.port import Highlight, Kept, Order, Ranked, Scope
from docchain.features.search.queries import Node


class Showing(ABC):
    @abstractmethod
    async def rank(
        self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order
    ) -> Sequence[Ranked]: ...

    @abstractmethod
    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]: ...

    async def highlight(
        self, workspace_id: UUID, ids: Sequence[UUID], query: Node, length: int
    ) -> Mapping[UUID, Sequence[Highlight]]:
        return await shown.highlights(self, workspace_id, ids, query, length)

    async def suggest(self, workspace_id: UUID, scope: Scope, prefix: str, limit: int) -> Sequence[str]:
        return await shown.suggestions(self, workspace_id, scope, prefix, limit)

    async def correct(self, workspace_id: UUID, scope: Scope, words: Sequence[str]) -> Mapping[str, str]:
        return await shown.corrections(self, workspace_id, scope, words)
