"""The outside world of external steps: it applies what arrives, whether or not somebody still waits for the answer."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import OutcomeUnknown, StepContext, StepError

from .loop import PROCESS

if TYPE_CHECKING:
    from .world import World


class Receiver:
    """`applied` by key. One in mode `once` knows the keys it has seen; in the others whatever comes is applied."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.applied: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.late: set[str] = set()
        self.faults: list[str] = []

    async def send(self, context: StepContext, mode: str) -> None:
        """Deliver a message; while the chaos lasts it may be refused or lost, or its answer lost or late."""
        world, key = self._world, context.effect_key
        self._check_announced(context)
        fate = world.dice.choice(("ok", "ok", "refused", "lost", "no answer", "late")) if not world.chaos.over else "ok"
        world.note(f"send {key} {fate}")
        if fate == "refused":
            await self._travel()
            raise StepError("the receiver is busy", FailureClass.UNAVAILABLE)
        if fate == "lost":
            await self._travel()
            raise OutcomeUnknown("the line broke")
        self.under_way[key] += 1
        arrival = world.pause() + (world.dice.choice((0.2, 1.0)) if fate == "late" else 0)
        asyncio.get_running_loop().call_later(arrival, self._apply, key, mode)
        await asyncio.sleep(arrival + world.pause())
        if fate == "no answer":
            raise OutcomeUnknown("no answer came")

    async def _travel(self) -> None:
        await asyncio.sleep(self._world.pause())

    def _apply(self, key: str, mode: str) -> None:
        self.under_way[key] -= 1
        if not (mode == "once" and self.applied[key]):
            self.applied[key] += 1
        self._world.note(f"applied {key} {self.applied[key]}")

    async def find(self, key: str) -> bool:
        """Whether a message with this key was applied; one that is still under way is awaited."""
        while self.under_way[key]:  # noqa: ASYNC110 - the simplest receiver
            await asyncio.sleep(0.05)
        await self._travel()
        return self.applied[key] > 0

    def _check_announced(self, context: StepContext) -> None:
        """The promise: no call before its intent is durable. A deposed engine's last calls are told apart."""
        row = self._world.store.effects.get((context.run_id.bytes, context.step_id, context.attempt))
        process = PROCESS.get()
        if process is not None and self._world.fleet.is_deposed(process):
            self.late.add(context.effect_key)
        elif row is None or row[0] != context.effect_key or row[1] != "sending":
            self.faults.append(f"{context.effect_key} attempt {context.attempt} was called while the ledger had {row}")
