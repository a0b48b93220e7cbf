"""Empties the index of one workspace: an empty one takes its place, as after a rebuild that found nothing."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from docchain.features.search.port import SearchIndex


def index_of(index: SearchIndex) -> Callable[[UUID], Awaitable[None]]:
    async def erase(workspace_id: UUID) -> None:
        await (await index.begin(workspace_id)).publish()

    return erase
