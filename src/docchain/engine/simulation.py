"""The in-memory driver: the same machine under a virtual clock, for tests of workflows and of the engine.

run = await Simulation(kinds).start(definition, {"limit": 10})
await run.signal("approve", {"decision": "approved"})
await run.advance("3d")
assert run.state.status == "succeeded"
"""
# ruff: noqa: SLF001 (a run and its children are of one class)

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from docchain.engine.attempt import (
    error_fact,
    given_to_child,
    lookup_error_fact,
    lookup_fact,
    noted_fact,
    outcome_fact,
    read_params,
)
from docchain.engine.clock import VirtualClock
from docchain.engine.definition import compile_plan, read_inputs, read_spec
from docchain.engine.durations import parse_duration
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Call, Kinds, StepContext, StepKind, Wait
from docchain.engine.machine import facts as f
from docchain.engine.machine import state as s
from docchain.engine.machine.advance import advance, resume
from docchain.engine.machine.commands import CancelChild, Command, RunStep, StartChild
from docchain.engine.machine.fold import fold, new_state
from docchain.engine.machine.plan import Plan, PlannedStep

_WORKSPACE: Final = UUID(int=1)


class SimulatedRun:
    """One run. `journal` is what a disk would hold; `state` what memory holds; `blobs` small bytes that steps made.

    `children` are the runs that it called, by id: they live, and crash, with it.
    """

    def __init__(self, kinds: Kinds, plan: Plan, clock: VirtualClock, ids: Iterator[UUID], run_id: UUID) -> None:
        self._kinds = kinds
        self._ids = ids
        self.plan = plan
        self.clock = clock
        self.id = run_id
        self.journal: list[f.Fact] = []
        self.state = new_state(plan, str(run_id))
        self.blobs: dict[str, bytes] = {}
        self.children: dict[str, SimulatedRun] = {}
        self._child_plans: dict[str, Plan] = {}
        self._ready: deque[RunStep] = deque()
        self._on_end: Callable[[], None] | None = None

    @property
    def family(self) -> "Iterator[SimulatedRun]":
        """This run and all below it."""
        yield self
        for child in self.children.values():
            yield from child.family

    @property
    def ready(self) -> tuple[RunStep, ...]:
        """Steps that the next `settle` would execute, those of child runs included."""
        return tuple(command for run in self.family for command in run._ready)

    def take(self, fact: f.Fact) -> bool:
        facts, commands = advance(self.plan, self.state, fact)
        return self._keep(facts, commands)

    def _keep(self, facts: list[f.Fact], commands: list[Command]) -> bool:
        self.journal.extend(facts)
        for command in commands:
            if isinstance(command, RunStep):
                self._ready.append(command)
            elif isinstance(command, StartChild):
                self._start_child(command.called)
            elif isinstance(command, CancelChild):
                self.children[command.run].take(f.CancelRequested(self.clock.micros(), "", command.reason))
        if facts and self._on_end is not None and self.state.ended_at is not None:
            self._on_end()
        return bool(facts)

    async def settle(self) -> None:
        """Execute ready steps until only time or a signal can move the run."""
        while self.ready:
            await self.step()

    async def step(self) -> None:
        """Execute one ready step, a child's when the run itself has none."""
        run = next(run for run in self.family if run._ready)
        command = run._ready.popleft()
        state = run.state.steps[command.step]
        wanted = state.attempt == command.attempt and state.status in {s.PENDING, s.UNKNOWN}
        if wanted and run.state.ended_at is None:
            await run._attempt(command)

    async def _attempt(self, command: RunStep) -> None:
        planned = self.plan.steps[command.step]
        kind = self._kinds[planned.use]
        now = self.clock.micros()
        params = read_params(planned, kind, command, now)
        if isinstance(params, f.Failed):
            self.take(params)
            return
        context = self._context(command)
        announces = planned.external and not command.lookup and not self.state.dry
        if announces and not self.take(f.Sending(now, command.step, command.attempt, context.effect_key)):
            return
        tried = self.state.steps[command.step].tried
        try:
            if command.lookup:
                fact = lookup_fact(planned, await kind.lookup(params, context), context, now, tried=tried)
            else:
                fact = await self._perform(planned, kind, params, context)
        except Exception as error:  # noqa: BLE001 (whatever a kind raises becomes a fact)
            if command.lookup:
                fact = lookup_error_fact(planned, command.attempt, error, now)
            else:
                fact = error_fact(planned, command.attempt, error, now, tried=tried)
        self.blobs.update(context.blobs)
        if noted := noted_fact(context, fact.at, announced=announces):
            self.take(noted)
        self.take(fact)

    async def _perform(self, planned: PlannedStep, kind: StepKind, params: BaseModel, context: StepContext) -> f.Fact:
        now = self.clock.micros()
        outcome: BaseModel | Wait | Call | None = None
        if not (self.state.dry and planned.external):
            outcome = await kind.run(params, context)
        if self.state.dry and (outcome is None or isinstance(outcome, Wait)):
            outcome = await kind.preview(params, context)
        if outcome is None:
            return f.Skipped(now, planned.id, "dry_run")
        if isinstance(outcome, Call):
            return self._called(planned, outcome, context.attempt)
        return outcome_fact(planned, kind, outcome, context, now)

    def _called(self, planned: PlannedStep, call: Call, attempt: int) -> f.Called | f.Failed:
        plan = compile_plan(read_spec(call.definition), self._kinds)
        self._child_plans[plan.digest] = plan
        given = given_to_child(planned, call, attempt, now := self.clock.micros())
        if isinstance(given, f.Failed):
            return given
        return f.Called(
            now,
            planned.id,
            attempt,
            run=str(next(self._ids)),
            definition=plan.digest,
            inputs=given[0],
            label=call.label or plan.workflow,
            attributes=given[1],
            expires=now + planned.timeout if planned.timeout is not None else None,
        )

    def _start_child(self, called: f.Called) -> None:
        """A child that is known already has only its end told again."""
        if called.run in self.children:
            self._hear(called)
            return
        depth = self.state.parent.depth if self.state.parent else 0
        parent = f.Parent(str(self.id), called.step, called.attempt, depth + 1)
        plan = self._child_plans[called.definition]
        child = SimulatedRun(self._kinds, plan, self.clock, self._ids, UUID(called.run))
        self.children[called.run] = child
        child._on_end = lambda: self._hear(called)
        now = self.clock.micros()
        who: dict[str, Any] = {"actor": self.state.actor, "label": called.label, "attributes": called.attributes}
        child.take(
            f.Started(now, plan.digest, str(_WORKSPACE), called.inputs, dry=self.state.dry, parent=parent, **who)
        )
        if self.state.status == s.PAUSED:
            child.take(f.Paused(now, "", self.state.reason))

    def _hear(self, called: f.Called) -> None:
        """What the end of a child run is for the step that called it."""
        end, now = self.children[called.run].state, self.clock.micros()
        if end.status == s.SUCCEEDED:
            self.take(f.Done(now, called.step, called.attempt, end.output))
        elif end.ended_at is not None:
            failure = (end.failure or FailureClass.BUG) if end.status == s.FAILED else FailureClass.DENIED
            message = end.message or f"the child run was {end.status}"
            self.take(f.Failed(now, called.step, called.attempt, failure, message))

    def _context(self, command: RunStep) -> StepContext:
        kind = self._kinds[self.plan.steps[command.step].use]
        return StepContext(
            run_id=self.id,
            workspace_id=_WORKSPACE,
            step_id=command.step,
            attempt=command.attempt,
            kind=kind.name,
            kind_version=kind.version,
            effect_key=f"{self.id}:{command.step}",
            started=self.state.started_at,
            began=self.clock.micros(),
            actor=self.state.actor,
            inputs=self.state.inputs,
            dry=self.state.dry,
        )

    async def advance(self, duration: str | float) -> None:
        """Move time on, firing every timer in its order."""
        until = self.clock.micros() + parse_duration(duration)
        while (due := self.next_due()) is not None and due <= until:
            self.clock.advance(max(due - self.clock.micros(), 0))
            for run in list(self.family):
                run._fire(due)
            await self.settle()
        self.clock.advance(until - self.clock.micros())

    def _fire(self, due: int) -> None:
        names = [name for name, step in self.state.steps.items() if due in {step.due, step.expires}]
        for name in [s.OF_THE_RUN, *names] if self.state.due == due else names:
            self.take(f.Fired(self.clock.micros(), name, due))

    def next_due(self) -> int | None:
        """When the next timer of the run, or of one below it, fires."""
        states = [run.state for run in self.family]
        steps = [step for state in states for step in state.steps.values()]
        dues = [*(state.due for state in states), *(due for step in steps for due in (step.due, step.expires))]
        return min((due for due in dues if due is not None), default=None)

    async def signal(self, step: str, payload: Any = None, signal: str = "answer", actor: str = "") -> bool:
        """Answer a waiting step; false when it was not waiting for that."""
        return await self._take(f.Signalled(self.clock.micros(), step, signal, payload, actor))

    async def cancel(self, reason: str = "") -> bool:
        return await self._take(f.CancelRequested(self.clock.micros(), "", reason))

    async def pause(self, reason: str = "") -> bool:
        """Start no further step until `resume`, in the runs that it called neither."""
        return await self._take_all(f.Paused(self.clock.micros(), "", reason))

    async def resume(self) -> bool:
        return await self._take_all(f.Resumed(self.clock.micros()))

    async def retry(self, steps: Sequence[str] = ()) -> bool:
        """Go on with a run that ended badly: what failed or was cancelled, and these steps, are tried again."""
        rejected = [self.state.failed_step] if self.state.status == s.REJECTED else []
        return await self._take(f.Reopened(self.clock.micros(), [*rejected, *steps]))

    async def _take_all(self, fact: f.Fact) -> bool:
        for run in list(self.family)[1:]:
            run.take(fact)
        return await self._take(fact)

    async def _take(self, fact: f.Fact) -> bool:
        taken = self.take(fact)
        await self.settle()
        return taken

    def crash(self) -> None:
        """Lose memory and recover from the journal, as a process killed right now would."""
        for run in self.family:
            run._ready.clear()
            run.state = fold(run.plan, str(run.id), run.journal)
        for run in list(self.family):
            run._keep(*resume(run.plan, run.state, self.clock.micros()))


