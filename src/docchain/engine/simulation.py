"""The in-memory driver: the same machine under a virtual clock, for tests of workflows and of the engine.

run = await Simulation(kinds).start(definition, {"limit": 10})
await run.signal("approve", {"decision": "approved"})
await run.advance("3d")
assert run.state.status == "succeeded"
"""

from collections import deque
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from docchain.engine.attempt import error_fact, lookup_error_fact, lookup_fact, outcome_fact, read_params
from docchain.engine.clock import VirtualClock
from docchain.engine.definition import compile_plan, read_inputs, read_spec
from docchain.engine.durations import parse_duration
from docchain.engine.kinds import Kinds, StepContext
from docchain.engine.machine import state as s
from docchain.engine.machine.advance import advance, resume
from docchain.engine.machine.commands import Command, RunStep
from docchain.engine.machine.facts import CancelRequested, Fact, Failed, Fired, Sending, Signalled, Started
from docchain.engine.machine.fold import fold, new_state
from docchain.engine.machine.plan import Plan

_WORKSPACE = UUID(int=1)


class SimulatedRun:
    """One run. `journal` is what a disk would hold; `state` what memory holds; `blobs` small bytes that steps made."""

    def __init__(self, kinds: Kinds, plan: Plan, clock: VirtualClock, run_id: UUID) -> None:
        self._kinds = kinds
        self.plan = plan
        self.clock = clock
        self.id = run_id
        self.journal: list[Fact] = []
        self.state = new_state(plan, str(run_id))
        self.blobs: dict[str, bytes] = {}
        self._ready: deque[RunStep] = deque()

    @property
    def ready(self) -> tuple[RunStep, ...]:
        """Steps that the next `settle` would execute."""
        return tuple(self._ready)

    def take(self, fact: Fact) -> bool:
        facts, commands = advance(self.plan, self.state, fact)
        return self._keep(facts, commands)

    def _keep(self, facts: list[Fact], commands: list[Command]) -> bool:
        self.journal.extend(facts)
        self._ready.extend(command for command in commands if isinstance(command, RunStep))
        return bool(facts)

    async def settle(self) -> None:
        """Execute ready steps until only time or a signal can move the run."""
        while self._ready and self.state.ended_at is None:
            await self.step()

    async def step(self) -> None:
        """Execute one ready step."""
        command = self._ready.popleft()
        state = self.state.steps[command.step]
        if state.attempt == command.attempt and state.status in {s.PENDING, s.UNKNOWN}:
            await self._attempt(command)

    async def _attempt(self, command: RunStep) -> None:
        planned = self.plan.steps[command.step]
        kind = self._kinds[planned.use]
        now = self.clock.micros()
        params = read_params(kind, command, now)
        if isinstance(params, Failed):
            self.take(params)
            return
        context = self._context(command)
        if planned.external and not command.lookup:
            self.take(Sending(now, command.step, command.attempt, context.effect_key))
        try:
            if command.lookup:
                fact = lookup_fact(planned, await kind.lookup(params, context), context, now)
            else:
                fact = outcome_fact(planned, kind, await kind.run(params, context), context, now)
        except Exception as error:  # noqa: BLE001 (whatever a kind raises becomes a fact)
            to_fact = lookup_error_fact if command.lookup else error_fact
            fact = to_fact(planned, command.attempt, error, now)
        self.blobs.update(context.blobs)
        self.take(fact)

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
        )

    async def advance(self, duration: str | float) -> None:
        """Move time on, firing every timer in its order."""
        until = self.clock.micros() + parse_duration(duration)
        while (due := self._next_due()) is not None and due <= until:
            self.clock.advance(max(due - self.clock.micros(), 0))
            for name, step in self.state.steps.items():
                if due in {step.due, step.expires}:
                    self.take(Fired(self.clock.micros(), name, due))
            await self.settle()
        self.clock.advance(until - self.clock.micros())

    def _next_due(self) -> int | None:
        steps = self.state.steps.values()
        return min((due for step in steps for due in (step.due, step.expires) if due is not None), default=None)

    async def signal(self, step: str, payload: Any = None, signal: str = "answer", actor: str = "") -> bool:
        """Answer a waiting step; false when it was not waiting for that."""
        taken = self.take(Signalled(self.clock.micros(), step, signal, payload, actor))
        await self.settle()
        return taken

    async def cancel(self, reason: str = "") -> bool:
        taken = self.take(CancelRequested(self.clock.micros(), "", reason))
        await self.settle()
        return taken

    def crash(self) -> None:
        """Lose memory and recover from the journal, as a process killed right now would."""
        self._ready.clear()
        self.state = fold(self.plan, str(self.id), self.journal)
        self._keep(*resume(self.plan, self.state, self.clock.micros()))


class Simulation:
    """Starts simulated runs over a set of step kinds."""

    def __init__(self, kinds: Kinds, clock: VirtualClock | None = None) -> None:
        self._kinds = kinds
        self.clock = clock or VirtualClock()
        self._count = 0

    def begin(self, definition: Mapping[str, Any] | str, inputs: Mapping[str, Any] | None = None) -> SimulatedRun:
        """A run that has started and executed nothing yet.

        Raises:
            DefinitionError: for faults of the definition or the inputs.
        """
        spec = read_spec(definition if isinstance(definition, str) else dict(definition))
        plan = compile_plan(spec, self._kinds)
        values, _ = read_inputs(spec, inputs or {})
        self._count += 1
        run = SimulatedRun(self._kinds, plan, self.clock, UUID(int=self._count))
        run.take(Started(self.clock.micros(), plan.digest, str(_WORKSPACE), values, label=plan.workflow))
        return run

    async def start(self, definition: Mapping[str, Any] | str, inputs: Mapping[str, Any] | None = None) -> SimulatedRun:
        """A run, executed until only time or a signal can move it."""
        run = self.begin(definition, inputs)
        await run.settle()
        return run
