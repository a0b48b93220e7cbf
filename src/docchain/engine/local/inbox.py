"""The inbox: commands from the doors, read in order; the cursor commits with the facts they caused."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol
from uuid import UUID

import structlog
from msgspec.structs import replace

from docchain.engine.clock import EngineClock
from docchain.engine.doors import CancelRun, CommandSource, SignalRun, StartRun
from docchain.engine.local.resident import Resident
from docchain.engine.machine.facts import CancelRequested, Fact, Signalled, as_kept
from docchain.engine.machine.plan import Plan
from docchain.engine.plans import DefinitionLostError, Plans

_log = structlog.get_logger(__name__)
_MOST: Final = 500
CURSOR: Final = "commands"


class Runs(Protocol):
    """What a command needs of the engine."""

    def begin(self, command: StartRun, plan: Plan) -> Resident | None: ...

    async def resident(self, run_id: UUID) -> Resident | None: ...

    async def known(self, keys: list[bytes]) -> set[bytes]: ...

    def take(self, run: Resident, fact: Fact) -> bool: ...

    def move_cursor(self, name: str, position: int) -> None: ...


class Inbox:
    """Reads when woken, and every `poll` seconds as a safety net."""

    def __init__(self, source: CommandSource, runs: Runs, plans: Plans, clock: EngineClock) -> None:
        self._source = source
        self._runs = runs
        self._plans = plans
        self._clock = clock
        self._position = 0
        self._woken = asyncio.Event()

    def go_on_after(self, cursors: Mapping[str, int]) -> None:
        self._position = cursors.get(CURSOR, 0)

    def wake(self) -> None:
        self._woken.set()

    async def run(self, poll: float) -> None:
        while True:
            self._woken.clear()
            try:
                await self._read()
            except Exception as error:  # noqa: BLE001 (the doors' database may be away for a while)
                _log.error("commands_unread", error=f"{type(error).__name__}: {error}", hint="They are read later.")
            try:
                await asyncio.wait_for(self._woken.wait(), poll)
            except TimeoutError:
                continue

    async def _read(self) -> None:
        while commands := await self._source.commands_after(self._position, _MOST):
            known = await self._runs.known([item.run_id.bytes for item in commands if isinstance(item, StartRun)])
            for command in commands:
                if not isinstance(command, StartRun):
                    await self._tell(command)
                elif command.run_id.bytes not in known:
                    known.add(command.run_id.bytes)
                    await self._start(command)
                # Nothing is awaited between the facts and the cursor, so one commit holds both.
                self._position = command.position
                self._runs.move_cursor(CURSOR, self._position)

    async def _start(self, command: StartRun) -> None:
        """A run that can never start ends at once, where everyone looks for it."""
        try:
            kept = as_kept([dict(command.inputs), dict(command.attributes), command.actor, command.label])
        except (TypeError, ValueError, OverflowError) as error:
            command, plan = replace(command, inputs={}), self._plans.refused(command.definition, _unkept(error))
        else:
            command = replace(command, inputs=kept[0], attributes=kept[1])
            try:
                plan = await self._plans.of(command.definition)
            except DefinitionLostError as error:
                plan = self._plans.refused(command.definition, str(error))
        self._runs.begin(command, plan)

    async def _tell(self, command: SignalRun | CancelRun) -> None:
        try:
            fact = _fact_of(command, self._clock.micros())
            if run := await self._runs.resident(command.run_id):
                self._runs.take(run, fact)
        except (DefinitionLostError, TypeError, ValueError, OverflowError) as error:
            _log.error("command_refused", run_id=str(command.run_id), error=str(error))


def _unkept(error: Exception) -> str:
    return f"The inputs hold something that JSON cannot: {error}; correct them and start again."


def _fact_of(command: SignalRun | CancelRun, now: int) -> Fact:
    if isinstance(command, CancelRun):
        return CancelRequested(now, *as_kept([command.actor, command.reason]))
    return Signalled(now, command.step, *as_kept([command.signal, command.payload, command.actor]))
