"""People and doors: they answer what is asked, resolve what is in doubt by asking the receiver, repair and retry."""

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any
from uuid import UUID

from docchain.engine.machine import facts as f

if TYPE_CHECKING:
    from .world import Order, World


class People:
    """React to what is durable, by commands; commands are sometimes given twice."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._tasks: list[asyncio.Task[None]] = []

    def see(self, run: UUID, fact: f.Fact) -> None:
        order = self._world.orders.get(run)
        if isinstance(fact, f.Unknown) and fact.policy == "park":
            self._spawn(self._resolve(run, fact))
        elif order is None:
            return
        elif isinstance(fact, f.Waiting) and fact.signal == "answer" and order.case.answer is not None:
            self._spawn(self._answer(run, fact.step, order.case.answer))
        elif isinstance(fact, f.Ended) and fact.status == "failed" and order.case.repair:
            self._spawn(self._repair(order))

    def _spawn(self, work: Any) -> None:
        """In a context of its own: people outlive the process that told them."""
        self._tasks.append(asyncio.get_running_loop().create_task(work, context=Context()))

    async def _answer(self, run: UUID, step: str, word: str) -> None:
        await asyncio.sleep(self._world.dice.choice((0.0, 0.1, 1.0, 140.0)))
        self._tell("signal", run, step=step, signal="answer", payload={"decision": word})

    async def _resolve(self, run: UUID, fact: f.Unknown) -> None:
        """Ask the receiver what happened, once nothing is under way any more, and say so."""
        world, key = self._world, f"{run}:{fact.step}"
        await asyncio.sleep(world.dice.uniform(0, 1))
        while world.receiver.under_way[key] or world.fleet.someone_deposed():  # noqa: ASYNC110 - a person looks again
            await asyncio.sleep(0.1)
        if world.receiver.applied[key]:
            payload = {"outcome": "confirmed", "output": {"value": world.values.get(key)}}
        else:
            payload = {"outcome": "resend"}
        self._tell("signal", run, step=fact.step, signal="resolve", payload=payload)

    async def _repair(self, order: "Order") -> None:
        await asyncio.sleep(self._world.dice.choice((0.0, 0.5, 5.0)))
        self._world.repaired.add(str(order.run))
        self._tell("retry", order.run)

    def _tell(self, word: str, run: UUID, **more: Any) -> None:
        for _ in range(self._world.dice.choice((1, 1, 1, 2))):
            self._world.source.append(word, run, self._world.homes[run], **more)

    async def order(self, order: "Order") -> None:
        """Start a run, then do to it what the case says."""
        world = self._world
        await asyncio.sleep(order.at)
        world.source.start(order)
        began = asyncio.get_running_loop().time()
        for moment, word in order.case.deeds:
            await asyncio.sleep(max(began + moment - asyncio.get_running_loop().time(), 0))
            self._tell(word, order.run)
