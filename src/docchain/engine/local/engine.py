"""The local engine: takes commands, drives runs through the machine, and answers when an answer is durable."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

from docchain.engine.clock import EngineClock, SystemClock
from docchain.engine.definition import WorkflowSpec
from docchain.engine.doors import CommandSource, JournalEntry, StartRun
from docchain.engine.journal import Journal, LeaseLostError
from docchain.engine.kinds import Call, Kinds
from docchain.engine.local.backlog import Backlog
from docchain.engine.local.children import Children
from docchain.engine.local.gates import EngineLimits
from docchain.engine.local.inbox import Inbox, Windows
from docchain.engine.local.jobs import Job
from docchain.engine.local.resident import Resident
from docchain.engine.local.residents import Residents
from docchain.engine.local.timers import Timers
from docchain.engine.local.waiters import asks
from docchain.engine.local.window import Window
from docchain.engine.local.workers import Workers
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact
from docchain.engine.machine.plan import Plan, PlannedStep
from docchain.engine.machine.state import RunState
from docchain.engine.plans import Plans
from docchain.engine.seating import process_name
from docchain.engine.view import Course, JournalView

_log = structlog.get_logger(__name__)
_FED: Final = 512
"""Runs that backlog and timers may have in memory at once: few enough that a new run need not wait behind them."""
_ORDERED: Final = 512
"""Runs that orders may bring into memory at once, beside them."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """`step_timeout` in seconds bounds steps that set none; `poll` is the safety net behind wake-ups."""

    step_concurrency: int = 256
    step_timeout: float = 600.0
    poll: float = 5.0
    clock: EngineClock = field(default_factory=SystemClock)
    limits: EngineLimits = field(default_factory=EngineLimits)


class LocalEngine:
    """Durable execution in this process. `start` recovers what was unfinished; `stop` hands over what is.

    Args:
        journal: where facts are kept; `start` opens it, `stop` closes it.
        kinds: the step kinds that definitions may use.
        source: where doors put their commands; without one, runs start through `submit` only.
    """

    def __init__(
        self,
        journal: Journal,
        kinds: Kinds,
        source: CommandSource | None = None,
        options: EngineOptions | None = None,
    ) -> None:
        options = options or EngineOptions()
        clock = options.clock
        self._poll = options.poll
        self._journal = journal
        self._plans = Plans(kinds, journal, source)
        self._view = JournalView(journal, self._plans)
        window, fed = Window(options.limits.window, self.wake), Window(_FED, self._feed)
        self._runs = Residents(journal, self._plans, clock, window)
        self._runs.around = self
        self._commits = self._runs.commits
        self._waiters = self._runs.waiters
        self._backlog = Backlog(self._runs, fed)
        self._timers = Timers(clock, journal, self._runs, fed)
        self.children = Children(self._runs, self._plans, kinds, clock)
        self.workers = Workers(
            kinds,
            clock,
            self,
            options.limits,
            size=options.step_concurrency,
            step_timeout=int(options.step_timeout * 1_000_000),
        )
        ordered = Window(_ORDERED, self._feed)
        self._inbox = Inbox(source, self._runs, self._plans, clock, Windows(window, ordered)) if source else None
        self._tasks: list[asyncio.Task[None]] = []
        self._lost: list[Callable[[], None]] = []
        self._fault: Exception | None = None

    @property
    def journal(self) -> Journal:
        """To read, and for what retention forgets."""
        return self._journal

    @property
    def commits(self) -> int:
        """Group commits so far, one fsync each."""
        return self._commits.commits

    @property
    def trouble(self) -> Exception | None:
        """Why nothing can be committed now: the journal is away or full, the lease is lost, or the engine broke."""
        return self._fault or self._commits.trouble

    @property
    def role(self) -> str:
        return "executes"

    @property
    def holder(self) -> str:
        return process_name()

    @property
    def in_memory(self) -> int:
        """Runs that are hydrated now."""
        return len(self._runs)

    @property
    def broken(self) -> int:
        """Runs that stand still until the next start, because the machine broke on them."""
        return len(self._runs.broken)

    @property
    def waiting_room(self) -> int:
        """Runs that have work to do and are not in memory yet."""
        return len(self._backlog)

    async def start(self) -> None:
        """Be ready; what was under way before goes on in the background."""
        await self._journal.open()
        self._commits.goes_on_after(await self._journal.last_position())
        if self._inbox is not None:
            self._inbox.go_on_after(await self._journal.cursors())
        self._backlog.fill(await self._journal.active_runs())
        self._spawn(lambda: self._commits.run(self.workers.has_ready), "engine-commits")
        self._spawn(self._backlog.run, "engine-backlog")
        self._spawn(self._timers.run, "engine-timers")
        self._spawn(self.children.run, "engine-children")
        if (inbox := self._inbox) is not None:
            self._spawn(lambda: inbox.run(self._poll), "engine-commands")

    async def stop(self, grace: float = 2.0) -> None:
        for task in self._tasks[1:]:
            task.cancel()
        await self.workers.close(grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._fault is None:
            await self._commits.flush()
        await self._journal.close()

    def wake(self) -> None:
        """Commands were committed; read them now rather than at the next poll."""
        if self._inbox is not None:
            self._inbox.wake()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._commits.on_commit(listener)

    def on_lost(self, listener: Callable[[], None]) -> None:
        """Call when another engine took the lease, or this one broke: it executes nothing more; `stop` it."""
        self._lost.append(listener)

    def submit(self, command: StartRun, plan: Plan, definition: str) -> None:
        """Start a run directly, without a command row: for the embedded command line, tests and benchmarks."""
        self._plans.keep(plan, definition)
        self._runs.begin(command, plan)

    async def wait(self, run_id: UUID, within: float | None = None, *, or_asked: bool = False) -> RunState | None:
        """The run's final state once it is durable; `None` when it has not ended `within` so many seconds.

        With `or_asked`, a run that only a person or a signal can move is enough.
        """
        key = run_id.bytes
        future = self._waiters.add(key, or_asked=or_asked)
        try:
            state = None if key in self._runs else await self.state(run_id)
            if state is not None and (state.ended_at is not None or (or_asked and asks(state))):
                return state
            return await (future if within is None else asyncio.wait_for(future, within))
        except TimeoutError:
            return None
        finally:
            self._waiters.remove(key, future, or_asked=or_asked)

    async def state(self, run_id: UUID) -> RunState | None:
        """The run's state as far as it is durable; `None` for a run that has not begun."""
        return await self._view.state(run_id)

    async def history(self, run_id: UUID) -> list[Fact]:
        return await self._view.history(run_id)

    async def course(self, run_id: UUID) -> Course:
        """The state, and the facts that it follows from."""
        return await self._view.course(run_id)

    async def definition(self, digest: str) -> WorkflowSpec | None:
        return await self._view.definition(digest)

    async def blob(self, workspace_id: UUID, sha256: str) -> bytes | None:
        """Small bytes that a step made, kept in the journal."""
        return await self._commits.blob(workspace_id.bytes, bytes.fromhex(sha256))

    async def entries_after(self, position: int, limit: int = 1_000) -> list[JournalEntry]:
        """Committed entries in order; the newest come from memory."""
        recent = self._commits.recent
        if recent and recent[0].position <= position + 1:
            offset = position + 1 - recent[0].position
            return recent[offset : offset + limit]
        return await self._view.entries_after(position, limit)

    async def effects(self, status: str) -> list[dict[str, Any]]:
        """The ledger's rows in one status: `sending`, `confirmed`, `failed` or `unknown`."""
        return await self._view.effects(status)

    def take(self, run: Resident, fact: Fact) -> bool:
        """What workers tell goes to the run."""
        return self._runs.take(run, fact)

    def drop(self, run: Resident, command: RunStep) -> None:
        self._runs.drop(run, command)

    def call(self, run: Resident, planned: PlannedStep, attempt: int, call: Call) -> Fact:
        return self.children.call(run, planned, attempt, call)

    def hold(self, job: Job) -> None:
        self._commits.hold(job)

    def keep_blob(self, run: Resident, sha256: str, data: bytes) -> None:
        self._commits.keep_blob(run, sha256, data)

    def due_at(self, due: int) -> None:
        """A timer is durable."""
        self._timers.due_at(due)

    def come_back(self, run: Resident) -> None:
        """A parked run has left memory."""
        self._backlog.add(run.workspace, run.key)

    def _feed(self) -> None:
        self._backlog.wake()

    def broke(self, error: Exception) -> None:
        """A task died of a fault of its own. Nothing more is executed or committed: only a fresh engine is sound."""
        if self._fault is None:
            self._fault = error
            hint = "Runs go on when the engine is started again; report this fault."
            _log.critical("engine_broke", error=f"{type(error).__name__}: {error}", hint=hint, exc_info=error)
            self._halt()

    def _spawn(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work), name=name))

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except LeaseLostError as error:
            _log.error("lease_lost", error=str(error), hint="Another process executes the runs now.")
            self._halt()
        except Exception as error:  # noqa: BLE001 (whatever it was, nobody else would tell of it)
            self.broke(error)

    def _halt(self) -> None:
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self.workers.halt()
        for listener in self._lost:
            listener()
