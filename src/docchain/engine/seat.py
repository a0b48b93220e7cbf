"""The seat: what doors see as the engine on PostgreSQL, in every process; runs are executed where the lease is."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog

from docchain.engine.definition import WorkflowSpec
from docchain.engine.doors import CommandSource, JournalEntry
from docchain.engine.following import Follower
from docchain.engine.journal import Journal, JournalError, LeaseLostError
from docchain.engine.journal.lease import FREE, PostgresLease
from docchain.engine.journal.port import COMMANDS
from docchain.engine.journal.postgres import NEWS, PostgresJournal
from docchain.engine.kinds import Kinds
from docchain.engine.local import EngineOptions, LocalEngine
from docchain.engine.machine.facts import Fact
from docchain.engine.machine.state import RunState
from docchain.engine.plans import Plans
from docchain.engine.seating import NobodyExecutesError, SeatOptions
from docchain.engine.view import Course, JournalView

_log = structlog.get_logger(__name__)
Loop = Callable[[], Awaitable[None]]


class EngineSeat:
    """Competes for the lease, executes with a fresh engine while it holds it, and answers doors all the time.

    Args:
        dsn: of the database that holds the journal.
        kinds: the step kinds that definitions may use.
        source: where doors put their commands.
        engine: options of the engines built here.
        options: of the seat itself.
    """

    def __init__(
        self,
        dsn: str,
        kinds: Kinds,
        source: CommandSource | None = None,
        engine: EngineOptions | None = None,
        options: SeatOptions | None = None,
    ) -> None:
        self.options = options or SeatOptions()
        self._dsn, self._kinds, self._source, self._engine_options = dsn, kinds, source, engine
        self._journal = PostgresJournal(dsn)
        self._view = JournalView(self._journal, Plans(kinds, self._journal, source))
        self._follower = Follower(self._journal, self._view, self.options.poll)
        self._free, self._dropped = asyncio.Event(), asyncio.Event()
        self._lease = PostgresLease(
            dsn,
            self.options.holder,
            self.options.seconds,
            {COMMANDS: self.wake, NEWS: self._news, FREE: self._free.set},
        )
        self._engine: LocalEngine | None = None
        self._listeners: list[Callable[[], None]] = []
        self._alongside: list[Loop] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._trouble: Exception | None = None
        self._grace, self._executed = 0.0, time.monotonic()
        self._seen: str | None = None

    @property
    def executes(self) -> bool:
        return self._engine is not None

    @property
    def role(self) -> str:
        """What this process does about runs: it `executes`, `stands_by` to do so, or only `serves`."""
        if self._engine is not None:
            return "executes"
        return "stands_by" if self.options.competes else "serves"

    @property
    def holder(self) -> str | None:
        """Who executes runs, as far as was seen within the last `poll` seconds."""
        return self.options.holder if self._engine is not None else self._seen

    @property
    def trouble(self) -> Exception | None:
        """Why runs do not get on now."""
        if self._engine is not None:
            return self._engine.trouble
        if self._trouble is None and time.monotonic() - self._executed > self.options.patience:
            return NobodyExecutesError("No process executes runs: start `docchain worker` or a server that executes.")
        return self._trouble

    @property
    def journal(self) -> Journal:
        """To read, and for what retention forgets."""
        return self._journal

    @property
    def commits(self) -> int:
        return self._engine.commits if self._engine else 0

    @property
    def in_memory(self) -> int:
        return self._engine.in_memory if self._engine else 0

    @property
    def broken(self) -> int:
        """Runs that stand still until the next start of the engine here, because the machine broke on them."""
        return self._engine.broken if self._engine else 0

    def alongside(self, loop: Loop) -> None:
        """Run a loop wherever the engine runs, and only there."""
        self._alongside.append(loop)

    async def open(self) -> None:
        """Be ready to answer; `start` executes and hears of news, too. Opening twice does no harm."""
        if not self._tasks:
            await self._journal.open()
            self._spawn(self._follower.run(), "seat-follower")

    async def start(self) -> None:
        await self.open()
        self._spawn(self._take_part() if self.options.competes else self._watch(), "seat")

    async def stop(self, grace: float = 2.0) -> None:
        """Steps under way get their grace; then the next process may take over at once."""
        self._grace = grace
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._lease.close()
        await self._journal.close()

    def wake(self) -> None:
        """Commands were committed, here or in another process."""
        if self._engine is not None:
            self._engine.wake()

    def on_commit(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def wait(self, run_id: UUID, within: float | None = None, *, or_asked: bool = False) -> RunState | None:
        """The run's final state once it is durable, wherever it is executed; as an engine's `wait`."""
        end = None if within is None else time.monotonic() + within
        while True:
            engine, dropped = self._engine, self._dropped  # who executes now may not when the run ends
            left = None if end is None else max(end - time.monotonic(), 0.001)
            waiting = asyncio.ensure_future((engine or self._follower).wait(run_id, left, or_asked=or_asked))
            moving = asyncio.ensure_future(dropped.wait())
            try:
                await asyncio.wait({waiting, moving}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done() and (engine is self._engine or waiting.exception() is None):
                    return waiting.result()
            finally:
                waiting.cancel()
                moving.cancel()
                await asyncio.gather(waiting, moving, return_exceptions=True)

    async def state(self, run_id: UUID) -> RunState | None:
        return await self._view.state(run_id)

    async def history(self, run_id: UUID) -> list[Fact]:
        return await self._view.history(run_id)

    async def course(self, run_id: UUID) -> Course:
        """The state, and the facts that it follows from."""
        return await self._view.course(run_id)

    async def definition(self, digest: str) -> WorkflowSpec | None:
        return await self._view.definition(digest)

    async def effects(self, status: str) -> list[dict[str, Any]]:
        return await self._view.effects(status)

    async def blob(self, workspace_id: UUID, sha256: str) -> bytes | None:
        if (engine := self._engine) is not None:
            with suppress(JournalError):  # dropped meanwhile
                return await engine.blob(workspace_id, sha256)
        return await self._view.blob(workspace_id, sha256)

    async def entries_after(self, position: int, limit: int = 1_000) -> Sequence[JournalEntry]:
        if (engine := self._engine) is not None:
            with suppress(JournalError):  # the same
                return await engine.entries_after(position, limit)
        return await self._view.entries_after(position, limit)

    def _spawn(self, work: Any, name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def _news(self) -> None:
        self._follower.ring()
        if self._engine is None:
            self._committed()

    def _committed(self) -> None:
        for listener in self._listeners:
            listener()

    async def _watch(self) -> None:
        """Keep the ears open, and know whether anybody executes."""
        while True:
            await self._attempt(self._look_who_executes())
            await asyncio.sleep(self.options.poll)

    async def _look_who_executes(self) -> None:
        self._seen = await self._lease.held_by() or None
        if self._seen is not None:
            self._executed = time.monotonic()

    async def _take_part(self) -> None:
        while True:
            self._free.clear()
            epoch = await self._attempt(self._lease.acquire())
            if epoch is not None:
                await self._hold(epoch)
            elif self._trouble is None:
                await self._attempt(self._look_who_executes())
            with suppress(TimeoutError):
                async with asyncio.timeout(self.options.poll):
                    await self._free.wait()

    async def _attempt(self, asked: Awaitable[Any]) -> Any:
        try:
            answer = await asked
        except JournalError as error:
            if self._trouble is None:
                _log.error("lease_unknown", error=str(error), hint="PostgreSQL is asked again every second.")
            self._trouble = error
            return None
        self._trouble = None
        return answer

    async def _hold(self, epoch: int) -> None:
        """Execute until the lease is lost or this process stops."""
        journal = PostgresJournal(self._dsn, epoch, valid=lambda: self._lease.valid)
        engine = LocalEngine(journal, self._kinds, self._source, self._engine_options)
        lost = asyncio.Event()
        engine.on_lost(lost.set)
        engine.on_commit(self._committed)
        renewing = asyncio.create_task(self._renew(epoch, lost), name="seat-renewal")
        try:
            await self._execute(engine, epoch, lost)
        except JournalError as error:
            _log.error("engine_cannot_start", error=str(error), hint="It is tried again in a moment.")
        finally:
            await self._hand_over(engine, epoch, renewing)

    async def _execute(self, engine: LocalEngine, epoch: int, lost: asyncio.Event) -> None:
        starting = asyncio.ensure_future(engine.start())
        losing = asyncio.ensure_future(lost.wait())
        tasks: list[asyncio.Future[Any]] = [starting, losing]
        try:
            await asyncio.wait({starting, losing}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                return
            starting.result()
            self._engine = engine
            _log.info("lease_held", holder=self.options.holder, epoch=epoch)
            tasks += [asyncio.ensure_future(loop()) for loop in self._alongside]
            await losing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hand_over(self, engine: LocalEngine, epoch: int, renewing: asyncio.Task[None]) -> None:
        self._engine = self._seen = None
        try:
            await engine.stop(self._grace)
        finally:
            self._dropped.set()
            self._dropped = asyncio.Event()
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            with suppress(JournalError):
                await self._lease.release(epoch)

    async def _renew(self, epoch: int, lost: asyncio.Event) -> None:
        pause = self.options.seconds / 3
        while True:
            await asyncio.sleep(pause)
            try:
                await self._lease.renew(epoch)
                pause = self.options.seconds / 3
            except LeaseLostError as error:
                _log.error("lease_lost", error=str(error), hint="Another process executes the runs now.")
                lost.set()
                return
            except JournalError as error:
                pause = self.options.seconds / 12
                if not self._lease.valid:
                    _log.error("lease_expired", error=str(error), hint="Runs go on when PostgreSQL answers again.")
                    lost.set()
                    return
