"""One face for both drivers, so that one suite tells whether they agree; the clock is virtual in both."""

import asyncio
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any
from uuid import UUID

from docchain.engine.clock import VirtualClock
from docchain.engine.definition import canonical, compile_plan, digest_of, read_inputs, read_spec
from docchain.engine.doors import CancelRun, Command, Cursors, PauseRun, ResumeRun, RetryRun, SignalRun, StartRun
from docchain.engine.durations import parse_duration
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds
from docchain.engine.local import EngineOptions, LocalEngine
from docchain.engine.machine.facts import Fact, encode
from docchain.engine.machine.state import RunState
from docchain.engine.simulation import SimulatedRun, Simulation

WORKSPACE = UUID(int=1)
PATIENCE = 20.0
Test = Callable[[RunState], bool]


def has_ended(state: RunState) -> bool:
    return state.ended_at is not None


def next_due(state: RunState) -> int | None:
    dues = [due for step in state.steps.values() for due in (step.due, step.expires)]
    return min((due for due in (*dues, state.due) if due), default=None)


def next_of_each(commands: Sequence[Any], cursors: Cursors, each: int) -> list[Any]:
    left: dict[UUID, list[Any]] = {}
    for command in commands:
        if command.position > cursors.of(command.workspace_id):
            left.setdefault(command.workspace_id, []).append(command)
    return [command for lane in left.values() for command in lane[:each]]


