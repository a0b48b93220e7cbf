"""Durable three-step runs a second and the latency of one alone, each beside the bare journal in the same run."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop

from bench.kinds import KINDS, bare, full
from bench.timing import probe_milliseconds, probe_runs_per_second
from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_inputs, read_spec
from docchain.engine.doors import StartRun
from docchain.engine.journal import SqliteJournal
from docchain.features.approvals import ApprovalReader
from docchain.features.documents import DocumentReader
from docchain.features.runs import CommandLog, JournalLoop, RunOrder, RunProjector, RunService
from docchain.platform import memory
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.schema import ensure_current
from docchain.platform.work import Actor

IN_FLIGHT = 256
RUNS = 20_000
ALONE = 300
WORKSPACE = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Times in milliseconds; commits of the engine's journal, one fsync each."""

    runs_per_second: float
    commits_per_run: float
    alone_ms: float
    alone_commits: float


Start = Callable[[], Awaitable[None]]


def starter(engine: LocalEngine, definition: dict[str, Any]) -> Start:
    """Start a run and return when its end is durable."""
    spec = read_spec(definition)
    plan, body = compile_plan(spec, KINDS), canonical(spec)

    async def start() -> None:
        values, _ = read_inputs(spec, {"number": 1} if spec.inputs else {})
        run_id = new_id()
        engine.submit(StartRun(0, run_id, WORKSPACE, plan.digest, values, label=plan.workflow), plan, body)
        state = await engine.wait(run_id)
        if state is None or state.status != "succeeded":
            raise RuntimeError(f"a run of the benchmark ended as {state and state.status}")

    return start


async def _throughput(start: Start, runs: int, caught_up: Start) -> float:
    """Runs a second with `IN_FLIGHT` at a time, until the readers know of all of them."""
    await start()
    numbers = iter(range(runs))

    async def client() -> None:
        for _ in numbers:
            await start()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    await caught_up()
    return runs / (time.perf_counter() - began)


async def _alone(start: Start) -> float:
    times: list[float] = []
    for _ in range(ALONE):
        began = time.perf_counter()
        await start()
        times.append(time.perf_counter() - began)
    return sorted(times)[ALONE // 2] * 1_000


async def _measure(engine: LocalEngine, definition: dict[str, Any], runs: int, caught_up: Start) -> Measured:
    start = starter(engine, definition)
    before = engine.commits
    speed = await _throughput(start, runs, caught_up)
    middle = engine.commits
    alone = await _alone(start)
    return Measured(speed, (middle - before) / runs, alone, (engine.commits - middle) / ALONE)


async def _nothing() -> None:
    pass


async def _engine_alone(folder: Path, definition: dict[str, Any], runs: int) -> Measured:
    engine = LocalEngine(SqliteJournal(folder / "journal.db"), KINDS)
    await engine.start()
    try:
        return await _measure(engine, definition, runs, _nothing)
    finally:
        await engine.stop()


async def _everything(folder: Path, runs: int) -> Measured:
    """With the run list, the event log and the readers of documents and approvals."""
    url = f"sqlite:///{folder / 'app.db'}"
    await ensure_current(url)
    database = Database(url)
    engine = LocalEngine(SqliteJournal(folder / "journal.db"), KINDS, CommandLog(database))
    journal = JournalLoop(database, engine, [RunProjector(), ApprovalReader(), DocumentReader()])
    await engine.start()
    reading = asyncio.create_task(journal.run())
    try:
        measured = await _measure(engine, full(), runs, journal.catch_up)
        await _answered_early(engine, database)
        return measured
    finally:
        reading.cancel()
        await engine.stop()
        await database.close()


async def _answered_early(engine: LocalEngine, database: Database) -> None:
    """Through a door: the order is durable before the run begins."""
    spec = read_spec(full())
    actor = Actor(None, "bench", WORKSPACE)
    order = RunOrder(spec, {"number": 1})
    accepted: list[float] = []
    ended: list[float] = []
    before = engine.commits
    for _ in range(ALONE):
        began = time.perf_counter()
        run = await database.write(lambda work: RunService(work).start(order), actor)
        accepted.append(time.perf_counter() - began)
        engine.wake()
        await engine.wait(run.id)
        ended.append(time.perf_counter() - began)
    middle = ALONE // 2
    print(
        f"\nanswered early, one run alone: accepted after {sorted(accepted)[middle] * 1_000:.2f} ms p50, ended after "
        f"{sorted(ended)[middle] * 1_000:.2f} ms; {1 + (engine.commits - before) / ALONE:.2f} fsyncs to its end "
        "(budget 2.5), the order's included"
    )


def main(runs: int = RUNS) -> None:
    memory.settle()
    cases: list[tuple[str, float, Callable[[Path], Coroutine[Any, Any, Measured]]]] = [
        ("everything on", 0.5, lambda folder: _everything(folder, runs)),
        ("bare engine", 1.0, lambda folder: _engine_alone(folder, bare("echo"), runs)),
        ("every step external", 0.4, lambda folder: _engine_alone(folder, bare("send"), runs // 2)),
    ]
    for name, budget, measure in cases:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            before = probe_runs_per_second(folder / "before.db", runs, IN_FLIGHT)
            fact = probe_milliseconds(folder / "fact_before.db")
            measured = uvloop.run(measure(folder))
            after = probe_runs_per_second(folder / "after.db", runs, IN_FLIGHT)
            fact = (fact + probe_milliseconds(folder / "fact_after.db")) / 2
        _print(name, measured, (before + after) / 2, budget, fact)


def _print(name: str, measured: Measured, probe: float, budget: float, fact: float) -> None:
    share = measured.runs_per_second / probe
    print(f"\n{name}, 3 steps a run, {IN_FLIGHT} runs in flight, SQLite WAL synchronous=FULL")
    print(f"  runs/s            {measured.runs_per_second:10,.0f}   steps/s {3 * measured.runs_per_second:,.0f}")
    print(f"  bare journal      {probe:10,.0f}   5 facts a run, each awaited; mean of before and after")
    print(f"  share             {share:10.0%}   budget ≥ {budget:.0%}   {'met' if share >= budget else 'MISSED'}")
    print(f"  fsyncs a run      {measured.commits_per_run:10.3f}   of the journal, one a group commit")
    print(
        f"  one run alone     {measured.alone_ms:10.2f} ms p50, {measured.alone_commits:.2f} fsyncs (budget 1.5); "
        f"one fact of the probe {fact:.2f} ms, ratio {measured.alone_ms / fact:.2f} (budget 1.5)"
    )
