"""Witnesses: callers and readers that live in the engine's process, and look whether it tells the durable truth."""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from docchain.engine.journal import JournalError
from docchain.engine.machine.facts import Ended, decode
from docchain.engine.machine.fold import fold

if TYPE_CHECKING:
    from .fleet import Life
    from .world import World


class Witness:
    """`read` is what a reader with a durable cursor has seen."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.read: list[int] = []
        self.faults: list[str] = []

    def watch(self, life: "Life") -> None:
        life.engine.on_commit(life.news.set)
        life.engine.on_commit(lambda: self._compare(life))
        life.process.spawn(self._follow(life, life.news))
        for order in self._world.orders.values():
            if self._world.dice.random() < 0.2:
                life.process.spawn(self._wait(life, order.run))

    async def _follow(self, life: "Life", news: asyncio.Event) -> None:
        while True:
            await news.wait()
            news.clear()
            try:
                while entries := await life.engine.entries_after(len(self.read), 100):
                    if entries[0].position == len(self.read) + 1:  # else another life's reader was faster
                        self.read += [entry.position for entry in entries]
            except JournalError:
                news.set()
                await asyncio.sleep(0.1)

    async def _wait(self, life: "Life", run: UUID) -> None:
        await asyncio.sleep(self._world.dice.uniform(0, 3))
        try:
            state = await life.engine.wait(run)
        except JournalError:
            return
        last = self._last_fact(run)
        if state is None or not isinstance(last, Ended) or last.status != state.status:
            self.faults.append(f"{run} was answered {state and state.status} while the journal ends with {last}")

    def _last_fact(self, run: UUID) -> Any:
        rows = self._world.store.of_run.get(run.bytes)
        return decode(rows[-1])[-1] if rows else None

    def _compare(self, life: "Life") -> None:
        """Right after a commit: what is in memory is the fold of what is durable and what waits for the next one."""
        if self._world.dice.random() > 0.15 or self._world.fleet.is_deposed(life.process):
            return
        for run in list(life.engine._runs._runs.values()):  # noqa: SLF001 (the memory is what is compared)
            rows = self._world.store.of_run.get(run.key, [])
            history = [fact for row in rows for fact in decode(row)]
            if fold(run.plan, str(run.id), [*history, *run.facts]) != run.state:
                self.faults.append(f"{run.id} differs in memory from its history after {history[-1:]}")
