"""What only the engine knows of a run: its steps right now, their inputs, their attempts, its facts."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from docchain.engine.definition import WorkflowSpec
from docchain.engine.machine.facts import Fact, Noted, Started
from docchain.engine.machine.state import CANCELLED, FAILED, REJECTED, RunState, StepState
from docchain.features.runs.again import Past
from docchain.features.runs.detail import RunView
from docchain.features.runs.domain import ALWAYS, ENDED, IN_DOUBT, POSSIBLE, is_parked, moment, status_of, wait_of
from docchain.features.runs.errors import (
    AnsweredElsewhere,
    NothingToRetry,
    NotPossibleNow,
    PayloadGone,
    RetryTheCaller,
    RunEnded,
    StepNotFound,
    StepNotWaiting,
)
from docchain.features.runs.logs import LogLine, LogQuery, page_of_logs
from docchain.features.runs.presenting import OUTPUT, awaited
from docchain.features.runs.schemas import HistoryEntry, Run
from docchain.features.runs.step_schemas import ItemPage, ItemQuery, RunDetail
from docchain.features.runs.timeline_schemas import Timeline
from docchain.features.runs.timeline_view import timeline_of
from docchain.platform.pagination import Page

APPROVAL = "approval"
MOST_NAMED = 20
_GLANCE = 0.02


class Engine(Protocol):
    """The side of an engine that doors see."""

    def wake(self) -> None: ...

    async def wait(self, run_id: UUID, within: float | None = None, *, or_asked: bool = False) -> RunState | None: ...

    async def state(self, run_id: UUID) -> RunState | None: ...

    async def history(self, run_id: UUID) -> list[Fact]: ...

    async def course(self, run_id: UUID) -> tuple[RunState | None, list[Fact]]: ...

    async def definition(self, digest: str) -> WorkflowSpec | None: ...


class LiveRuns:
    """The run list lags a little behind the engine; whoever asks about one run is told the present."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def present(self, run: Run) -> Run:
        """The run as it stands now."""
        state = await self._engine.state(run.id)
        return run if state is None else merged(run, state)

    async def finished(self, run: Run, seconds: float) -> Run:
        """The run at its end, when only a person can move it, or as it stands when the time is up."""
        state = await self._engine.wait(run.id, seconds, or_asked=True)
        return await self.present(run) if state is None else merged(run, state)

    async def finished_again(self, run: Run, seconds: float) -> Run:
        """The run at its next end: the engine reads a moment later that an ended run is to go on."""
        until = time.monotonic() + seconds
        while (present := await self.present(run)).ended_at == run.ended_at and time.monotonic() < until:  # noqa: ASYNC110 (nobody tells when an order was read)
            await asyncio.sleep(_GLANCE)
        return await self.finished(present, max(until - time.monotonic(), 0))

    async def detail(self, run: Run) -> RunDetail:
        state, facts = await self._engine.course(run.id)
        if state is None:
            return RunDetail(**dict(run), steps=[])
        view = await self._view(run, state, facts)
        present = dict(merged(run, state))
        return RunDetail(**present, steps=view.steps(), cost=view.cost()) if view else RunDetail(**present, steps=[])

    async def items(self, run: Run, step: str, wanted: ItemQuery) -> ItemPage:
        """Some items of a step that maps."""
        state, facts = await self._engine.course(run.id)
        view = await self._view(run, state, facts) if state else None
        if view is None:
            raise StepNotFound(step, [])
        return view.items(step, wanted)

    async def _view(self, run: Run, state: RunState, facts: Sequence[Fact]) -> RunView | None:
        spec = await self._engine.definition(run.definition)
        return RunView(spec, state, facts) if spec else None

    async def history(self, run: Run) -> list[HistoryEntry]:
        """What happened; what steps noted beside it has pages of its own."""
        return [_entry(fact) for fact in await self._engine.history(run.id) if not isinstance(fact, Noted)]

    async def logs(self, run: Run, wanted: LogQuery) -> Page[LogLine]:
        """Some of the lines that its steps logged."""
        state, facts = await self._engine.course(run.id)
        if wanted.step is not None and (state is None or wanted.step not in state.steps):
            raise StepNotFound(wanted.step, list(state.steps)[:MOST_NAMED] if state else [])
        return page_of_logs(str(run.id), facts, wanted)

    async def timeline(self, run: Run, now: datetime, items: int) -> Timeline:
        """Its course in time, with bars for so many items of a step."""
        state, facts = await self._engine.course(run.id)
        if state is None:
            return timeline_of(run, None, RunState(str(run.id), {}), [], now, items)
        spec = await self._engine.definition(run.definition)
        return timeline_of(merged(run, state), spec, state, facts, now, items)

    async def check_open(self, run: Run) -> None:
        """Refuse a run that has ended, even if the list does not know yet."""
        present = await self.present(run)
        if present.status in ENDED:
            raise RunEnded(present.handle, present.status)

    async def check_possible(self, run: Run, action: str) -> None:
        """Refuse what the run's present state does not allow."""
        state = await self._engine.state(run.id)
        present = run if state is None else merged(run, state)
        possible = POSSIBLE[present.status]
        if state is not None and state.stopping and action == "pause":
            raise NotPossibleNow(run.handle, f"ending ({state.stopping})", action, ALWAYS)
        if action in possible:
            return
        if present.status in ENDED and action != "retry":
            raise RunEnded(run.handle, present.status)
        raise NotPossibleNow(run.handle, present.status, action, (*possible, *ALWAYS))

    async def check_retry(self, run: Run, steps: Sequence[str]) -> Sequence[str]:
        """Refuse to try again what neither failed nor was cancelled; of a rejected run, ask again what was rejected."""
        if run.purged_at is not None:
            raise PayloadGone(run.handle)
        if run.parent is not None:
            raise RetryTheCaller(run.handle, run.parent.run, run.parent.step)
        await self.check_possible(run, "retry")
        state = await self._engine.state(run.id)
        if state is None:
            return steps
        if state.status == REJECTED and not steps:
            return [state.failed_step]
        again = {FAILED, CANCELLED}
        known = [name for name, step in state.steps.items() if step.status in again or name == state.failed_step]
        for name in steps:
            if name not in state.steps:
                raise StepNotFound(name, list(state.steps)[:MOST_NAMED])
            if name not in known:
                raise NothingToRetry(name, state.steps[name].status, known[:MOST_NAMED])
        return steps

    async def past(self, run: Run) -> Past:
        """What there is to restart or fork the run from."""
        state, history = await self._engine.course(run.id)
        followed = await self._engine.definition(run.definition)
        started = history[0] if history and isinstance(history[0], Started) else None
        return Past(followed, started, state if started else None)

    async def check_wait(self, run: Run, step: str, signal: str) -> int:
        """Refuse a signal that the step does not wait for; return the attempt that waits."""
        found = await self._step(run, step)
        waits = wait_of(found)
        if is_parked(found):
            raise StepNotWaiting(
                f"Step {step!r} is parked: say what became of its effect with POST /runs/{{id}}/resolve."
            )
        if waits == (found.request or {}).get("kind") == APPROVAL:
            raise AnsweredElsewhere(step)
        if waits is None:
            raise StepNotWaiting(f"Step {step!r} does not wait, it is {found.status}.")
        if found.signal != signal:
            raise StepNotWaiting(f"Step {step!r} does not wait for {signal!r}, it waits for {waits}.")
        return found.attempt

    async def check_parked(self, run: Run, step: str) -> int:
        """Refuse to resolve a step whose effect is not in doubt; return the attempt that is."""
        found = await self._step(run, step)
        if not is_parked(found):
            waits = wait_of(found)
            instead = f"it waits for {waits}" if waits else f"it is {found.status}"
            raise StepNotWaiting(f"Step {step!r} is not parked, {instead}.")
        return found.attempt

    async def _step(self, run: Run, step: str) -> StepState:
        await self.check_open(run)
        state = await self._engine.state(run.id)
        if state is None:
            raise StepNotWaiting(f"{run.handle} has not begun yet; try again in a moment.")
        if step not in state.steps:
            raise StepNotFound(step, list(state.steps))
        return state.steps[step]


def merged(run: Run, state: RunState) -> Run:
    """A row of the list, brought to the present."""
    waits = {name: reason for name, step in state.steps.items() if (reason := wait_of(step))}
    started_at = _moment(state.started_at or None)
    return run.model_copy(
        update={
            "status": status_of(state),
            "waits": waits,
            "in_doubt": IN_DOUBT in waits.values(),
            "output": state.output,
            "omitted": [name for name in run.omitted if name != OUTPUT],
            "failure": state.failure or None,
            "message": state.message or None,
            "failed_step": state.failed_step or None,
            "start_at": awaited(run.start_at, started_at),
            "started_at": started_at,
            "ended_at": _moment(state.ended_at),
        }
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment(micros)


def _entry(fact: Fact) -> HistoryEntry:
    data: dict[str, Any] = msgspec.to_builtins(fact)
    at, name, step = data.pop("at"), data.pop("fact"), data.pop("step", None)
    return HistoryEntry(at=moment(at), fact=name, step=step or None, data=data)
