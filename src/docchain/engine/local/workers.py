"""Workers: long-lived tasks that execute steps; no task, timer or suspension a step unless the step itself waits.

One woken worker drains the queue as long as steps do not suspend; others are woken only when one does. Steps with an
external effect are announced first and executed when the commit of their intent is done.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from docchain.engine.attempt import lookup_fact, masked_fact, noted_fact, outcome_fact, timeout_fact
from docchain.engine.clock import EngineClock
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Call, InDoubt, Kinds, OutcomeUnknown
from docchain.engine.local.books import Books
from docchain.engine.local.gates import EngineLimits
from docchain.engine.local.jobs import Job, error_of, is_wanted, prepare, undertake
from docchain.engine.local.ready import Item, ReadyQueue
from docchain.engine.local.resident import Resident
from docchain.engine.local.worker import Watch, Worker
from docchain.engine.machine import state as s
from docchain.engine.machine.commands import RunStep
from docchain.engine.machine.facts import Fact, Failed, Sending, Skipped, Unknown
from docchain.platform.logging import doing

_UNSENT: Final = "not sent: the engine stopped first"
_TURN: Final = 64
"""Steps executed before the event loop gets a turn."""


class Workers:
    """The pool: a ready queue, up to `size` workers, and one watch over their deadlines."""

    def __init__(
        self, kinds: Kinds, clock: EngineClock, books: Books, limits: EngineLimits, *, size: int, step_timeout: int
    ) -> None:
        self._kinds = kinds
        self._clock = clock
        self._books = books
        self._limit = size
        self._step_timeout = step_timeout
        self._may_note = limits.notes
        self._ready = ReadyQueue(limits, kinds, clock)
        self._opening: tuple[int, asyncio.Task[None]] | None = None
        self._announced: deque[Job] = deque()
        self._held = 0
        self._busy = 0
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._kicked = False
        self._ramp = 1
        self._since_turn = 0
        self._watch = Watch(clock, self._workers, self._look_at)
        self._closing = False

    def give(self, run: Resident, command: RunStep) -> None:
        self._ready.add(run, command)
        if not self._kicked:
            self._kick_soon()

    def has_ready(self) -> bool:
        """Whether steps could be executed that are not."""
        return bool(self._ready or self._announced)

    def release(self, jobs: Iterable[Job]) -> None:
        """Their intents are durable: execute them."""
        for job in jobs:
            self._held -= 1
            self._announced.append(job)
        if self._closing:
            self._give_back()
        self._kick_soon()

    def stop_cancelled(self, run: Resident) -> None:
        """Interrupt the steps of a run that was stopped."""
        for worker in self._workers:
            job = worker.job
            if job is not None and job.run is run and run.state.steps[job.command.step].status == s.CANCELLED:
                worker.interrupt("cancelled")

    async def close(self, grace: float) -> None:
        """Give steps under way `grace` seconds; what is not done then is done again after the next start."""
        self._closing = True
        self._stop_watching()
        busy = [worker.task for worker in self._workers if worker.task and worker.deadline is not None]
        if busy:
            await asyncio.wait(busy, timeout=grace)
        tasks = [worker.task for worker in self._workers if worker.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._give_back()

    def halt(self) -> None:
        """Execute nothing more, at once; steps under way are cancelled, and nobody is told of them."""
        self._closing = True
        self._stop_watching()
        for worker in self._workers:
            if worker.task is not None:
                worker.task.cancel()
        self._ready.clear()
        self._announced.clear()

    def _stop_watching(self) -> None:
        self._watch.stop()
        if self._opening is not None:
            self._opening[1].cancel()

    def _give_back(self) -> None:
        """Intents whose call was never made are no effects in doubt: the next start sends them."""
        while self._announced:
            job = self._announced.popleft()
            step, attempt = job.command.step, job.command.attempt
            unsent = Unknown(self._clock.micros(), step, attempt, InDoubt.RESEND.value, _UNSENT)
            self._books.take(job.run, unsent)

    def _kick_soon(self) -> None:
        if not self._kicked and not self._closing:
            self._kicked = True
            self._wake_one()
            asyncio.get_running_loop().call_soon(self._kick)

    def _kick(self) -> None:
        """Work is left though a worker was woken a turn ago: it suspended, so wake twice as many."""
        self._kicked = False
        if not (self._ready or self._announced) or self._closing:
            self._ramp = 1
            return
        for _ in range(self._ramp):
            if not self._wake_one():
                break
        else:
            self._ramp = min(self._ramp * 2, 64)
            self._kick_soon()

    def _wake_one(self) -> bool:
        if self._idle:
            worker = self._idle.pop()
            if worker.wake is not None and not worker.wake.done():
                worker.wake.set_result(None)
            return True
        if len(self._workers) < self._limit:
            worker = Worker()
            self._workers.append(worker)
            worker.task = asyncio.create_task(self._work(worker), name="engine-worker")
            worker.task.add_done_callback(self._look_at)
            return True
        return False

    def _look_at(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._books.broke(error)

    async def _work(self, worker: Worker) -> None:
        while not self._closing:
            while (job := self._next()) is not None:
                await self._perform(worker, job)
                self._since_turn += 1
                if self._since_turn >= _TURN:
                    self._since_turn = 0
                    await asyncio.sleep(0)
            if not self._closing:
                worker.wake = asyncio.get_running_loop().create_future()
                self._idle.append(worker)
                await worker.wake

    def _next(self) -> Job | None:
        """The next job to execute; jobs that must announce themselves are sent to do so on the way."""
        while not self._closing:
            if self._announced:
                job = self._announced.popleft()
                if job.run.broken:
                    self._leave(job, unused=True)  # nobody could book its outcome
                    continue
                if not job.run.state.stopping:
                    job.context.began = self._clock.micros()  # it had to wait for its intent to be durable
                    return job
                self._take_unsent(job)
                continue
            if self._held + self._busy >= self._limit:
                return None
            item = self._ready.pop()
            if item is None:
                self._await_opening()
                return None
            if found := self._prepare(item):
                return found
        return None

    def _await_opening(self) -> None:
        """Steps wait for time to open a gate."""
        due = self._ready.opens_at()
        if due is None or (self._opening is not None and self._opening[0] <= due):
            return
        if self._opening is not None:
            self._opening[1].cancel()
        self._opening = (due, asyncio.create_task(self._open(due), name="engine-gates"))
        self._opening[1].add_done_callback(self._look_at)

    async def _open(self, due: int) -> None:
        while self._clock.micros() < due:
            await self._clock.sleep_until(due)
        self._opening = None
        self._ready.look_again()
        self._kick_soon()

    def _prepare(self, item: Item) -> Job | None:
        run, command, lane = item
        if not is_wanted(run, command):
            self._ready.leave(lane, unused=True)
            self._books.drop(run, command)
            return None
        now = self._clock.micros()
        planned = run.plan.steps[command.step]
        job = prepare(item, planned, self._kinds[planned.use], now, self._may_note, self._kinds.vault)
        if isinstance(job, Failed):
            self._ready.leave(lane, unused=True)
            run.under_way -= 1
            self._books.take(run, job)
            return None
        if not job.announces:
            return job
        if not self._books.take(run, Sending(now, command.step, command.attempt, job.context.effect_key)):
            self._ready.leave(lane, unused=True)  # too many other items failed meanwhile
            self._books.drop(run, command)
            return None
        self._held += 1
        self._books.hold(job)
        return None

    def _take_unsent(self, job: Job) -> None:
        """The run was stopped between intent and call: the call is not made, and the ledger says so."""
        self._leave(job, unused=True)
        job.run.under_way -= 1
        message = "not sent: the run was stopped first"
        now = self._clock.micros()
        fact = Failed(now, job.command.step, job.command.attempt, FailureClass.UNAVAILABLE, message)
        self._books.take(job.run, fact)

    async def _perform(self, worker: Worker, job: Job) -> None:
        run, planned, context = job.run, job.planned, job.context
        worker.limit = planned.timeout if planned.timeout is not None else self._step_timeout
        worker.deadline = context.began + worker.limit
        self._watch.start()
        worker.job = job
        doing.set(context)
        self._busy += 1
        fact: Fact | None
        try:
            fact = self._told(job, await undertake(job))
        except asyncio.CancelledError:
            fact = self._interrupted(worker, job)
        except Exception as error:  # noqa: BLE001 (whatever a kind raises becomes a fact)
            fact = error_of(job, error, self._clock.micros())
        finally:
            worker.deadline = worker.job = None
            worker.reason = ""
            doing.set(None)
            self._busy -= 1
            if job.lane.gates:
                self._leave(job)
        if fact is not None and (noted := noted_fact(context, fact.at, announced=job.announces)):
            self._books.take(run, masked_fact(noted, context.revealed))
        run.under_way -= 1
        if fact is not None:
            if context.blobs:
                for sha256, data in context.blobs.items():
                    self._books.keep_blob(run, sha256, data)
            self._books.take(run, masked_fact(fact, context.revealed))

    def _leave(self, job: Job, *, unused: bool = False) -> None:
        if job.lane.gates:
            self._ready.leave(job.lane, unused=unused)
            self._kick_soon()  # a gate may have let in what this worker does not come to

    def _told(self, job: Job, outcome: Any) -> Fact:
        planned, context = job.planned, job.context
        if job.command.lookup:
            return lookup_fact(planned, outcome, context, self._clock.micros(), tried=job.tried)
        if outcome is None:
            return Skipped(self._clock.micros(), planned.id, "dry_run")
        if isinstance(outcome, Call):
            return self._books.call(job.run, planned, context.attempt, outcome)
        return outcome_fact(planned, job.kind, outcome, context, self._clock.micros())

    def _interrupted(self, worker: Worker, job: Job) -> Fact | None:
        """Tell a time-out and a stopped run from the end of the process, which is passed on."""
        now = self._clock.micros()
        if worker.task is None or not worker.task.cancelling():
            message = "something that the step waited for was cancelled"
            return error_of(job, OutcomeUnknown(message), now)
        if not worker.reason:
            raise asyncio.CancelledError
        worker.task.uncancel()
        if worker.reason != "timeout":
            return None
        limit, lookup = worker.limit, job.command.lookup
        return timeout_fact(job.planned, job.command.attempt, now, limit, lookup=lookup, tried=job.tried)
