"""The doors' database: commands with positions, definitions by digest; read through a port, away now and then."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any
from uuid import UUID

from docchain.engine import doors
from docchain.engine.doors import StartRun

from .ports import Ports

if TYPE_CHECKING:
    from .world import Order, World

WORDS = {
    "signal": doors.SignalRun,
    "cancel": doors.CancelRun,
    "pause": doors.PauseRun,
    "resume": doors.ResumeRun,
    "retry": doors.RetryRun,
}


class Source:
    """Every door appends here; what is appended is acknowledged."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._lanes: dict[UUID, list[doors.Command]] = {workspace: [] for workspace in world.workspaces}
        self._position = 0
        self.definitions: dict[str, str] = {}

    def append(self, word: str, run: UUID, workspace: UUID, **more: Any) -> None:
        self._position += 1
        self._lanes[workspace].append(WORDS[word](self._position, run, workspace, **more))
        self._appended(f"{word} {run}")

    def start(self, order: "Order") -> None:
        case = order.case
        self._position += 1
        self.definitions[order.digest] = order.body
        not_before = None if case.not_before is None else self._world.micros() + int(case.not_before * 1_000_000)
        self._lanes[order.workspace].append(
            StartRun(
                self._position,
                order.run,
                order.workspace,
                order.digest,
                {"value": "v", "child": case.child},
                priority=case.priority,
                not_before=not_before,
            )
        )
        self._appended(f"start {order.run}")

    def _appended(self, what: str) -> None:
        self._world.note(f"door {what}")
        if self._world.dice.random() < 0.7:  # else the poll must find it
            self._world.fleet.wake()

    def unread(self, cursors: Mapping[str, int]) -> list[str]:
        """Lanes whose cursor, as the journal has it, is not at their end."""
        told: list[str] = []
        for workspace, lane in self._lanes.items():
            for name, is_start in (("starts", True), ("commands", False)):
                ours = [command.position for command in lane if _is_start(command) == is_start]
                end, read = max(ours, default=None), cursors.get(f"{name}:{workspace.hex}")
                if end != read:
                    told.append(f"{name} of {workspace} were read to {read}, not {end}")
        return told

    def seen_by(self, process: Any) -> "ReadSource":
        return ReadSource(self._world, Ports(self._world, process), self._lanes, self.definitions)


class ReadSource:
    """One process's view of it."""

    def __init__(
        self, world: "World", ports: Ports, lanes: dict[UUID, list[doors.Command]], definitions: dict[str, str]
    ) -> None:
        self._world = world
        self._ports = ports
        self._lanes = lanes
        self._definitions = definitions

    async def starts_after(self, cursors: doors.Cursors, each: int, without: AbstractSet[UUID]) -> Sequence[StartRun]:
        return await self._next(
            cursors, each, lambda command: _is_start(command) and command.workspace_id not in without
        )

    async def orders_after(self, cursors: doors.Cursors, each: int) -> Sequence[doors.Command]:
        return await self._next(cursors, each, lambda command: not _is_start(command))

    async def starts_of(self, run_ids: Sequence[UUID]) -> Sequence[StartRun]:
        await self._ask()
        wanted = set(run_ids)
        commands = [command for lane in self._lanes.values() for command in lane]
        return [command for command in commands if isinstance(command, StartRun) and command.run_id in wanted]

    async def _next(self, cursors: doors.Cursors, each: int, wanted: Callable[[Any], bool]) -> list[Any]:
        await self._ask()
        found: list[Any] = []
        for workspace, lane in self._lanes.items():
            after = cursors.of(workspace)
            found += [command for command in lane if command.position > after and wanted(command)][:each]
        return found

    async def _ask(self) -> None:
        if await self._ports.call("commands") == "away":
            raise OSError("The doors' database is away.")

    async def definition(self, digest: str) -> str:
        await self._ports.call("definition")
        return self._definitions[digest]


def _is_start(command: doors.Command) -> bool:
    return isinstance(command, StartRun)
