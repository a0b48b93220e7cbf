"""The world of one seed: everything that happens is decided by its dice, told to its trace, and checked at the end."""

import asyncio
import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from docchain.engine.definition import compile_plan, read_spec
from docchain.engine.journal.batch import Batch
from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import fold
from docchain.engine.machine.state import RunState

from .cases import Case, any_case
from .chaos import Chaos
from .checks import faults_of
from .crowd import Crowd, Limits
from .fleet import Fleet
from .loop import Process, StandstillError, run_virtual
from .people import People
from .receiver import Receiver
from .source import Source
from .steps import kinds_of
from .store import Store
from .witness import Witness

EPOCH: Final = 1_750_000_000_000_000
CHAOS_SECONDS: Final = 30.0
SETTLE_SECONDS: Final = 3_000.0
QUIET_SECONDS: Final = 15.0
"""For late messages, late commands and the last deposed engine."""


@dataclass
class Order:
    """A run that a door promises `at` some second."""

    run: UUID
    workspace: UUID
    case: Case
    at: float
    body: str
    digest: str


@dataclass
class Verdict:
    """What a seed showed; `trace` is the hash of everything that happened, in order."""

    seed: int
    trace: str
    faults: list[str]
    struck: list[str]
    runs: int
    commits: int


class World:
    """Built from a seed; `run` lets it happen."""

    def __init__(self, seed: int, *, tell: bool = False) -> None:
        self.seed = seed
        self.dice = random.Random(seed)  # noqa: S311 (a simulation's dice)
        self._hash = hashlib.blake2b(digest_size=16)
        self._tell = tell
        self._skew = 0
        self.workspaces = [UUID(int=number) for number in range(1, self.dice.choice((1, 2, 3)) + 1)]
        self.store = Store()
        self.tried: Counter[str] = Counter()
        self.repaired: set[str] = set()
        self.values: dict[str, Any] = {}
        self.homes: dict[UUID, UUID] = {}
        self.ended: set[UUID] = set()
        self.limits = Limits(self.dice)
        self.crowd = Crowd(self.limits)
        self.step_concurrency = self.dice.choice((2, 8, 64))
        self.kinds = kinds_of(self)
        self.plans: dict[str, Any] = {}
        self.orders = {order.run: order for order in map(self._order, range(self.dice.choice((1, 1, 2, 3, 5))))}

    def _order(self, number: int) -> Order:
        case, run = any_case(self.dice), UUID(int=(number + 1 << 96) + self.dice.getrandbits(64))
        body = case.body
        plan = compile_plan(read_spec(body), self.kinds)
        self.plans[plan.digest] = plan
        for name, planned in plan.steps.items():
            if planned.for_each is not None:
                self.crowd.widths[f"items {run} {name}"] = planned.for_each.concurrency
        home = self.homes[run] = self.dice.choice(self.workspaces)
        return Order(run, home, case, self.dice.choice((0.0, self.dice.uniform(0, 2))), body, plan.digest)

    def run(self) -> Verdict:
        try:
            faults = run_virtual(self._live())
        except StandstillError as error:
            faults = [str(error)]
        return Verdict(
            self.seed, self._hash.hexdigest(), faults, self.chaos.struck, len(self.orders), len(self.store.entries)
        )

    async def _live(self) -> list[str]:
        try:
            return await self._happen()
        finally:
            self.fleet.end()
            for kind in self.kinds:
                del kind.world  # the collector does not look into jobs that a dead engine still holds

    async def _happen(self) -> list[str]:
        loop = self._loop = asyncio.get_running_loop()
        self.receiver, self.source, self.people = Receiver(self), Source(self), People(self)
        self.fleet, self.witness = Fleet(self), Witness(self)
        self.chaos = Chaos(self.dice, loop.time, self.fleet.do)
        self.finished = asyncio.Event()
        loop.call_later(CHAOS_SECONDS, self.chaos.end)
        fleet = loop.create_task(self.fleet.run())
        doors = [loop.create_task(self.people.order(order)) for order in self.orders.values()]
        try:
            await asyncio.wait_for(asyncio.gather(*doors, self.finished.wait()), SETTLE_SECONDS)
        except TimeoutError:
            return [f"{run} did not end" for run in self.orders if run not in self.ended] + self.fleet.failures()
        self.chaos.end()
        await asyncio.sleep(QUIET_SECONDS)
        fleet.cancel()
        return faults_of(self)

    def note(self, text: str) -> None:
        line = f"{self._loop.time():12.6f} {text}"
        self._hash.update(line.encode())
        if self._tell:
            print(line)  # noqa: T201 (what a replay is for)

    def micros(self) -> int:
        return EPOCH + self._skew + int(self._loop.time() * 1_000_000)

    def jump(self, seconds: float) -> None:
        self._skew += int(seconds * 1_000_000)

    def pause(self, *, slow: bool = False) -> float:
        """How long an await takes."""
        if slow:
            return self.dice.choice((0.5, 3.0))
        throw = self.dice.random()
        if throw < 0.45:
            return 0.0
        return self.dice.uniform(0, 0.02 if throw < 0.9 else 0.3)

    def committed(self, batch: Batch, process: Process) -> None:
        for position, key, data in batch.entries:
            self.note(f"{process.name} #{position} {UUID(bytes=key)} {data.decode()}")
            run = UUID(bytes=key)
            for fact in f.decode(data):
                if isinstance(fact, f.Started):
                    self.homes[run] = UUID(fact.workspace)
                elif isinstance(fact, f.Ended):
                    self._see_end(run, fact.status)
                self.people.see(run, fact)

    def _see_end(self, run: UUID, status: str) -> None:
        order = self.orders.get(run)
        if order is not None and not (order.case.repair and status == "failed"):
            self.ended.add(run)
            if len(self.ended) == len(self.orders):
                self.finished.set()

    def state_of(self, order: Order) -> RunState:
        rows = self.store.of_run.get(order.run.bytes, [])
        return fold(self.plans[order.digest], str(order.run), [fact for row in rows for fact in f.decode(row)])
