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

from bench import journal_probe
from bench.kinds import KINDS, bare, full
from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_inputs, read_spec
from docchain.engine.doors import StartRun
from docchain.features.documents import DocumentReader
from docchain.features.runs import JournalLoop, RunProjector
from docchain.platform import memory
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.schema import ensure_current

IN_FLIGHT = 256
RUNS = 20_000
ALONE = 300
WORKSPACE = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Measured:
    runs_per_second: float
    commits_per_run: float
    alone_ms: float
    alone_commits: float


@dataclass(slots=True)
class Subject:
    """An engine with one workflow; `listed` says whether run list and event log are written too."""

    engine: LocalEngine
    definition: dict[str, Any]
    database: Database | None = None

    def starter(self) -> Callable[[], Awaitable[None]]:
        spec = read_spec(self.definition)
        plan, body = compile_plan(spec, KINDS), canonical(spec)

        async def start() -> None:
            values, _ = read_inputs(spec, {"number": 1} if spec.inputs else {})
            run_id = new_id()
            self.engine.submit(StartRun(0, run_id, WORKSPACE, plan.digest, values, label=plan.workflow), plan, body)
            state = await self.engine.wait(run_id)
            if state is None or state.status != "succeeded":
                raise RuntimeError(f"a run of the benchmark ended as {state and state.status}")

        return start


async def _measure(subject: Subject, runs: int) -> Measured:
    start = subject.starter()
    await start()
    numbers = iter(range(runs))

    async def client() -> None:
        for _ in numbers:
            await start()

    commits, began = subject.engine.commits, time.perf_counter()
    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    took, commits = time.perf_counter() - began, subject.engine.commits - commits
    alone: list[float] = []
    before = subject.engine.commits
    for _ in range(ALONE):
        began = time.perf_counter()
        await start()
        alone.append(time.perf_counter() - began)
    return Measured(
        runs / took,
        commits / runs,
        sorted(alone)[ALONE // 2] * 1_000,
        (subject.engine.commits - before) / ALONE,
    )


async def _engine_alone(folder: Path, definition: dict[str, Any], runs: int) -> Measured:
    engine = LocalEngine(folder / "journal.db", KINDS)
    await engine.start()
    try:
        return await _measure(Subject(engine, definition), runs)
    finally:
        await engine.stop()


async def _everything(folder: Path, runs: int) -> Measured:
    """With the run list and the event log; the readers must have caught up before the clock stops."""
    url = f"sqlite:///{folder / 'app.db'}"
    await ensure_current(url)
    database = Database(url)
    engine = LocalEngine(folder / "journal.db", KINDS)
    journal = JournalLoop(database, engine, [RunProjector(), DocumentReader()])
    await engine.start()
    reading = asyncio.create_task(journal.run())
    try:
        began = time.perf_counter()
        measured = await _measure(Subject(engine, full(), database), runs)
        measured_for = time.perf_counter() - began
        await journal.catch_up()
        lag = time.perf_counter() - began - measured_for
        share = runs / (runs / measured.runs_per_second + lag)
        return Measured(share, measured.commits_per_run, measured.alone_ms, measured.alone_commits)
    finally:
        reading.cancel()
        await engine.stop()
        await database.close()


def main(runs: int = RUNS) -> None:
    memory.settle()
    rows: list[tuple[str, Measured, float, float]] = []
    cases: list[tuple[str, float, Callable[[Path], Coroutine[Any, Any, Measured]]]] = [
        ("everything on", 0.5, lambda folder: _everything(folder, runs)),
        ("bare engine", 1.0, lambda folder: _engine_alone(folder, bare("echo"), runs)),
        ("every step external", 0.4, lambda folder: _engine_alone(folder, bare("send"), runs // 2)),
    ]
    for name, budget, measure in cases:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            before = uvloop.run(journal_probe.runs_per_second(folder / "before.db", runs, IN_FLIGHT))
            measured = uvloop.run(measure(folder))
            after = uvloop.run(journal_probe.runs_per_second(folder / "after.db", runs, IN_FLIGHT))
            rows.append((name, measured, (before + after) / 2, budget))
            commit = journal_probe.commit_milliseconds(folder / "commit.db")
        _print(*rows[-1], commit)


def _print(name: str, measured: Measured, probe: float, budget: float, commit: float) -> None:
    share = measured.runs_per_second / probe
    print(f"\n{name}, 3 steps a run, {IN_FLIGHT} runs in flight, SQLite WAL synchronous=FULL")
    print(f"  runs/s            {measured.runs_per_second:10,.0f}   steps/s {3 * measured.runs_per_second:,.0f}")
    print(f"  bare journal      {probe:10,.0f}   5 facts a run, each in its own row, mean of before and after")
    print(f"  share             {share:10.0%}   budget ≥ {budget:.0%}   {'met' if share >= budget else 'MISSED'}")
    print(f"  fsyncs a run      {measured.commits_per_run:10.3f}   one a group commit")
    print(
        f"  one run alone     {measured.alone_ms:10.2f} ms p50, {measured.alone_commits:.2f} fsyncs; "
        f"one commit of the probe {commit:.2f} ms, ratio {measured.alone_ms / commit:.2f}"
    )
