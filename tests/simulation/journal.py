"""The journal's port over the store in memory: every call takes time, and anything may happen meanwhile."""

from collections.abc import Sequence
from typing import Any

from docchain.engine.journal.batch import Batch
from docchain.engine.journal.port import JournalUnavailableError, LeaseLostError

from .ports import Ports
from .store import Store


class MemoryJournal:
    """One process's connection. `epoch` is taken when it opens; the store refuses an older one."""

    def __init__(self, store: Store, ports: Ports) -> None:
        self._store = store
        self._ports = ports
        self.epoch = 0

    async def open(self) -> None:
        await self._ports.call("journal.open")
        self._store.epoch += 1
        self.epoch = self._store.epoch

    async def close(self) -> None: ...

    @property
    def is_ours(self) -> bool:
        return True  # nobody tells: the fence is in the store

    async def commit(self, batch: Batch) -> None:
        answer = await self._ports.call("journal.commit")
        if self._store.epoch != self.epoch:
            self._ports.note(f"refused epoch {self.epoch}")
            raise LeaseLostError(f"Another engine holds the lease since epoch {self._store.epoch}.")
        if answer == "full":
            raise JournalUnavailableError("The disk is full.")
        if self._store.apply(batch, self.epoch):
            self._ports.committed(batch)
        if await self._ports.call("journal.committed") == "lost":
            raise JournalUnavailableError("The connection was lost; nobody knows.")

    async def _read(self, name: str, value: Any) -> Any:
        if await self._ports.call(name) == "away":
            raise JournalUnavailableError("The journal cannot be read now.")
        return value()

    async def last_position(self) -> int:
        return int(await self._read("journal.last", lambda: len(self._store.entries)))

    async def cursors(self) -> dict[str, int]:
        return dict(await self._read("journal.cursors", lambda: self._store.cursors))

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        return set(await self._read("journal.known", lambda: [key for key in keys if key in self._store.of_run]))

    async def facts_of(self, keys: Sequence[bytes]) -> dict[bytes, list[bytes]]:
        of_run = self._store.of_run
        return dict(
            await self._read("journal.facts", lambda: {key: list(of_run[key]) for key in keys if key in of_run})
        )

    async def entries_after(self, position: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        return list(await self._read("journal.entries", lambda: self._store.entries[position : position + limit]))

    async def active_runs(self) -> list[tuple[bytes, bytes]]:
        return list(
            await self._read(
                "journal.active", lambda: sorted((key, row[0]) for key, row in self._store.open_runs.items() if row[1])
            )
        )

    async def due_after(self, last: tuple[int, bytes], until: int, limit: int) -> list[tuple[int, bytes]]:
        return list(await self._read("journal.due", lambda: self._store.due_after(last, until, limit)))

    async def definition(self, digest: str) -> str | None:
        found: str | None = await self._read("journal.definition", lambda: self._store.definitions.get(digest))
        return found

    async def blob(self, workspace: bytes, sha256: bytes) -> bytes | None:
        found: bytes | None = await self._read("journal.blob", lambda: self._store.blobs.get((workspace, sha256)))
        return found

    async def effects(self, status: str, limit: int) -> list[Any]:
        return list(await self._read("journal.effects", lambda: self._store.effect_rows(status, limit)))
