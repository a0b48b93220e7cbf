"""A run's bars as the doors show them: moments, offsets in milliseconds, and not more items than were asked for."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from docchain.engine.definition import WorkflowSpec
from docchain.engine.definition.graph import read_graph
from docchain.engine.machine import state as s
from docchain.engine.machine.facts import Fact
from docchain.engine.machine.state import RunState
from docchain.features.runs.domain import micros, moment
from docchain.features.runs.schemas import Run
from docchain.features.runs.timeline import Course, Drawn, Stretch, mark_critical
from docchain.features.runs.timeline_schemas import Bar, Span, Timeline, WaitSpan


def timeline_of(
    run: Run, spec: WorkflowSpec | None, state: RunState, facts: Iterable[Fact], now: datetime, items: int
) -> Timeline:
    """The run's course; `items` are the most items of a step that get bars."""
    needs = read_graph(spec, []).needs if spec else {}
    course = Course(needs, facts)
    _draw_pending(course, needs, state, items)
    until = micros(run.ended_at or now)
    mark_critical(course, needs, until)
    shown, left_out = _some(course.bars, items)
    start = state.started_at
    kinds = {step.id: step.use for step in spec.steps} if spec else {}
    return Timeline(
        run=run.handle,
        status=run.status,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        as_of=now,
        duration_ms=_offset(until, start) if start else None,
        bars=[_bar(bar, start, kinds.get(bar.step, "")) for bar in shown],
        pauses=[Span(**_span(pause, start)) for pause in course.pauses],
        left_out=left_out,
    )


def _draw_pending(course: Course, needs: Any, state: RunState, items: int) -> None:
    """What could begin and may be under way: the journal hears of a step when it ends."""
    if state.ended_at is not None or not state.started_at:
        return
    drawn: Counter[str] = Counter()
    for name, step in state.steps.items():
        ready = bool(step.of) or all(state.steps[need].status in s.SETTLED for need in needs.get(name, ()))
        if step.status == s.PENDING and ready and drawn[step.of] <= items:
            course.bar(name, step.attempt)
            drawn[step.of] += bool(step.of)


def _some(bars: Iterable[Drawn], items: int) -> tuple[list[Drawn], dict[str, int]]:
    """All steps, and the first items of each; the critical one of them in any case."""
    shown: list[Drawn] = []
    places: dict[str, set[str]] = {}
    left_out: dict[str, set[str]] = {}
    for bar in sorted(bars, key=lambda bar: (bar.queued, _place(bar.name) or -1, bar.name, bar.attempt)):
        if bar.name != bar.step:
            known = places.setdefault(bar.step, set())
            if bar.name not in known and len(known) >= items and not bar.critical:
                left_out.setdefault(bar.step, set()).add(bar.name)
                continue
            known.add(bar.name)
        shown.append(bar)
    return shown, {step: len(names) for step, names in left_out.items()}


def _bar(bar: Drawn, start: int, kind: str) -> Bar:
    return Bar(
        name=bar.name,
        step=bar.step,
        item=_place(bar.name),
        attempt=bar.attempt,
        kind=kind,
        status=bar.status,
        queued_at=moment(bar.queued),
        started_at=_when(bar.started),
        ended_at=_when(bar.ended),
        queued_ms=_offset(bar.queued, start),
        started_ms=None if bar.started is None else _offset(bar.started, start),
        ended_ms=None if bar.ended is None else _offset(bar.ended, start),
        waits=[WaitSpan(reason=wait.reason, **_span(wait, start)) for wait in bar.waits],
        child=bar.child,
        critical=bar.critical,
    )


def _span(stretch: Stretch, start: int) -> dict[str, Any]:
    return {
        "started_at": moment(stretch.began),
        "ended_at": _when(stretch.ended),
        "started_ms": _offset(stretch.began, start),
        "ended_ms": None if stretch.ended is None else _offset(stretch.ended, start),
    }


def _place(name: str) -> int | None:
    _, item, place = name.partition("[")
    return int(place[:-1]) if item else None


def _offset(at: int, start: int) -> float:
    return (at - start) / 1_000


def _when(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
