"""The embedded back end behind the port: opens workspaces' indexes when they are asked for, and swaps generations."""

import asyncio
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

from docchain.features.search.port import (
    Batch,
    Capabilities,
    Counts,
    Highlight,
    Kept,
    Near,
    Order,
    Ranked,
    Scope,
)
from docchain.features.search.queries import Node
from docchain.platform.ids import new_id

if TYPE_CHECKING:
    from docchain.features.search.embedded.generation import Generation

T = TypeVar("T")
_CURRENT: Final = "current"
_OPEN: Final = 32
FORM: Final = "g2-"
"""How generations are called whose schema is the present one; the number changes with it."""


class EmbeddedIndex:
    """Indexes in folders: `<root>/<workspace>/<generation>`, and a file `current` that names the one that is searched.

    Args:
        root: the folder of all of them.
        model: what makes the vectors.
        threads: how many searches work at once.
    """

    capabilities = Capabilities("embedded")

    def __init__(self, root: Path, model: str, threads: int = 2) -> None:
        self._root = root
        self._model = model
        self._threads = ThreadPoolExecutor(threads, "search")
        self._writing = ThreadPoolExecutor(1, "search-writer")
        self._open: OrderedDict[UUID, tuple[str, Generation]] = OrderedDict()
        self._lock = RLock()
        self._writable = False

    def claim(self) -> None:
        """From now on this process writes; it is the only one."""
        with self._lock:
            self._close_all()
            self._writable = True

    def release(self) -> None:
        with self._lock:
            self._close_all()
            self._writable = False

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        await self._write(lambda: self._to_write(workspace_id).apply(batch))

    async def position(self, workspace_id: UUID) -> int | None:
        return await self._ask(workspace_id, lambda generation: generation.position(), None)

    async def rank(self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order) -> Sequence[Ranked]:
        return await self._ask(workspace_id, lambda generation: generation.rank(scope, query, limit, order), [])

    async def nearest(self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int) -> Sequence[Near]:
        return await self._ask(workspace_id, lambda generation: generation.nearest(scope, vector, limit), [])

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        return await self._ask(workspace_id, lambda generation: generation.mean(id_), None)

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        nothing = Counts(0, {name: [] for name in facets})
        return await self._ask(workspace_id, lambda found: found.count(scope, query, also, facets), nothing)

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        return await self._ask(workspace_id, lambda generation: generation.fetch(ids), {})

    async def highlight(
        self, workspace_id: UUID, ids: Sequence[UUID], query: Node, length: int
    ) -> Mapping[UUID, Sequence[Highlight]]:
        from docchain.features.search.embedded import words  # noqa: PLC0415 - brings tantivy

        return await self._ask(workspace_id, lambda found: words.highlights(found, ids, query, length), {})

    async def suggest(self, workspace_id: UUID, scope: Scope, prefix: str, limit: int) -> Sequence[str]:
        from docchain.features.search.embedded import words  # noqa: PLC0415 - brings tantivy

        return await self._ask(workspace_id, lambda found: words.suggestions(found, scope, prefix, limit), [])

    async def correct(self, workspace_id: UUID, scope: Scope, words: Sequence[str]) -> Mapping[str, str]:
        from docchain.features.search.embedded.words import corrections  # noqa: PLC0415 - brings tantivy

        return await self._ask(workspace_id, lambda found: corrections(found, scope, words), {})

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]:
        return await self._ask(workspace_id, lambda generation: generation.in_state(state, limit), [])

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        return await self._ask(workspace_id, lambda generation: generation.ids(kind), [])

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        def vectors(generation: "Generation") -> Mapping[UUID, bytes]:
            generation.vectors.refresh()
            return {id_: generation.vectors.of(id_) for id_ in ids if generation.vectors.has(id_)}

        return await self._ask(workspace_id, vectors, {})

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        return await self._ask(workspace_id, lambda found: found.sizes(), {"entries": 0, "passages": 0, "bytes": 0})

    async def workspaces(self) -> Sequence[UUID]:
        def found() -> list[UUID]:
            marks = self._root.glob(f"*/{_CURRENT}")
            return sorted((UUID(mark.parent.name) for mark in marks), key=lambda id_: id_.bytes)

        return await self._in_thread(found)

    async def begin(self, workspace_id: UUID) -> "NextGeneration":
        return NextGeneration(self, workspace_id)

    async def close(self) -> None:
        await self._write(self._close_all)
        self._threads.shutdown()
        self._writing.shutdown()

    # for a generation that is being built

    async def build(self, workspace_id: UUID, name: str, batch: Batch, known: "Generation | None") -> "Generation":
        def work() -> "Generation":
            generation = known or self._generation(self._root / str(workspace_id) / name, writable=True)
            generation.apply(batch)
            return generation

        return await self._write(work)

    async def swap(self, workspace_id: UUID, name: str, generation: "Generation") -> None:
        """Name the new one as current, durably, and remove the old one once it is not asked any more."""

        def work() -> None:
            with self._lock:
                old = self._open.pop(workspace_id, None)
                _mark(self._root / str(workspace_id), name)
                self._open[workspace_id] = (name, generation)
            if old is not None:
                old[1].close()
            for folder in (self._root / str(workspace_id)).iterdir():
                if folder.is_dir() and folder.name != name:
                    _remove(folder)

        await self._write(work)

    async def drop(self, generation: "Generation") -> None:
        await self._write(generation.remove)

    # what is open

    async def _ask(self, workspace_id: UUID, question: Callable[["Generation"], T], otherwise: T) -> T:
        def work() -> T:
            generation = self._to_read(workspace_id)
            try:
                return otherwise if generation is None else question(generation)
            except FileNotFoundError:  # another generation took its place meanwhile
                generation = self._to_read(workspace_id)
                return otherwise if generation is None else question(generation)

        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _write(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)

    def _to_read(self, workspace_id: UUID) -> "Generation | None":
        folder = self._root / str(workspace_id)
        with self._lock:
            known = self._open.get(workspace_id)
            name = known[0] if known and self._writable else _current(folder)
            if not name:
                return None
            if known is None or known[0] != name:
                known = (name, self._generation(folder / name, writable=self._writable))
                self._open[workspace_id] = known
            self._open.move_to_end(workspace_id)
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)[1][1].close()
            return known[1]

    def _to_write(self, workspace_id: UUID) -> "Generation":
        if not self._writable:
            raise RuntimeError("This process does not write the search index.")
        with self._lock:
            found = self._to_read(workspace_id)
            if found is None:
                name = new_generation()
                found = self._generation(self._root / str(workspace_id) / name, writable=True)
                _mark(self._root / str(workspace_id), name)
                self._open[workspace_id] = (name, found)
            return found

    def _generation(self, folder: Path, *, writable: bool) -> "Generation":
        from docchain.features.search.embedded.generation import Generation  # noqa: PLC0415 - brings tantivy and numpy

        return Generation(folder, self._model, writable=writable)

    def _close_all(self) -> None:
        with self._lock:
            for _, generation in self._open.values():
                generation.close()
            self._open.clear()


