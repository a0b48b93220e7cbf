"""The inbox: commands from the doors, read in order by workspace; cursors commit with the facts they caused.

Orders never wait behind starts: they have cursors of their own, and one to a run whose start was not read yet begins
that run first, out of turn; the start met later in its lane is known by then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from msgspec.structs import replace

from docchain.engine.clock import EngineClock
from docchain.engine.doors import Command, CommandSource, PauseRun, ResumeRun, StartRun
from docchain.engine.local.families import Found, below
from docchain.engine.local.lanes import Lanes, apart, in_turn
from docchain.engine.local.orders import fact_of
from docchain.engine.local.resident import Resident
from docchain.engine.local.residents import Residents
from docchain.engine.local.window import Window
from docchain.engine.machine.facts import as_kept
from docchain.engine.machine.plan import Plan
from docchain.engine.plans import DefinitionLostError, Plans

_log = structlog.get_logger(__name__)
_TO_FAMILIES: Final = (PauseRun, ResumeRun)
"""Orders that are for the run and for all that it called."""
_TURN: Final = 64
"""Commands taken before the event loop gets a turn."""


class Windows(NamedTuple):
    """How many runs starts and orders may bring into memory."""

    starts: Window
    orders: Window


class Inbox:
    """Reads when woken, and every `poll` seconds as a safety net; a workspace whose share is full has to wait."""

    def __init__(
        self, source: CommandSource, runs: Residents, plans: Plans, clock: EngineClock, windows: Windows
    ) -> None:
        self._source = source
        self._runs = runs
        self._plans = plans
        self._clock = clock
        self._window, self._ordered = windows
        self._starts = Lanes("starts", "starts:", runs.commits.move_cursor)
        self._orders = Lanes("orders", "commands:", runs.commits.move_cursor)
        self._woken = asyncio.Event()

    def go_on_after(self, cursors: Mapping[str, int]) -> None:
        for lanes in (self._starts, self._orders):
            lanes.go_on_after(cursors)

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
        while True:
            ordered = await self._read_orders()
            if not (await self._read_starts() or ordered):
                return

    async def _read_orders(self) -> bool:
        """Take some; whether there may be more."""
        orders = await self._source.orders_after(self._orders.cursors, self._orders.each)
        for some in apart(in_turn(orders), _TURN):
            await self._tell(some)
        if more := self._orders.has_more(orders):
            await self._runs.commits.synced()  # however many there are, few are in memory
        return more

    async def _tell(self, orders: Sequence[Command]) -> None:
        """Orders to different runs. Nothing is awaited between the facts and the cursors, so one commit holds both."""
        found = await self._found(orders)
        begun: dict[bytes, tuple[StartRun, Plan]] = {}
        if unknown := [UUID(bytes=key) for key, run in found.items() if run is None]:
            begun = await self._unread(unknown)
            found = await self._found(orders)
        for order in orders:
            key = order.run_id.bytes
            run = self._runs.begin(*begun[key], parked=True) if key in begun else found.get(key)
            if run is not None:
                self._obey(order, run)
                for child in self._family(order, run, found):
                    self._obey(order, child)
            if key in self._runs.broken:
                _pass_over(order)
            self._orders.move(order)
        for run in found.values():
            if run is not None:
                self._runs.leave(run)  # its parent may have heard of its end since it was looked for

    async def _found(self, orders: Sequence[Command]) -> dict[bytes, Resident | None]:
        """The runs that the orders are for, and with them the families of those that are paused or go on."""
        keys = dict.fromkeys(order.run_id.bytes for order in orders)
        heads = [order.run_id.bytes for order in orders if isinstance(order, _TO_FAMILIES)]
        while True:
            found = await self._runs.hydrate(list(keys), fed=self._ordered, parks=True, ended=True)
            families = [below(head, found) for key in heads if (head := found.get(key)) is not None]
            missing = [key for family in families for key, _ in family if key not in keys]
            if not missing:
                return found
            keys |= dict.fromkeys(missing)

    @staticmethod
    def _family(order: Command, run: Resident, found: Found) -> list[Resident]:
        """Who else the order is for; listed first, as obeying it may change who belongs to them."""
        if not isinstance(order, _TO_FAMILIES):
            return []
        return [child for _, child in below(run, found) if child is not None]

    async def _unread(self, run_ids: Sequence[UUID]) -> dict[bytes, tuple[StartRun, Plan]]:
        """Those whose start is still to come in its lane."""
        starts = await self._source.starts_of(run_ids)
        coming = [start for start in starts if start.position > self._starts.cursors.of(start.workspace_id)]
        return {start.run_id.bytes: await self._startable(start) for start in coming}

    def _obey(self, order: Command, run: Resident) -> None:
        try:
            fact = fact_of(order, run.state, self._clock.micros())
        except (TypeError, ValueError, OverflowError) as error:
            _log.error("command_refused", run_id=str(order.run_id), error=str(error))
            self._runs.leave(run)
        else:
            self._runs.take(run, fact)

    async def _read_starts(self) -> bool:
        """Take some; whether there may be more whose turn it is."""
        refused = self._window.refused
        starts = await self._source.starts_after(self._starts.cursors, self._starts.each, refused)
        known = await self._runs.known([start.run_id.bytes for start in starts])
        stopped: set[UUID] = set()
        for place, start in enumerate(in_turn(starts)):
            workspace = start.workspace_id
            if workspace in stopped or not self._window.room(workspace):
                stopped.add(workspace)
                continue
            if start.run_id.bytes not in known:
                known.add(start.run_id.bytes)
                command, plan = await self._startable(start)
                self._runs.begin(command, plan)
            self._starts.move(start)  # nothing was awaited since the fact
            if place % _TURN == _TURN - 1:
                await asyncio.sleep(0)
        return self._starts.has_more(starts, held_back=bool(stopped or refused))

    async def _startable(self, command: StartRun) -> tuple[StartRun, Plan]:
        """A run that can never start ends at once, where everyone looks for it."""
        try:
            told = [dict(command.inputs), dict(command.attributes), dict(command.seed), command.actor, command.label]
            kept = as_kept(told)
        except (TypeError, ValueError, OverflowError) as error:
            return replace(command, inputs={}), self._plans.refused(command.definition, _unkept(error))
        command = replace(command, inputs=kept[0], attributes=kept[1], seed=kept[2])
        try:
            return command, await self._plans.of(command.definition)
        except DefinitionLostError as error:
            return command, self._plans.refused(command.definition, str(error))


def _unkept(error: Exception) -> str:
    return f"The inputs hold something that JSON cannot: {error}; correct them and start again."


def _pass_over(order: Command) -> None:
    """Its lane goes on; the row stays where doors put it, but nobody reads it again."""
    hint = (
        "Its run broke. The order is kept in the list of commands and not obeyed: give it again after the next start."
    )
    _log.error(
        "order_passed_over",
        run_id=str(order.run_id),
        order=type(order).__name__,
        position=order.position,
        hint=hint,
    )
