"""Step kinds of bulk orders: act on one run, and watch the first runs to their end. Only the product uses them."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar, Final

from pydantic import Field

from docchain.engine.durations import parse_duration
from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.engine.machine.state import PAUSED, SUCCEEDED, RunState
from docchain.features.runs.again import AgainService, Definitions
from docchain.features.runs.bulk_requests import STARTING, Action
from docchain.features.runs.control_requests import ForkRequest, RestartRequest
from docchain.features.runs.domain import ENDED, moment
from docchain.features.runs.key_repository import KeyRepository
from docchain.features.runs.live import Engine, LiveRuns
from docchain.features.runs.orders import SYSTEM
from docchain.features.runs.schemas import Run
from docchain.features.runs.service import RunService
from docchain.features.runs.tables import RunKeyRow
from docchain.platform.database import Database
from docchain.platform.errors import Busy, Refusal
from docchain.platform.work import Actor, Work

_SCOPE: Final = "bulk"
_REMEMBERED: Final = timedelta(days=30)
_POLL: Final = (0.05, 2.0)


class ControlParams(Params):
    run: str = Field(description="Handle of the run.")
    action: Action
    order: dict[str, Any] = Field(default_factory=dict, description="What it is told beside the action.")


class ControlResult(Result):
    """`made`: the run that was started; `ended_at`: when the run had ended before."""

    run: str
    made: str | None = None
    ended_at: datetime | None = None


class WatchParams(Params):
    action: Action
    runs: list[ControlResult]
    within: str


class WatchResult(Result):
    ended: list[str]


class Controls:
    """What the kinds of bulk orders work with; the engine comes later, for it is built of kinds."""

    def __init__(self, database: Database, definitions: Definitions) -> None:
        self.database = database
        self.definitions = definitions
        self._engine: Engine | None = None

    def connect(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise StepError("Runs cannot be controlled here: no engine is connected.", FailureClass.UNAVAILABLE)
        return self._engine


class ControlRun(StepKind):
    """Act on one run for a bulk order; other workflows cannot use it."""

    name = "runs.control"
    title = "Control a run"
    effect = Effect.IDEMPOTENT
    internal = True
    params: ClassVar = ControlParams
    result: ClassVar = ControlResult

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def run(self, params: ControlParams, context: StepContext) -> ControlResult:
        try:
            return await self._act(params, context)
        except Busy as refusal:
            raise StepError(refusal.detail, FailureClass.UNAVAILABLE, hint=refusal.hint) from None
        except Refusal as refusal:
            raise StepError(refusal.detail, FailureClass.BAD_INPUT, hint=refusal.hint) from None

    async def _act(self, params: ControlParams, context: StepContext) -> ControlResult:
        """Checked, then done together with the record that it is done; a repeat finds the record."""
        controls, actor = self._controls, _actor(context)
        found, done = await controls.database.read(lambda work: _look(work, params.run, context), actor)
        state = await controls.engine.state(found.id)
        if done is None:
            order = await self._prepared(params, found, LiveRuns(controls.engine))
            done = await controls.database.write(lambda work: _once(work, context, found, order), actor)
            controls.engine.wake()
        return ControlResult(run=found.handle, made=done or None, ended_at=_ended_at(state))

    async def _prepared(self, params: ControlParams, found: Run, live: LiveRuns) -> Callable[[Work], Run]:
        """Refuse what the run's state does not allow; return what is to be done."""
        action, reason = params.action, params.order.get("reason", "")
        if action in STARTING:
            return await self._another(params, found, live)
        if action == "retry":
            steps = await live.check_retry(found, ())
            return lambda work: RunService(work).retry(found.handle, steps, reason)
        await live.check_possible(found, action)
        orders: dict[str, Callable[[RunService], Run]] = {
            "cancel": lambda runs: runs.cancel(found.handle, reason),
            "pause": lambda runs: runs.pause(found.handle, reason),
            "resume": lambda runs: runs.resume(found.handle),
        }
        return lambda work: orders[action](RunService(work))

    async def _another(self, params: ControlParams, found: Run, live: LiveRuns) -> Callable[[Work], Run]:
        past, definitions = await live.past(found), self._controls.definitions
        if params.action == "restart":
            restart = RestartRequest.model_validate(params.order)
            return lambda work: AgainService(work, definitions).restart(found.handle, restart, past)
        fork = ForkRequest.model_validate(params.order)
        return lambda work: AgainService(work, definitions).fork(found.handle, fork, past)


