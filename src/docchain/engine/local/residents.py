"""The runs in memory: facts go to the machine, what it decides goes to the commit and to the workers."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from docchain.engine.clock import EngineClock
from docchain.engine.doors import StartRun
from docchain.engine.journal import Journal, JournalError
from docchain.engine.local.commits import Committer
from docchain.engine.local.jobs import Job
from docchain.engine.local.quarantine import Quarantine
from docchain.engine.local.resident import Resident, started_fact
from docchain.engine.local.surroundings import Surroundings
from docchain.engine.local.waiters import Waiters, asks
from docchain.engine.local.window import Window
from docchain.engine.machine.advance import advance, resume
from docchain.engine.machine.commands import CancelChild, Command, RunStep, StartChild
from docchain.engine.machine.facts import Fact
from docchain.engine.machine.fold import fold, new_state
from docchain.engine.machine.plan import Plan
from docchain.engine.machine.state import PAUSED, RunState
from docchain.engine.plans import DefinitionLostError, Plans
from docchain.engine.view import facts_in, started_of

_log = structlog.get_logger(__name__)
_TURN: Final = 64
"""Runs folded before the event loop gets a turn."""


class Residents:
    """Unfinished runs by key, as long as they have something to do."""

    def __init__(self, journal: Journal, plans: Plans, clock: EngineClock, window: Window) -> None:
        self._journal = journal
        self._plans = plans
        self._clock = clock
        self._window = window
        self._runs: dict[bytes, Resident] = {}
        self._pinned: set[bytes] = set()
        self._to_leave: list[Resident] = []
        self._loading = asyncio.Lock()
        self.broken = Quarantine()
        self.commits = Committer(journal, self._settled)
        self.waiters = Waiters()
        self.around: Surroundings

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, key: object) -> bool:
        return key in self._runs

    async def known(self, keys: list[bytes]) -> set[bytes]:
        """Those of the runs that started before: a start that comes twice is the same run."""
        here = {key for key in keys if key in self._runs or key in self.broken}
        return here | await self._journal.known(keys) if keys else here

    def begin(self, command: StartRun, plan: Plan, *, parked: bool = False) -> Resident | None:
        """A new run; `parked`: it takes facts, starts no step, and comes back when it has room."""
        key = command.run_id.bytes
        if key in self._runs or key in self.broken:
            return None
        run = Resident(command.run_id, command.workspace_id, plan, new_state(plan, str(command.run_id)))
        run.parked = parked
        self._enter(run)
        if body := self._plans.unkept(plan.digest):
            self.commits.keep_definition(plan.digest, body)
        started = started_fact(command, plan, self._clock.micros())
        if not self.take(run, started) and run.broken:
            run.facts = [started]  # it was promised, so the next start has to find it
            self.touch(run)
        return run

    def take(self, run: Resident, fact: Fact) -> bool:
        """Give a fact to the machine; false when it came too late to matter, or the machine broke on the run."""
        if run.broken:
            return False
        try:
            facts, commands = advance(run.plan, run.state, fact)
        except Exception as error:  # noqa: BLE001 (a fault of one run must not hold up the others)
            self._break(run, error)
            return False
        if not facts:
            self.leave(run)
            return False
        self._carry_out(run, facts, commands)
        return True

    def leave(self, run: Resident) -> None:
        """There is no fact for it after all."""
        if run.idle:
            self._remove(run)

    async def hydrate(
        self, keys: Sequence[bytes], *, fed: Window | None = None, parks: bool = False, ended: bool = False
    ) -> dict[bytes, Resident | None]:
        """Those of the runs that can be had, by key; `None` for one that has ended or never began.

        Args:
            keys: the runs.
            fed: counts those that the caller brings in.
            parks: what is beyond its share takes facts, but starts no step and leaves memory again.
            ended: bring in ended runs as well.
        """
        async with self._loading:
            found: dict[bytes, Resident | None] = {key: self._runs.get(key) for key in keys if key not in self.broken}
            self._pinned.update(key for key, run in found.items() if run is not None)
            try:
                for run in await self._read(found):
                    if run.ended and not ended:
                        self._is_over(run)
                    else:
                        self._admit(run, fed=fed, parks=parks)
                        found[run.key] = run
            finally:
                self._unpin()
            return {key: run for key, run in found.items() if key not in self.broken}

    async def _read(self, found: dict[bytes, Resident | None]) -> list[Resident]:
        """Those that are not in memory, folded; what cannot be read is no longer among the found."""
        missing = [key for key, run in found.items() if run is None]
        rows = await self._journal.facts_of(missing) if missing else {}
        folded: list[Resident] = []
        for place, key in enumerate(missing):
            if place % _TURN == _TURN - 1:
                await asyncio.sleep(0)
            try:
                if key in rows:
                    folded.append(await self._fold(key, rows[key]))
            except JournalError:
                raise  # all of them can be read when the journal is back
            except Exception as error:  # noqa: BLE001 (one run's trouble must not keep the others from going on)
                if key not in self.broken:
                    told = f"{type(error).__name__}: {error}"
                    _log.error("run_cannot_resume", run_id=str(UUID(bytes=key)), error=told)
                del found[key]
        return folded

    def _unpin(self) -> None:
        """What would have left memory since it was found is settled again; the caller may give it facts before."""
        self._pinned.clear()
        leave, self._to_leave = self._to_leave, []
        for run in leave:
            self.touch(run)

    def touch(self, run: Resident) -> None:
        self.commits.touch(run)

    def drop(self, run: Resident, command: RunStep) -> None:
        """A step's turn came when the run did not want it; during a pause it is kept for the time after."""
        run.under_way -= 1
        if run.broken:
            return
        if run.state.status == PAUSED:
            run.withheld.append(command)
        if run.idle and not run.ended:
            self.commits.touch(run)

    async def _fold(self, key: bytes, rows: list[bytes]) -> Resident:
        run_id = UUID(bytes=key)
        history = facts_in(rows)
        started = started_of(history)
        try:
            plan = await self._plans.of(started.definition)
        except DefinitionLostError:
            plan = self._plans.refused(started.definition, "")
            state = self._folded(None, run_id, history)
            if state.ended_at is None:
                raise
        else:
            state = self._folded(plan, run_id, history)
        run = Resident(run_id, UUID(started.workspace), plan, state)
        run.book = (-1, None)
        return run

    def _folded(self, plan: Plan | None, run_id: UUID, history: list[Fact]) -> RunState:
        try:
            return fold(plan, str(run_id), history)
        except Exception as error:
            self.broken.add(run_id, error)
            raise

    def _admit(self, run: Resident, *, fed: Window | None, parks: bool) -> None:
        if fed is not None:
            run.parked = parks and not fed.room(run.workspace)
            run.fed = None if run.parked else fed
        self._enter(run)
        try:
            facts, commands = resume(run.plan, run.state, self._clock.micros())
        except Exception as error:  # noqa: BLE001 (a fault of one run must not hold up the others)
            self._break(run, error)
            return
        commands = [command for command in commands if not isinstance(command, StartChild)]  # begun with that fact
        self._carry_out(run, facts, commands)

    def _is_over(self, run: Resident) -> None:
        """An ended run in the book: its parent does not know yet, or nobody wrote down that it is over."""
        if run.state.parent is not None:
            self.around.children.ended(run)

    def _enter(self, run: Resident) -> None:
        self._runs[run.key] = run
        self._window.enter(run.workspace)
        if run.fed is not None:
            run.fed.enter(run.workspace)

    def _remove(self, run: Resident) -> bool:
        """Forget a run, unless somebody who found it is about to give it a fact."""
        if self._runs.get(run.key) is not run:
            return False
        if run.key in self._pinned and not run.broken:
            self._to_leave.append(run)
            return False
        del self._runs[run.key]
        self._window.leave(run.workspace)
        if run.fed is not None:
            run.fed.leave(run.workspace)
        return True

    def _break(self, run: Resident, error: Exception) -> None:
        """The machine stopped amid a turn, so this state is none that the journal leads to."""
        run.broken = True
        self._remove(run)
        self.broken.add(run.id, error)

    def _carry_out(self, run: Resident, facts: list[Fact], commands: list[Command]) -> None:
        if facts:
            if not run.dirty:
                self.commits.touch(run)
            run.facts.extend(facts)
        for command in commands:
            kind = type(command)
            if kind is RunStep:
                self._give(run, command)  # type: ignore[arg-type]  # its type was looked at
            elif kind is StartChild:
                self.around.children.begin(run, command.called)  # type: ignore[union-attr]  # the same
            elif kind is CancelChild:
                self.around.children.cancel(command)  # type: ignore[arg-type]  # the same
        if run.withheld and not run.parked and run.state.status != PAUSED:
            withheld, run.withheld = run.withheld, []
            for step in withheld:
                self._give(run, step)
        if run.under_way and (run.state.stopping or run.state.ended_at is not None):
            self.around.workers.stop_cancelled(run)

    def _give(self, run: Resident, command: RunStep) -> None:
        if run.parked:
            run.withheld.append(command)
            return
        run.under_way += 1
        self.around.workers.give(run, command)

    def _settled(self, runs: list[Resident], held: list[Job]) -> None:
        """After a commit: announced effects may go, ended runs are answered and forgotten, idle ones wait on disk."""
        if held:
            self.around.workers.release(held)
        for run in runs:
            run.storing -= 1
            if run.book is not None and run.book[1] is not None:
                self.around.due_at(run.book[1])
            if run.dirty or run.storing or run.broken:
                continue
            if run.ended:
                self._end(run)
            elif run.parked:
                if self._remove(run) and run.withheld:
                    self.around.come_back(run)
            elif run.idle:
                self._remove(run)
                if asks(run.state):
                    self.waiters.asked(run.key, run.state)

    def _end(self, run: Resident) -> None:
        self._remove(run)
        self.waiters.ended(run.key, run.state)
        if run.state.parent is not None:
            self.around.children.ended(run)