class Simulation:
    """Starts simulated runs over a set of step kinds."""

    def __init__(self, kinds: Kinds, clock: VirtualClock | None = None) -> None:
        self._kinds = kinds
        self.clock = clock or VirtualClock()
        self._ids = (UUID(int=number) for number in count(1))

    def begin(
        self, definition: Mapping[str, Any] | str, inputs: Mapping[str, Any] | None = None, **how: Any
    ) -> SimulatedRun:
        """A run that has started and executed nothing yet; `how` it runs: `seed`, `only`, `not_before`, `dry`.

        Raises:
            DefinitionError: for faults of the definition or the inputs.
        """
        spec = read_spec(definition if isinstance(definition, str) else dict(definition))
        plan = compile_plan(spec, self._kinds)
        values, _ = read_inputs(spec, inputs or {})
        run = SimulatedRun(self._kinds, plan, self.clock, self._ids, next(self._ids))
        run.take(f.Started(self.clock.micros(), plan.digest, str(_WORKSPACE), values, label=plan.workflow, **how))
        return run

    async def start(
        self, definition: Mapping[str, Any] | str, inputs: Mapping[str, Any] | None = None, **how: Any
    ) -> SimulatedRun:
        """A run, executed until only time or a signal can move it."""
        run = self.begin(definition, inputs, **how)
        await run.settle()
        return run
