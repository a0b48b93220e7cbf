"""Waits for runs that another process executes: woken by its commits, and looking by itself once in a while."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import structlog

from docchain.engine.journal import JournalError
from docchain.engine.local.waiters import asks
from docchain.engine.machine.state import RunState
from docchain.engine.view import JournalView

_log = structlog.get_logger(__name__)
Future = asyncio.Future[RunState]


class FollowedJournal(Protocol):
    """What is asked of the journal."""

    async def last_position(self) -> int: ...

    async def touched(self, position: int, keys: Sequence[bytes]) -> set[bytes]: ...


class Follower:
    """Answers those who wait here; folds only runs that somebody waits for and that have moved."""

    def __init__(self, journal: FollowedJournal, view: JournalView, poll: float = 1.0) -> None:
        self._journal = journal
        self._view = view
        self._poll = poll
        self._position = 0
        self._bell = asyncio.Event()
        self._waiting: dict[bytes, list[tuple[Future, bool]]] = {}

    def ring(self) -> None:
        """There may be news."""
        self._bell.set()

    async def wait(self, run_id: UUID, within: float | None = None, *, or_asked: bool = False) -> RunState | None:
        """As an engine's `wait`."""
        future: Future = asyncio.get_running_loop().create_future()
        waiter = (future, or_asked)
        self._waiting.setdefault(run_id.bytes, []).append(waiter)
        try:
            self._answer(run_id.bytes, await self._view.state(run_id))
            return await (future if within is None else asyncio.wait_for(future, within))
        except TimeoutError:
            return None
        finally:
            self._forget(run_id.bytes, waiter)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._poll):
                    await self._bell.wait()
            except TimeoutError:
                pass
            self._bell.clear()
            if not self._waiting:
                continue
            try:
                await self._look()
            except JournalError as error:
                _log.warning("journal_unread", error=str(error), hint="It is read again in a moment.")
                await asyncio.sleep(self._poll)

    async def _look(self) -> None:
        last = await self._journal.last_position()
        if last > self._position:
            for key in await self._journal.touched(self._position, list(self._waiting)):
                self._answer(key, await self._view.state(UUID(bytes=key)))
            self._position = last

    def _answer(self, key: bytes, state: RunState | None) -> None:
        if state is None:
            return
        for future, or_asked in self._waiting.get(key, ()):
            if not future.done() and (state.ended_at is not None or (or_asked and asks(state))):
                future.set_result(state)

    def _forget(self, key: bytes, waiter: tuple[Future, bool]) -> None:
        waiting = self._waiting[key]
        waiting.remove(waiter)
        if not waiting:
            del self._waiting[key]
