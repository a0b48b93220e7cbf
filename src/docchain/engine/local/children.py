"""Child runs: begun with the fact that calls them; their end is told to the parent until the parent has it in writing.

An ended child stays in the book of open runs until the commit that holds its parent's fact; a restart tells it again.
"""

import asyncio
from hashlib import sha256
from typing import Final
from uuid import UUID

import structlog

from docchain.engine.attempt import given_to_child
from docchain.engine.clock import EngineClock
from docchain.engine.definition import DefinitionError, compile_plan, digest_of, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.failures import FailureClass
from docchain.engine.journal import JournalError
from docchain.engine.kinds import Call, Kinds
from docchain.engine.local.resident import Resident
from docchain.engine.local.residents import Residents
from docchain.engine.machine.commands import CancelChild
from docchain.engine.machine.facts import Called, CancelRequested, Done, Fact, Failed, Parent, Paused
from docchain.engine.machine.plan import PlannedStep
from docchain.engine.machine.state import FAILED, PAUSED, SUCCEEDED, RunState
from docchain.engine.plans import Plans

_log = structlog.get_logger(__name__)
DEEPEST: Final = 16
_AT_ONCE: Final = 256
_PAUSE: Final = 1.0


class Children:
    """Between parents and children; either may be on disk only."""

    def __init__(self, runs: Residents, plans: Plans, kinds: Kinds, clock: EngineClock) -> None:
        self._runs = runs
        self._plans = plans
        self._kinds = kinds
        self._clock = clock
        self._ends: list[tuple[bytes, Parent, Fact]] = []
        self._cancels: list[CancelChild] = []
        self._wanted = asyncio.Event()

    def call(self, run: Resident, planned: PlannedStep, attempt: int, call: Call) -> Fact:
        """The fact that calls a child run, or why there can be none."""
        now = self._clock.micros()
        if run.state.parent is not None and run.state.parent.depth >= DEEPEST:
            message = f"workflows call each other more than {DEEPEST} deep; look for one that calls itself without end"
            return Failed(now, planned.id, attempt, FailureClass.RESOURCE, message)
        try:
            spec = read_spec(call.definition)
            plan = compile_plan(spec, self._kinds)
            given = given_to_child(planned, call, attempt, now)
        except (DefinitionError, TypeError, ValueError, OverflowError) as error:
            message = f"the called workflow cannot run: {error}"
            return Failed(now, planned.id, attempt, FailureClass.BAD_INPUT, message)
        if isinstance(given, Failed):
            return given
        self._plans.keep(plan, call.definition)
        expires = now + planned.timeout if planned.timeout is not None else None
        child = str(_child_id(run, planned.id, attempt, now))
        label = call.label or plan.workflow
        return Called(now, planned.id, attempt, child, digest_of(spec), given[0], label, given[1], expires)

    def begin(self, parent: Resident, called: Called) -> None:
        """In the turn of the fact that calls it, so that one commit holds both."""
        state = parent.state
        depth = 1 if state.parent is None else state.parent.depth + 1
        command = StartRun(
            0,
            UUID(called.run),
            parent.workspace,
            called.definition,
            called.inputs,
            state.actor,
            called.label,
            called.attributes,
            priority=state.priority,
            dry=state.dry,
            parent=Parent(state.run_id, called.step, called.attempt, depth),
        )
        child = self._runs.begin(command, self._plans.kept(called.definition))
        if child is not None and state.status == PAUSED:  # the call was under way when the parent was paused
            self._runs.take(child, Paused(self._clock.micros(), "", state.reason))

    def cancel(self, command: CancelChild) -> None:
        self._cancels.append(command)
        self._wanted.set()

    def ended(self, child: Resident) -> None:
        """The child's end is durable: tell its parent."""
        parent = child.state.parent
        if parent is not None:
            self._ends.append((child.key, parent, outcome(child.state, parent, self._clock.micros())))
            self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._ends or self._cancels:
                ends, self._ends = self._ends[:_AT_ONCE], self._ends[_AT_ONCE:]
                cancels, self._cancels = self._cancels[:_AT_ONCE], self._cancels[_AT_ONCE:]
                try:
                    await self._tell_parents(ends)
                    await self._tell_children(cancels)
                except JournalError as error:
                    _log.error("parents_unread", error=str(error), hint="They are told again.")
                    self._ends += ends
                    self._cancels += cancels
                    await asyncio.sleep(_PAUSE)

    async def _tell_parents(self, ends: list[tuple[bytes, Parent, Fact]]) -> None:
        """Nothing is awaited between the parent's fact and the child's row, so one commit holds both."""
        keys = [UUID(parent.run).bytes for _, parent, _ in ends]
        found = await self._runs.hydrate(list(dict.fromkeys(keys)))
        for key, (child, _, fact) in zip(keys, ends, strict=True):
            if key not in found:
                continue  # it could not be read; the child is told of again at the next start
            if parent := found[key]:
                self._runs.take(parent, fact)
                if parent.broken:
                    continue  # the same
            if child not in self._runs:
                self._runs.commits.close(child)

    async def _tell_children(self, cancels: list[CancelChild]) -> None:
        reasons = {UUID(command.run).bytes: command.reason for command in cancels}
        found = await self._runs.hydrate(list(reasons))
        for key, child in found.items():
            if child is not None:
                self._runs.take(child, CancelRequested(self._clock.micros(), reason=reasons[key]))


def outcome(child: RunState, parent: Parent, at: int) -> Fact:
    """What a child's end is to the step that called it."""
    if child.status == SUCCEEDED:
        return Done(at, parent.step, parent.attempt, child.output)
    failure = (child.failure or FailureClass.BUG) if child.status == FAILED else FailureClass.DENIED
    message = child.message or f"the child run was {child.status}"
    return Failed(at, parent.step, parent.attempt, failure, message)


def _child_id(run: Resident, step: str, attempt: int, at: int) -> UUID:
    """Ordered by time as all run ids are; the rest is told by who called it."""
    told = sha256(f"{run.state.run_id}/{step}/{attempt}".encode()).digest()
    bits = int.from_bytes((at // 1_000).to_bytes(6, "big") + told[:10])
    return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)
