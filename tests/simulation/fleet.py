"""The fleet: engines that live, die, are stopped, and are deposed by a second one while they still believe."""

import asyncio
from typing import TYPE_CHECKING

from docchain.engine.journal import JournalError
from docchain.engine.local import EngineOptions, LocalEngine

from .journal import MemoryJournal
from .loop import Process
from .ports import Ports

if TYPE_CHECKING:
    from .world import World


class LoopClock:
    """The world's time, as one process sees it: it may jump."""

    def __init__(self, world: "World", ports: Ports) -> None:
        self._world = world
        self._ports = ports

    def micros(self) -> int:
        return self._world.micros()

    async def sleep_until(self, due: int) -> None:
        await asyncio.sleep(min(max(due - self.micros(), 0) / 1_000_000, 3_600.0))


class Life:
    """One process from boot to death."""

    def __init__(self, world: "World", process: Process) -> None:
        self.process = process
        ports = Ports(world, self.process)
        self.journal = MemoryJournal(world.store, ports)
        options = EngineOptions(
            step_concurrency=world.step_concurrency,
            step_timeout=6.0,
            poll=2.0,
            clock=LoopClock(world, ports),
            limits=world.limits.engine,
        )
        self.engine = LocalEngine(self.journal, world.kinds, world.source.seen_by(self.process), options)
        self.started = False
        self.news = asyncio.Event()

    async def live(self) -> None:
        try:
            await self.engine.start()
        except JournalError:
            self.process.kill()
        else:
            self.started = True
            self.news.set()  # what an earlier life committed, up to the moment when it could no more

    async def stop(self) -> None:
        await self.engine.stop(0.2)
        self.process.kill()


class Fleet:
    """Keeps one engine alive; more than one only while an old one has not noticed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lives: list[Life] = []
        self._count = 0
        self._wanted = asyncio.Event()
        self.current: Life | None = None

    async def run(self) -> None:
        while True:
            if self.current is None or not self.current.process.alive:
                self._boot()
            self._wanted.clear()
            await self._wanted.wait()
            await asyncio.sleep(self._world.dice.choice((0.0, 0.01, 0.1, 1.0)))

    def _boot(self) -> None:
        self._count += 1
        life = Life(self._world, Process(f"p{self._count}", self._wanted.set))
        self._lives.append(life)
        self.current = life
        self._world.note(f"boot {life.process.name}")
        life.engine.on_lost(life.process.kill)
        self._world.witness.watch(life)
        life.process.spawn(life.live())

    def do(self, fault: str, process: Process) -> None:
        """What a fault does to the process it strikes."""
        self._world.note(f"{fault} {process.name}")
        if fault == "crash":
            process.kill()
        elif fault == "jump":
            self._world.jump(self._world.dice.choice((-90.0, -1.0, 1.0, 30.0, 200.0)))
        elif fault == "stop":
            self._stop(process)
        elif fault == "takeover" and self.current is not None and self.current.process is process:
            self.current = None
            asyncio.get_running_loop().call_later(self._world.dice.choice((0.5, 5.0)), process.kill)
        self._wanted.set()

    def _stop(self, process: Process) -> None:
        life = self.current
        if life is not None and life.process is process and life.started:
            life.started = False
            process.spawn(life.stop())

    def is_deposed(self, process: Process) -> bool:
        return any(life.process is process and life.journal.epoch != self._world.store.epoch for life in self._lives)

    def end(self) -> None:
        for life in self._lives:
            life.process.kill()

    def failures(self) -> list[str]:
        return [failure for life in self._lives for failure in life.process.failures]

    def someone_deposed(self) -> bool:
        return any(life.process.alive and life is not self.current for life in self._lives)

    def wake(self) -> None:
        if self.current is not None and self.current.started:
            self.current.engine.wake()
