"""Durable three-step runs a second and the latency of one alone, each beside the bare journal in the same run."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import uvloop

from bench.figures import Figure, below, percentile, share, show
from bench.journal_probe import probe_milliseconds, probe_runs_per_second
from bench.kinds import KINDS, bare, full
from bench.loads import ALONE, IN_FLIGHT, WORKSPACE, Start, milliseconds_alone, nothing, runs_per_second, starter
from bench.places import Place, Places
from docchain.engine import LocalEngine
from docchain.engine.definition import read_spec
from docchain.features.approvals import ApprovalReader
from docchain.features.documents import DocumentReader
from docchain.features.runs import CommandLog, JournalLoop, RunOrder, RunProjector, RunService
from docchain.platform.database import Database
from docchain.platform.schema import ensure_current
from docchain.platform.work import Actor

BARE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Times in milliseconds; commits of the engine's journal, one fsync each."""

    runs_per_second: float
    commits_per_run: float
    alone_ms: float
    alone_commits: float


@dataclass(frozen=True, slots=True)
class House:
    """An engine with everything on: commands from the database, the run list, the event log, all readers."""

    engine: LocalEngine
    database: Database
    journal: JournalLoop


@asynccontextmanager
async def everything(place: Place) -> AsyncIterator[House]:
    await ensure_current(place.url)
    database = Database(place.url)
    engine = LocalEngine(place.journal(), KINDS, CommandLog(database))
    journal = JournalLoop(database, engine, [RunProjector(), ApprovalReader(), DocumentReader()])
    await engine.start()
    reading = asyncio.create_task(journal.run())
    try:
        yield House(engine, database, journal)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await engine.stop()
        await database.close()


async def _measure(engine: LocalEngine, definition: dict[str, Any], runs: int, caught_up: Start) -> Measured:
    start = starter(engine, definition)
    before = engine.commits
    speed = await runs_per_second(start, runs, caught_up)
    middle = engine.commits
    alone = await milliseconds_alone(start)
    return Measured(speed, (middle - before) / runs, alone, (engine.commits - middle) / ALONE)


async def _engine_alone(place: Place, definition: dict[str, Any], runs: int) -> Measured:
    engine = LocalEngine(place.journal(), KINDS)
    await engine.start()
    try:
        return await _measure(engine, definition, runs, nothing)
    finally:
        await engine.stop()


async def _everything_on(place: Place, runs: int) -> Measured:
    async with everything(place) as house:
        return await _measure(house.engine, full(), runs, house.journal.catch_up)


async def _answered_early(place: Place) -> list[Figure]:
    """Through a door: the order is durable before the run begins."""
    actor = Actor(None, "bench", WORKSPACE)
    order = RunOrder(read_spec(full()), {"number": 1})
    accepted: list[float] = []
    ended: list[float] = []
    async with everything(place) as house:
        before = house.engine.commits
        for _ in range(ALONE):
            began = time.perf_counter()
            run = await house.database.write(lambda work: RunService(work).start(order), actor)
            accepted.append(time.perf_counter() - began)
            house.engine.wake()
            await house.engine.wait(run.id)
            ended.append(time.perf_counter() - began)
        fsyncs = 1 + (house.engine.commits - before) / ALONE
    return [
        Figure("accepted, p50", f"{percentile(accepted, 0.5) * 1_000:.2f} ms"),
        Figure("ended, p50", f"{percentile(ended, 0.5) * 1_000:.2f} ms"),
        below("to its end", fsyncs, "fsyncs", 2.5, "the order's included"),
    ]


def _beside_probe(
    places: Places, runs: int, least: float, measure: Callable[[Place], Coroutine[Any, Any, Measured]]
) -> list[Figure]:
    """The probe before and after, and the mean of both; the budgets of one run alone are a pure run's."""
    with places.empty() as place:
        speed, fact = probe_runs_per_second(place, runs, IN_FLIGHT), probe_milliseconds(place)
        found = uvloop.run(measure(place))
        speed = (speed + probe_runs_per_second(place, runs, IN_FLIGHT)) / 2
        fact = (fact + probe_milliseconds(place)) / 2
    most = 1.5 if least == BARE else None
    beside = f"{found.alone_ms:.2f} ms; probe's fact {fact:.2f} ms"
    return [
        share("runs a second", found.runs_per_second, speed, least, "runs/s"),
        Figure("journal's fsyncs a run", f"{found.commits_per_run:.3f}"),
        below("one run alone, p50", found.alone_ms / fact, "x", most, beside),
        below("one run alone", found.alone_commits, "fsyncs", most),
    ]


def run(places: Places, scale: float) -> None:
    runs = int(20_000 * scale)
    cases: list[tuple[str, float, int, Callable[[Place], Coroutine[Any, Any, Measured]]]] = [
        ("everything on", 0.5, runs, lambda place: _everything_on(place, runs)),
        ("bare engine", BARE, runs, lambda place: _engine_alone(place, bare("echo"), runs)),
        ("every step external", 0.4, runs // 2, lambda place: _engine_alone(place, bare("send"), runs // 2)),
    ]
    for name, least, count, measure in cases:
        figures = _beside_probe(places, count, least, measure)
        show(f"{name}, 3 steps a run, {IN_FLIGHT} in flight, {places.database}", figures)
    with places.empty() as place:
        show(f"one run through a door, answered early, {places.database}", uvloop.run(_answered_early(place)))
