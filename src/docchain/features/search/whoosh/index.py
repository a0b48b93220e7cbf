"""Whoosh behind the port: folders `<root>/<workspace>/<generation>`, and a file `current` that names one of them."""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

from docchain.features.search.beside.showing import Showing
from docchain.features.search.beside.vectors import mean_of
from docchain.features.search.embedded.index import new_generation
from docchain.features.search.port import Batch, Capabilities, Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.queries import Node

if TYPE_CHECKING:
    from docchain.features.search.whoosh.generation import Generation

T = TypeVar("T")
_CURRENT: Final = "current"


class WhooshIndex(Showing):
    """One process at a time writes and reads it.

    Args:
        root: the folder of all of them.
        model: what makes the vectors.
    """

    def __init__(self, root: Path, model: str) -> None:
        self._root = root
        self._model = model
        self._open: dict[Path, Generation] = {}
        self._lock = RLock()
        self.capabilities = Capabilities("whoosh")

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        def work() -> None:
            folder = self._current(workspace_id) or self.name(workspace_id, new_generation())
            self.generation(folder).apply(batch)

        await self.run(work)

    async def position(self, workspace_id: UUID) -> int | None:
        return await self._ask(workspace_id, lambda found: found.position(), None)

    async def rank(self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order) -> Sequence[Ranked]:
        return await self._ask(workspace_id, lambda found: found.rank(scope, query, limit, order), [])

    async def nearest(self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int) -> Sequence[Near]:
        return await self._ask(workspace_id, lambda found: found.nearest(scope, vector, limit), [])

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        return mean_of((await self.carry(workspace_id, [id_])).get(id_, b""))

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        nothing = Counts(0, {name: [] for name in facets})
        return await self._ask(workspace_id, lambda found: found.count(scope, query, also, facets), nothing)

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        return await self._ask(workspace_id, lambda found: found.fetch(ids), {})

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]:
        return await self._ask(workspace_id, lambda found: found.ids_where("state", state)[:limit], [])

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        return await self._ask(workspace_id, lambda found: found.ids_where("marks", f"kind={kind}"), [])

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        return await self._ask(workspace_id, lambda found: found.vectors(ids), {})

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        return await self._ask(workspace_id, lambda found: found.sizes(), {"entries": 0, "passages": 0, "bytes": 0})

    async def workspaces(self) -> Sequence[UUID]:
        def found() -> list[UUID]:
            return sorted((UUID(mark.parent.name) for mark in self._root.glob(f"*/{_CURRENT}")), key=str)

        return await self.run(found)

    async def begin(self, workspace_id: UUID) -> "NextGeneration":
        return NextGeneration(self, workspace_id, self._root / str(workspace_id) / new_generation())

    async def close(self) -> None:
        def work() -> None:
            for generation in self._open.values():
                generation.close()
            self._open.clear()

        await self.run(work)

    async def run(self, work: Callable[[], T]) -> T:
        """One after the other: what is read is never half removed."""

        def alone() -> T:
            with self._lock:
                return work()

        return await asyncio.to_thread(alone)

    async def _ask(self, workspace_id: UUID, question: Callable[["Generation"], T], otherwise: T) -> T:
        def work() -> T:
            folder = self._current(workspace_id)
            return otherwise if folder is None else question(self.generation(folder))

        return await self.run(work)

    # inside `run`

    def generation(self, folder: Path) -> "Generation":
        from docchain.features.search.whoosh.generation import Generation  # noqa: PLC0415 - brings whoosh

        if folder not in self._open:
            self._open[folder] = Generation(folder, self._model)
        return self._open[folder]

    def name(self, workspace_id: UUID, generation: str) -> Path:
        """This is the current one from now on; a file is replaced whole, or not at all."""
        folder = self._root / str(workspace_id)
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{_CURRENT}"
        fresh.write_text(generation)
        fresh.replace(folder / _CURRENT)
        return folder / generation

    def remove(self, folder: Path) -> None:
        if (known := self._open.pop(folder, None)) is not None:
            known.close()
        shutil.rmtree(folder, ignore_errors=True)

    def _current(self, workspace_id: UUID) -> Path | None:
        folder = self._root / str(workspace_id)
        mark = folder / _CURRENT
        return folder / mark.read_text() if mark.exists() else None


class NextGeneration:
    """A generation that nobody searches yet."""

    def __init__(self, index: WhooshIndex, workspace_id: UUID, folder: Path) -> None:
        self._index = index
        self._workspace_id = workspace_id
        self._folder = folder

    async def apply(self, batch: Batch) -> None:
        await self._index.run(lambda: self._index.generation(self._folder).apply(batch))

    async def publish(self) -> None:
        def work() -> None:
            self._index.generation(self._folder)
            self._index.name(self._workspace_id, self._folder.name)
            for folder in [path for path in self._folder.parent.iterdir() if path.is_dir() and path != self._folder]:
                self._index.remove(folder)

        await self._index.run(work)

    async def discard(self) -> None:
        await self._index.run(lambda: self._index.remove(self._folder))
