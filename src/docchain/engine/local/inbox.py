"""The inbox: commands from the doors, read in order; the cursor commits with the facts they caused."""

import asyncio
from typing import Final, Protocol
from uuid import UUID

from docchain.engine.clock import EngineClock
from docchain.engine.doors import CancelRun, Command, CommandSource, SignalRun, StartRun
from docchain.engine.local.plans import DefinitionLostError, Plans
from docchain.engine.local.resident import Resident
from docchain.engine.machine import state as s
from docchain.engine.machine.facts import CancelRequested, Ended, Fact, Signalled
from docchain.engine.machine.plan import Plan

_MOST: Final = 500


class Runs(Protocol):
    """What a command needs of the engine."""

    def begin(self, command: StartRun, plan: Plan) -> Resident | None: ...

    async def resident(self, run_id: UUID) -> Resident | None: ...

    def take(self, run: Resident, fact: Fact) -> bool: ...

    def commands_read(self, position: int) -> None: ...


class Inbox:
    """Reads when woken, and every `poll` seconds as a safety net."""

    def __init__(self, source: CommandSource, runs: Runs, plans: Plans, clock: EngineClock, position: int) -> None:
        self._source = source
        self._runs = runs
        self._plans = plans
        self._clock = clock
        self._position = position
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self, poll: float) -> None:
        while True:
            self._woken.clear()
            while commands := await self._source.commands_after(self._position, _MOST):
                for command in commands:
                    await self._obey(command)
                    # Nothing is awaited between the facts and the cursor, so one commit holds both.
                    self._position = command.position
                    self._runs.commands_read(self._position)
            try:
                await asyncio.wait_for(self._woken.wait(), poll)
            except TimeoutError:
                continue

    async def _obey(self, command: Command) -> None:
        if isinstance(command, StartRun):
            try:
                self._runs.begin(command, await self._plans.of(command.definition))
            except DefinitionLostError as error:
                self._refuse(command, str(error))
        elif run := await self._runs.resident(command.run_id):
            self._runs.take(run, _fact_of(command, self._clock.micros()))

    def _refuse(self, command: StartRun, why: str) -> None:
        """A run that can never start ends at once, where everyone looks for it."""
        run = self._runs.begin(command, self._plans.empty(command.definition))
        if run is not None and not run.ended:
            self._runs.take(run, Ended(self._clock.micros(), s.FAILED, failure="bug", message=why))


def _fact_of(command: SignalRun | CancelRun, now: int) -> Fact:
    if isinstance(command, CancelRun):
        return CancelRequested(now, command.actor, command.reason)
    return Signalled(now, command.step, command.signal, command.payload, command.actor)