class WatchRuns(StepKind):
    """Wait until the first runs of a bulk order have ended well; fail as soon as one did not."""

    name = "runs.watch"
    title = "Watch the canary"
    effect = Effect.IDEMPOTENT
    internal = True
    params: ClassVar = WatchParams
    result: ClassVar = WatchResult

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def run(self, params: WatchParams, context: StepContext) -> WatchResult:
        end = monotonic() + parse_duration(params.within) / 1_000_000
        actor = _actor(context)
        for result in params.runs:
            handle = result.made or result.run
            found = await self._controls.database.read(lambda work, of=handle: RunService(work).read(of), actor)  # type: ignore[misc] # a lambda's default is of its type
            await self._ends_well(found, result, params, end)
        return WatchResult(ended=[result.made or result.run for result in params.runs])

    async def _ends_well(self, run: Run, result: ControlResult, params: WatchParams, end: float) -> None:
        pause = _POLL[0]
        while True:
            state = await self._controls.engine.state(run.id)
            verdict = _verdict(params.action, state, result)
            if verdict:
                return
            if verdict is False:
                raise StepError(f"{run.handle} did not end well, so the other runs are left alone.", _STOP, hint=_HINT)
            if monotonic() >= end:
                message = f"{run.handle} did not end within {params.within}, so the other runs are left alone."
                raise StepError(message, _STOP, hint=_HINT)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _POLL[1])


_STOP: Final = FailureClass.DENIED
_HINT: Final = "Look at that run; then order the rest anew."


def _verdict(action: str, state: RunState | None, result: ControlResult) -> bool | None:
    """Whether the run came out as it should; `None` as long as nobody can say."""
    if state is None:
        return None
    if action == "pause" and state.status == PAUSED:
        return True
    if state.status not in ENDED:
        return None
    if action in {"cancel", "pause"} or state.status == SUCCEEDED:
        return True
    has_not_begun_again = action == "retry" and _ended_at(state) == result.ended_at
    return None if has_not_begun_again else False


def _ended_at(state: RunState | None) -> datetime | None:
    return None if state is None or state.ended_at is None else moment(state.ended_at)


def _actor(context: StepContext) -> Actor:
    return Actor(None, context.actor, context.workspace_id)


def _look(work: Work, reference: str, context: StepContext) -> tuple[Run, str | None]:
    """The run, and what was made of it already; `None` if nothing was done yet."""
    runs = RunService(work)
    if runs.read(str(context.run_id)).origin != SYSTEM:
        raise StepError("Only bulk orders control runs; send one with POST /runs/bulk.", FailureClass.DENIED)
    found = runs.read(reference)
    row = KeyRepository(work.session).find(_SCOPE, context.effect_key)
    return found, None if row is None else _made(work, found, row)


def _once(work: Work, context: StepContext, found: Run, order: Callable[[Work], Run]) -> str:
    """Do it together with the record that it is done; return the handle of the run it made, if any."""
    keys = KeyRepository(work.session)
    row, is_new = keys.claim(_SCOPE, context.effect_key, found.id, work.now + _REMEMBERED)
    if is_new:
        row.run_id = order(work).id
    return _made(work, found, row)


def _made(work: Work, found: Run, row: RunKeyRow) -> str:
    return "" if row.run_id == found.id else RunService(work).read(str(row.run_id)).handle


def control_kinds(controls: Controls) -> list[StepKind]:
    return [ControlRun(controls), WatchRuns(controls)]