class NextGeneration:
    """A generation that nobody searches yet."""

    def __init__(self, index: EmbeddedIndex, workspace_id: UUID) -> None:
        self._index = index
        self._workspace_id = workspace_id
        self._name = new_generation()
        self._generation: Generation | None = None

    async def apply(self, batch: Batch) -> None:
        self._generation = await self._index.build(self._workspace_id, self._name, batch, self._generation)

    async def publish(self) -> None:
        await self.apply(Batch())
        assert self._generation is not None  # noqa: S101 - the line above made it
        await self._index.swap(self._workspace_id, self._name, self._generation)

    async def discard(self) -> None:
        if self._generation is not None:
            await self._index.drop(self._generation)


def new_generation() -> str:
    return f"{FORM}{new_id().hex}"


def _current(folder: Path) -> str:
    """Nothing, if what is there has the shape of another release: it is built anew."""
    try:
        name = (folder / _CURRENT).read_text().strip()
    except FileNotFoundError:
        return ""
    return name if name.startswith(FORM) else ""


def _mark(folder: Path, name: str) -> None:
    """A file is replaced whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{_CURRENT}"
    with fresh.open("w") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / _CURRENT)


def _remove(folder: Path) -> None:
    """What another process still reads stays readable to it; on some systems it goes later."""
    with suppress(OSError):
        shutil.rmtree(folder)