class Doors:
    """Commands in the order given; outlives engines, as a database would."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.definitions: dict[str, str] = {}

    @property
    def next(self) -> int:
        return len(self.commands) + 1

    async def starts_after(self, cursors: Cursors, each: int, without: AbstractSet[UUID]) -> list[StartRun]:
        starts = [command for command in self.commands if isinstance(command, StartRun)]
        return next_of_each([start for start in starts if start.workspace_id not in without], cursors, each)

    async def orders_after(self, cursors: Cursors, each: int) -> list[Command]:
        return next_of_each([command for command in self.commands if not isinstance(command, StartRun)], cursors, each)

    async def starts_of(self, run_ids: Sequence[UUID]) -> list[StartRun]:
        wanted = set(run_ids)
        return [command for command in self.commands if isinstance(command, StartRun) and command.run_id in wanted]

    async def definition(self, digest: str) -> str:
        return self.definitions[digest]


class SimulationDriver:
    """The in-memory driver."""

    name = "simulation"

    def __init__(self, kinds: Kinds, folder: Path) -> None:  # noqa: ARG002 (the contract's signature)
        self.simulation = Simulation(kinds)
        self.clock = self.simulation.clock
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None: ...

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def start(
        self, definition: dict[str, Any], inputs: dict[str, Any] | None = None, **how: Any
    ) -> "SimulatedHandle":
        run = self.simulation.begin(definition, inputs, **how)
        self.tasks.append(asyncio.create_task(run.settle()))
        return SimulatedHandle(run, self.tasks[-1])


class SimulatedHandle:
    """One simulated run."""

    def __init__(self, run: SimulatedRun, settling: asyncio.Task[None]) -> None:
        self.run = run
        self.id = str(run.id)
        self.settling = settling

    async def until(self, test: Test) -> RunState:
        await asyncio.wait_for(self.settling, PATIENCE)
        assert test(self.run.state), self.run.state
        return self.run.state

    async def signal(self, step: str, payload: Any = None, signal: str = "answer") -> None:
        await self.run.signal(step, payload, signal, actor="ana")

    async def cancel(self, reason: str = "") -> None:
        await self.run.cancel(reason)

    async def pause(self, reason: str = "") -> None:
        await self.run.pause(reason)

    async def resume(self) -> None:
        await self.run.resume()

    async def retry(self, *steps: str) -> None:
        await self.run.retry(steps)

    async def advance(self, duration: str) -> None:
        await asyncio.wait_for(self.settling, PATIENCE)
        await self.run.advance(duration)

    async def history(self) -> list[Fact]:
        encode(self.run.journal)
        return self.run.journal


class LocalDriver:
    """The real engine over a journal on disk, driven through commands as doors do."""

    name = "local"

    def __init__(
        self,
        kinds: Kinds,
        folder: Path,
        clock: VirtualClock | None = None,
        doors: Doors | None = None,
        **options: Any,
    ) -> None:
        self.kinds = kinds
        self.clock = clock or VirtualClock()
        self.doors = doors or Doors()
        self.journal = SqliteJournal(folder / "journal.db")
        self.engine = LocalEngine(self.journal, kinds, self.doors, EngineOptions(clock=self.clock, poll=0.1, **options))
        self.committed = asyncio.Event()
        self.count = 0

    async def open(self) -> None:
        self.engine.on_commit(self.committed.set)
        await self.engine.start()

    async def close(self) -> None:
        await self.engine.stop(grace=0)

    async def in_trouble(self) -> None:
        """Wait until the journal refuses a batch."""
        async with asyncio.timeout(PATIENCE):
            while self.engine.trouble is None:  # noqa: ASYNC110 (no event tells of it)
                await asyncio.sleep(0.001)

    async def start(
        self, definition: dict[str, Any], inputs: dict[str, Any] | None = None, **how: Any
    ) -> "LocalHandle":
        spec = read_spec(definition)
        compile_plan(spec, self.kinds)
        values, _ = read_inputs(spec, inputs or {})
        self.count += 1
        run_id = UUID(int=self.count)
        self.doors.definitions[digest_of(spec)] = canonical(spec)
        workspace = how.pop("workspace", WORKSPACE)
        return self.order(StartRun(self.doors.next, run_id, workspace, digest_of(spec), values, **how))

    def order(self, command: Command) -> "LocalHandle":
        self.doors.commands.append(command)
        self.engine.wake()
        return LocalHandle(self, command.run_id)


class LocalHandle:
    """One run of the local engine, seen as it is durable."""

    def __init__(self, driver: LocalDriver, run_id: UUID) -> None:
        self.driver = driver
        self.uuid = run_id
        self.id = str(run_id)

    async def until(self, test: Test) -> RunState:
        async with asyncio.timeout(PATIENCE):
            while True:
                self.driver.committed.clear()
                state = await self.driver.engine.state(self.uuid)
                if state is not None and test(state):
                    return state
                await self.driver.committed.wait()

    async def signal(self, step: str, payload: Any = None, signal: str = "answer") -> None:
        doors = self.driver.doors
        self.driver.order(SignalRun(doors.next, self.uuid, WORKSPACE, step, signal, payload, "ana"))

    async def cancel(self, reason: str = "") -> None:
        self.driver.order(CancelRun(self.driver.doors.next, self.uuid, WORKSPACE, "ana", reason))

    async def pause(self, reason: str = "") -> None:
        self.driver.order(PauseRun(self.driver.doors.next, self.uuid, WORKSPACE, "ana", reason))

    async def resume(self) -> None:
        self.driver.order(ResumeRun(self.driver.doors.next, self.uuid, WORKSPACE, "ana"))

    async def retry(self, *steps: str) -> None:
        self.driver.order(RetryRun(self.driver.doors.next, self.uuid, WORKSPACE, "ana", steps))

    async def advance(self, duration: str) -> None:
        """Step through the timers, as time would."""
        clock = self.driver.clock
        end = clock.micros() + parse_duration(duration)
        state = await self.until(is_quiet)
        while (due := next_due(state)) is not None and due <= end:
            clock.advance(max(due - clock.micros(), 0))
            state = await self.until(lambda state, due=due: next_due(state) != due and is_quiet(state))
        clock.advance(end - clock.micros())

    async def history(self) -> list[Fact]:
        return await self.driver.engine.history(self.uuid)


def is_quiet(state: RunState) -> bool:
    """Nothing but time, a person or a gate can move the run; scripted steps never stay pending."""
    if has_ended(state) or state.status == "paused" or state.due is not None:
        return True
    return any(step.status in {"waiting", "retrying", "unknown"} for step in state.steps.values())
