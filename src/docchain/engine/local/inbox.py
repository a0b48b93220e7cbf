"""The inbox: commands from the doors, read in order by workspace; cursors commit with the facts they caused."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final
from uuid import UUID

import structlog
from msgspec.structs import replace

from docchain.engine.clock import EngineClock
from docchain.engine.doors import Command, CommandSource, RetryRun, StartRun
from docchain.engine.local.orders import fact_of
from docchain.engine.local.residents import Residents
from docchain.engine.local.window import Window
from docchain.engine.machine.facts import as_kept
from docchain.engine.plans import DefinitionLostError, Plans

_log = structlog.get_logger(__name__)
_MOST: Final = 512
_LEAST: Final = 16
_TURN: Final = 64
"""Commands taken before the event loop gets a turn."""
ALL: Final = "commands"
"""The cursor of earlier releases: everything up to it is read, whosever it is."""
LANE: Final = "commands:"


class Inbox:
    """Reads when woken, and every `poll` seconds as a safety net; a workspace whose share is full has to wait."""

    def __init__(
        self, source: CommandSource, runs: Residents, plans: Plans, clock: EngineClock, window: Window
    ) -> None:
        self._source = source
        self._runs = runs
        self._plans = plans
        self._clock = clock
        self._window = window
        self._floor = 0
        self._cursors: dict[UUID, int] = {}
        self._each = _MOST
        self._woken = asyncio.Event()

    def go_on_after(self, cursors: Mapping[str, int]) -> None:
        self._floor = cursors.get(ALL, 0)
        self._cursors = {
            UUID(hex=name.removeprefix(LANE)): position for name, position in cursors.items() if name.startswith(LANE)
        }

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
                async with asyncio.timeout(poll):  # wait_for of Python 3.11 can swallow the stop that meets a wake-up
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _read(self) -> None:
        while commands := await self._source.commands_after(self._cursors, self._each, self._window.refused):
            known = await self._runs.known([item.run_id.bytes for item in commands if isinstance(item, StartRun)])
            stopped: set[UUID] = set()
            for place, command in enumerate(_in_turn(commands)):
                workspace = command.workspace_id
                if workspace in stopped:
                    continue
                if command.position > self._floor:
                    if not self._window.room(workspace):
                        stopped.add(workspace)
                        continue
                    await self._obey(command, known)
                # Nothing is awaited between the facts and the cursor, so one commit holds both.
                self._cursors[workspace] = command.position
                self._runs.commits.move_cursor(LANE + workspace.hex, command.position)
                if place % _TURN == _TURN - 1:
                    await asyncio.sleep(0)
            self._each = max(_LEAST, _MOST // len({command.workspace_id for command in commands}))

    async def _obey(self, command: Command, known: set[bytes]) -> None:
        if not isinstance(command, StartRun):
            await self._tell(command)
        elif command.run_id.bytes not in known:
            known.add(command.run_id.bytes)
            await self._start(command)

    async def _start(self, command: StartRun) -> None:
        """A run that can never start ends at once, where everyone looks for it."""
        try:
            told = [dict(command.inputs), dict(command.attributes), dict(command.seed), command.actor, command.label]
            kept = as_kept(told)
        except (TypeError, ValueError, OverflowError) as error:
            command, plan = replace(command, inputs={}), self._plans.refused(command.definition, _unkept(error))
        else:
            command = replace(command, inputs=kept[0], attributes=kept[1], seed=kept[2])
            try:
                plan = await self._plans.of(command.definition)
            except DefinitionLostError as error:
                plan = self._plans.refused(command.definition, str(error))
        self._runs.begin(command, plan)

    async def _tell(self, command: Command) -> None:
        try:
            run = await self._runs.resident(command.run_id, ended=isinstance(command, RetryRun))
            if run is not None:
                self._runs.take(run, fact_of(command, run.state, self._clock.micros()))
        except (DefinitionLostError, TypeError, ValueError, OverflowError) as error:
            _log.error("command_refused", run_id=str(command.run_id), error=str(error))


def _in_turn(commands: Sequence[Command]) -> Iterator[Command]:
    """One of each workspace after the other; those of one in their order."""
    lanes: dict[UUID, list[Command]] = {}
    for command in commands:
        lanes.setdefault(command.workspace_id, []).append(command)
    for round_ in zip_longest(*lanes.values()):
        yield from (command for command in round_ if command is not None)


def _unkept(error: Exception) -> str:
    return f"The inputs hold something that JSON cannot: {error}; correct them and start again."
