"""The backlog: runs that have work to do and are not in memory; each workspace gets a few in at a time, in turn."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import structlog

from docchain.engine.journal import JournalError
from docchain.engine.local.residents import Residents
from docchain.engine.local.window import Window

_log = structlog.get_logger(__name__)
_AT_ONCE: Final = 256
_PAUSE: Final = 1.0


class Backlog:
    """What a start finds unfinished, and what timers woke while too many others were awake."""

    def __init__(self, runs: Residents, fed: Window) -> None:
        self._runs = runs
        self._fed = fed
        self._keys: dict[UUID, deque[bytes]] = {}
        self._wanted = asyncio.Event()

    def __len__(self) -> int:
        return sum(map(len, self._keys.values()))

    def add(self, workspace: UUID, key: bytes) -> None:
        self._keys.setdefault(workspace, deque()).append(key)
        self._wanted.set()

    def fill(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Run and workspace of each."""
        by_owner: dict[bytes, deque[bytes]] = {}
        for key, owner in rows:
            by_owner.setdefault(owner, deque()).append(key)
        for owner, keys in by_owner.items():
            self._keys.setdefault(UUID(bytes=owner), deque()).extend(keys)
        self._wanted.set()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while picked := self._pick():
                await self._bring_in(picked)

    def _pick(self) -> list[tuple[UUID, bytes]]:
        picked: list[tuple[UUID, bytes]] = []
        each = max(1, _AT_ONCE // max(1, len(self._keys)))
        for workspace in list(self._keys):
            keys = self._keys[workspace]
            room = min(each, len(keys), self._fed.room(workspace), _AT_ONCE - len(picked))
            picked.extend((workspace, keys.popleft()) for _ in range(room))
            del self._keys[workspace]
            if keys:
                self._keys[workspace] = keys  # behind the others
        return picked

    async def _bring_in(self, picked: list[tuple[UUID, bytes]]) -> None:
        try:
            found = await self._runs.hydrate([key for _, key in picked], fed=self._fed)
        except JournalError as error:
            _log.error("runs_unread", error=str(error), hint="They are read again.")
            for workspace, key in picked:
                self.add(workspace, key)
            await asyncio.sleep(_PAUSE)
            return
        for run in found.values():
            if run is not None and run.idle:
                self._runs.touch(run)  # nothing to do after all: the book says so from now on
