"""The local engine: takes commands, drives runs through the machine, and answers when an answer is durable."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from docchain.engine.clock import EngineClock, SystemClock
from docchain.engine.definition import WorkflowSpec
from docchain.engine.doors import CommandSource, JournalEntry, StartRun
from docchain.engine.journal import Journal, LeaseLostError
from docchain.engine.kinds import Kinds
from docchain.engine.local.commits import Committer
from docchain.engine.local.inbox import Inbox
from docchain.engine.local.jobs import Job
from docchain.engine.local.resident import Resident, started_fact
from docchain.engine.local.timers import Timers
from docchain.engine.local.waiters import Waiters, asks
from docchain.engine.local.workers import Workers
from docchain.engine.machine.advance import advance, resume
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact, Fired
from docchain.engine.machine.fold import fold, new_state
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.state import RunState
from docchain.engine.plans import Plans
from docchain.engine.view import JournalView, started_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """`step_timeout` in seconds bounds steps that set none; `poll` is the safety net behind wake-ups."""

    step_concurrency: int = 256
    step_timeout: float = 600.0
    poll: float = 5.0
    clock: EngineClock = field(default_factory=SystemClock)


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
        self._clock = options.clock
        self._poll = options.poll
        self._journal = journal
        self._plans = Plans(kinds, self._journal, source)
        self._view = JournalView(journal, self._plans)
        self._commits = Committer(self._journal, self._settled)
        self._timers = Timers(self._clock, self._journal, self._fire)
        self._workers = Workers(
            kinds,
            self._clock,
            self,
            limit=options.step_concurrency,
            step_timeout=int(options.step_timeout * 1_000_000),
        )
        self._runs: dict[bytes, Resident] = {}
        self._waiters = Waiters()
        self._hydrating = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._inbox = Inbox(source, self, self._plans, self._clock) if source else None
        self._lost: list[Callable[[], None]] = []

    @property
    def commits(self) -> int:
        """Group commits so far, one fsync each."""
        return self._commits.commits

    @property
    def trouble(self) -> Exception | None:
        """Why nothing can be committed now: the journal is away or full, or the lease is lost."""
        return self._commits.trouble

    @property
    def in_memory(self) -> int:
        """Runs that are hydrated now."""
        return len(self._runs)

    async def start(self) -> None:
        await self._journal.open()
        self._commits.goes_on_after(await self._journal.last_position())
        if self._inbox is not None:
            self._inbox.go_on_after(await self._journal.cursors())
        self._spawn(self._commit(), "engine-commits")
        await self._recover()
        self._spawn(self._timers.run(), "engine-timers")
        if self._inbox is not None:
            self._spawn(self._inbox.run(self._poll), "engine-commands")

    async def stop(self, grace: float = 2.0) -> None:
        for task in self._tasks[1:]:
            task.cancel()
        await self._workers.close(grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._commits.flush()
        await self._journal.close()

    def wake(self) -> None:
        """Commands were committed; read them now rather than at the next poll."""
        if self._inbox is not None:
            self._inbox.wake()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._commits.on_commit(listener)

    def on_lost(self, listener: Callable[[], None]) -> None:
        """Call when another engine took the lease; this one has stopped executing by then, `stop` it."""
        self._lost.append(listener)

    def submit(self, command: StartRun, plan: Plan, definition: str) -> None:
        """Start a run directly, without a command row: for the embedded command line, tests and benchmarks."""
        self._plans.keep(plan, definition)
        self.begin(command, plan)

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

    async def _commit(self) -> None:
        try:
            await self._commits.run()
        except LeaseLostError as error:
            _log.error("lease_lost", error=str(error), hint="Another process executes the runs now.")
            for task in self._tasks[1:]:
                task.cancel()
            self._workers.halt()
            for listener in self._lost:
                listener()

    def _spawn(self, work: Any, name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _recover(self) -> None:
        for key, _ in await self._journal.active_runs():
            try:
                await self.resident(UUID(bytes=key))
            except Exception as error:  # noqa: BLE001 (one run's trouble must not keep the others from starting)
                _log.error("run_cannot_resume", run_id=str(UUID(bytes=key)), error=f"{type(error).__name__}: {error}")

    async def resident(self, run_id: UUID) -> Resident | None:
        """The unfinished run in memory, folded from the journal where need be."""
        if run := self._runs.get(run_id.bytes):
            return run
        async with self._hydrating:
            if run := self._runs.get(run_id.bytes):
                return run
            history = await self.history(run_id)
            if not history:
                return None
            started = started_of(history)
            plan = await self._plans.of(started.definition)
            state = fold(plan, str(run_id), history)
            if state.ended_at is not None:
                return None
            run = Resident(run_id, UUID(started.workspace), plan, state)
            run.book = (-1, None)
            self._runs[run.key] = run
            facts, commands = resume(plan, state, self._clock.micros())
            self._carry_out(run, facts, commands)
            return run

    async def known(self, keys: list[bytes]) -> set[bytes]:
        """Those of the runs that started before: a start that comes twice is the same run."""
        return await self._journal.known(keys) if keys else set()

    def begin(self, command: StartRun, plan: Plan) -> Resident | None:
        key = command.run_id.bytes
        if key in self._runs:
            return None
        run = Resident(command.run_id, command.workspace_id, plan, new_state(plan, str(command.run_id)))
        self._runs[key] = run
        if body := self._plans.unkept(plan.digest):
            self._commits.keep_definition(plan.digest, body)
        self.take(run, started_fact(command, plan, self._clock.micros()))
        return run

    def take(self, run: Resident, fact: Fact) -> bool:
        """Give a fact to the machine; false when it came too late to matter."""
        facts, commands = advance(run.plan, run.state, fact)
        if not facts:
            if run.idle:
                self._runs.pop(run.key, None)
            return False
        self._carry_out(run, facts, commands)
        return True

    def _carry_out(self, run: Resident, facts: list[Fact], commands: list[Any]) -> None:
        if facts:
            if not run.facts:
                self._commits.touch(run)
            run.facts.extend(facts)
        for command in commands:
            if isinstance(command, RunStep):
                self._workers.give(run, command)
            else:
                run.timed = True
                self._timers.add(command.due, run.key)
        if run.under_way and (run.state.stopping or run.ended):
            self._workers.stop_cancelled(run)

    def move_cursor(self, name: str, position: int) -> None:
        self._commits.move_cursor(name, position)

    def hold(self, job: Job) -> None:
        self._commits.hold(job)

    def keep_blob(self, run: Resident, sha256: str, data: bytes) -> None:
        self._commits.keep_blob(run, sha256, data)

    def _settled(self, runs: list[Resident], held: list[Job]) -> None:
        """After a commit: announced effects may go, ended runs are answered and forgotten, idle ones wait on disk."""
        if held:
            self._workers.release(held)
        for run in runs:
            if run.facts:
                continue
            if run.ended:
                self._runs.pop(run.key, None)
                self._waiters.ended(run.key, run.state)
            elif run.idle:
                self._runs.pop(run.key, None)
                if asks(run.state):
                    self._waiters.asked(run.key, run.state)

    async def _fire(self, key: bytes) -> None:
        run = await self.resident(UUID(bytes=key))
        if run is None:
            return
        now = self._clock.micros()
        for step, due in run.due_steps(now):
            self.take(run, Fired(now, step, due))
