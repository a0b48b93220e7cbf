"""Ports: every await at which a process meets the world; it takes seeded time, and a fault may strike."""

import asyncio
from typing import TYPE_CHECKING

from docchain.engine.journal.batch import Batch

from .loop import Gone, Process

if TYPE_CHECKING:
    from .world import World


class Ports:
    """One process's way out."""

    def __init__(self, world: "World", process: Process) -> None:
        self.world = world
        self.process = process

    async def call(self, name: str) -> str:
        """Let the world turn; the name of a fault that the callee must show comes back, or nothing.

        Raises:
            Gone: the process died meanwhile, and with it the caller.
        """
        self._alive()
        self.world.note(f"{self.process.name} {name}")
        fault = self.world.chaos.strike(name, self.process)
        self._alive()
        await asyncio.sleep(self.world.pause(slow=fault == "slow"))
        self._alive()
        return fault

    def _alive(self) -> None:
        if not self.process.alive:
            raise Gone

    def note(self, text: str) -> None:
        self.world.note(f"{self.process.name} {text}")

    def committed(self, batch: Batch) -> None:
        self.world.committed(batch, self.process)
