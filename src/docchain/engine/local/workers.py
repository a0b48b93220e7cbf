"""Workers: long-lived tasks that execute steps; no task, timer or suspension a step unless the step itself waits."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from docchain.engine.attempt import error_fact, lookup_fact, outcome_fact, read_params, timeout_fact
from docchain.engine.clock import EngineClock
from docchain.engine.kinds import Kinds, StepContext, StepKind
from docchain.engine.local.resident import Resident, effect_key
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact, Failed, Sending
from docchain.engine.machine.plan import PlannedStep

_TURN: Final = 64
"""Steps executed before the event loop gets a turn."""
_TICK: Final = 0.05

Take = Callable[[Resident, Fact], bool]


class Worker:
    """One task. `deadline` is when its step must have ended; `reason` says why it was interrupted."""

    __slots__ = ("deadline", "limit", "reason", "task", "wake")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.wake: asyncio.Future[None] | None = None
        self.deadline: int | None = None
        self.limit = 0
        self.reason = ""

    def interrupt(self, reason: str) -> None:
        if self.task is not None and not self.reason:
            self.reason = reason
            self.task.cancel()


class Workers:
    """The pool: a ready queue, up to `limit` workers, and one watch over their deadlines."""

    def __init__(
        self,
        kinds: Kinds,
        clock: EngineClock,
        take: Take,
        durable: Callable[[], asyncio.Future[None]],
        keep_blob: Callable[[Resident, str, bytes], None],
        *,
        limit: int,
        step_timeout: int,
    ) -> None:
        self._kinds = kinds
        self._clock = clock
        self._take = take
        self._durable = durable
        self._keep_blob = keep_blob
        self._limit = limit
        self._step_timeout = step_timeout
        self._ready: deque[tuple[Resident, RunStep]] = deque()
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._since_turn = 0
        self._watch: asyncio.Task[None] | None = None
        self._closing = False

    def give(self, run: Resident, command: RunStep) -> None:
        run.under_way += 1
        self._ready.append((run, command))
        if self._idle:
            worker = self._idle.pop()
            if worker.wake is not None and not worker.wake.done():
                worker.wake.set_result(None)
        elif len(self._workers) < self._limit and not self._closing:
            worker = Worker()
            self._workers.append(worker)
            worker.task = asyncio.create_task(self._work(worker), name="engine-worker")

    async def close(self, grace: float) -> None:
        """Give steps under way `grace` seconds; what is not done then is done again after the next start."""
        self._closing = True
        self._ready.clear()
        if self._watch is not None:
            self._watch.cancel()
        busy = [worker.task for worker in self._workers if worker.task and worker not in self._idle]
        if busy:
            await asyncio.wait(busy, timeout=grace)
        for worker in self._workers:
            if worker.task is not None:
                worker.task.cancel()
        await asyncio.gather(*(worker.task for worker in self._workers if worker.task), return_exceptions=True)

    async def _work(self, worker: Worker) -> None:
        while not self._closing:
            while self._ready and not self._closing:
                run, command = self._ready.popleft()
                await self._execute(worker, run, command)
                self._since_turn += 1
                if self._since_turn >= _TURN:
                    self._since_turn = 0
                    await asyncio.sleep(0)
            if not self._closing:
                worker.wake = asyncio.get_running_loop().create_future()
                self._idle.append(worker)
                await worker.wake

    async def _execute(self, worker: Worker, run: Resident, command: RunStep) -> None:
        step = run.state.steps[command.step]
        fact: Fact | None = None
        if not run.ended and step.attempt == command.attempt and step.status in {s.PENDING, s.UNKNOWN}:
            run.workers[command.step] = worker
            fact = await self._attempt(worker, run, command)
            del run.workers[command.step]
        run.under_way -= 1
        if fact is not None:
            self._take(run, fact)

    async def _attempt(self, worker: Worker, run: Resident, command: RunStep) -> Fact | None:
        planned = run.plan.steps[command.step]
        kind = self._kinds[planned.use]
        params = read_params(kind, command, self._clock.micros())
        if isinstance(params, Failed):
            return params
        context = self._context(run, command, kind)
        if planned.external and not command.lookup and not await self._announce(run, command, context):
            return None
        worker.limit = planned.timeout if planned.timeout is not None else self._step_timeout
        worker.deadline = self._clock.micros() + worker.limit
        self._start_watch()
        try:
            fact = await self._call(planned, kind, params, context, lookup=command.lookup)
        except asyncio.CancelledError:
            if worker.reason == "timeout":
                fact = timeout_fact(planned, command.attempt, self._clock.micros(), worker.limit)
            elif worker.reason == "cancelled":
                fact = None
            else:
                raise
            if worker.task is not None:
                worker.task.uncancel()
        finally:
            worker.deadline = None
            worker.reason = ""
        for sha256, data in context.blobs.items():
            self._keep_blob(run, sha256, data)
        return fact

    async def _call(
        self, planned: PlannedStep, kind: StepKind, params: object, context: StepContext, *, lookup: bool
    ) -> Fact:
        try:
            if lookup:
                return lookup_fact(planned, await kind.lookup(params, context), context, self._clock.micros())
            outcome = await kind.run(params, context)
            return outcome_fact(planned, kind, outcome, context, self._clock.micros())
        except Exception as error:  # noqa: BLE001 (whatever a kind raises becomes a fact)
            return error_fact(planned, context.attempt, error, self._clock.micros())

    async def _announce(self, run: Resident, command: RunStep, context: StepContext) -> bool:
        """The intent is durable before the call; a run that was stopped meanwhile makes no call."""
        if not self._take(run, Sending(self._clock.micros(), command.step, command.attempt, context.effect_key)):
            return False
        await self._durable()
        return True

    def _context(self, run: Resident, command: RunStep, kind: StepKind) -> StepContext:
        return StepContext(
            run_id=run.id,
            workspace_id=run.workspace,
            step_id=command.step,
            attempt=command.attempt,
            kind=kind.name,
            kind_version=kind.version,
            effect_key=effect_key(run.state.run_id, command.step),
            started=run.state.started_at,
            actor=run.state.actor,
            inputs=run.state.inputs,
        )

    def _start_watch(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_deadlines(), name="engine-deadlines")

    async def _watch_deadlines(self) -> None:
        while any(worker.deadline is not None for worker in self._workers):
            await self._clock.sleep_until(self._clock.micros() + int(_TICK * 1_000_000))
            now = self._clock.micros()
            for worker in self._workers:
                if worker.deadline is not None and worker.deadline <= now:
                    worker.interrupt("timeout")
