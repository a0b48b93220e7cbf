"""After a crash: an engine finds many unfinished runs, is ready soon, and all of them finish."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import uvloop

from bench.figures import Figure, below, busy, memory_mb, show
from bench.kinds import KINDS, bare, chain
from bench.loads import starter
from bench.places import Place, Places
from bench.unfinished import Left, leave
from docchain.engine import LocalEngine
from docchain.engine.machine.facts import Done, Fact, Started

T = TypeVar("T")
UNFINISHED: Final = 100_000
STEPS: Final = 8
DONE: Final = 5


@dataclass(frozen=True, slots=True)
class Recovered:
    """Seconds and megabytes; `newcomer` counts from ready to the end of a run that was started then."""

    ready: float
    newcomer: float
    finished: float
    added_ready: float
    added_peak: float
    read: float


def _left(number: int, started: Started) -> Left:
    """Six facts in two commits; the sixth step is next."""
    done: list[Fact] = [Done(started.at + place, f"s{place}", 1, {"value": number}) for place in range(DONE)]
    return [[started, *done[:2]], done[2:]], True, None


async def _recover(place: Place) -> Recovered:
    read = await _read_plainly(place)
    engine = LocalEngine(place.journal(), KINDS)
    before = memory_mb()
    began = time.perf_counter()
    await engine.start()
    ready = time.perf_counter()
    added_ready = memory_mb() - before
    await starter(engine, bare("echo"))()
    newcomer = time.perf_counter()
    await _all_finished(engine, place)
    finished = time.perf_counter()
    peak = memory_mb("VmHWM") - before
    await engine.stop()
    return Recovered(ready - began, newcomer - ready, finished - began, added_ready, peak, read)


async def _read_plainly(place: Place) -> float:
    """The probe: read the same facts as anybody would, and keep none."""
    journal = place.journal()
    await journal.open()
    began, position = time.perf_counter(), 0
    while rows := await journal.entries_after(position, 5_000):
        for _, _, facts in rows:
            json.loads(facts)
        position = rows[-1][0]
    await journal.close()
    return time.perf_counter() - began


async def _all_finished(engine: LocalEngine, place: Place) -> None:
    """Look into the journal whenever the engine has committed nothing for a while."""
    journal = place.journal()
    await journal.open()
    commits = -1
    while commits != engine.commits or await journal.active_runs():
        commits = engine.commits
        await asyncio.sleep(0.5)
    await journal.close()


def recover(place: Place) -> Recovered:
    return uvloop.run(_recover(place))


def apart(measure: Callable[[Place], T], place: Place) -> T:
    """In a process of its own, so that memory is the engine's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, place).result()


def run(places: Places, scale: float) -> None:
    runs = int(UNFINISHED * scale)
    with places.empty() as place:
        asyncio.run(leave(place.journal(), chain(STEPS), range(runs), _left))
        with busy(f"recovering {runs:,} runs"):
            found = apart(recover, place)
    plain = f"probe reads all facts in {found.read:.2f} s"
    figures = [
        below("engine ready", found.ready, "s", 5, plain),
        below("a new run ended, after ready", found.newcomer, "s", 1),
        below("memory added when ready", found.added_ready, "MB", 150),
        below("memory added at most", found.added_peak, "MB", 150),
        Figure("all of them finished", f"{found.finished:.1f} s", f"{3 * runs / found.finished:,.0f} steps/s"),
    ]
    show(f"recovery of {runs:,} unfinished runs of six facts, {places.database}", figures)
