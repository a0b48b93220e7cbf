"""A million runs that wait: next to no memory, and those whose moment comes go on in time."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import uvloop

from bench.figures import below, busy, memory_mb, percentile, show
from bench.kinds import KINDS, bare
from bench.places import Place, Places
from bench.recovery import apart
from bench.unfinished import Left, leave
from docchain.engine import LocalEngine
from docchain.engine.machine.facts import Ended, Fired, Started, Waiting

RUNS: Final = 1_000_000
SOON: Final = 10_000
"""So many come due while the engine is watched, spread over `WINDOW` seconds; the others within a year."""
WINDOW: Final = 10
_LEAD: Final = 8
_SECOND: Final = 1_000_000
_YEAR: Final = 365 * 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Watched:
    """Megabytes of the whole process and of the engine; lateness in milliseconds."""

    memory: float
    added: float
    ready: float
    late: list[float]
    timers_late: list[float]


def _later(number: int, started: Started) -> Left:
    return _waits(started, started.at + 600 * _SECOND + number * 7_919_000 % _YEAR)


def _waits(started: Started, due: int) -> Left:
    return [[started, Waiting(started.at, "a", 1, until=due)]], False, due


async def _watch(place: Place) -> Watched:
    before = memory_mb()
    engine = LocalEngine(place.journal(), KINDS)
    late: list[float] = []
    began = time.perf_counter()
    await engine.start()
    ready = time.perf_counter() - began
    position = await _position(place)
    timers = asyncio.create_task(_plain_timers())
    await asyncio.sleep(_LEAD + WINDOW + 4)
    memory = memory_mb("VmHWM")
    while entries := await engine.entries_after(position):
        for entry in entries:
            position, due = entry.position, next((fact.due for fact in entry.facts if isinstance(fact, Fired)), None)
            late.extend((fact.at - due) / 1_000 for fact in entry.facts if isinstance(fact, Ended) and due)
    await engine.stop()
    return Watched(memory, memory - before, ready, late, await timers)


async def _position(place: Place) -> int:
    journal = place.journal()
    await journal.open()
    position = await journal.last_position()
    await journal.close()
    return position


async def _plain_timers() -> list[float]:
    """The probe: how late the event loop's own timers are meanwhile."""
    late = []
    for _ in range(WINDOW * 20):
        due = time.perf_counter() + 0.05
        await asyncio.sleep(0.05)
        late.append((time.perf_counter() - due) * 1_000)
    return late


def watch(place: Place) -> Watched:
    return uvloop.run(_watch(place))


def run(places: Places, scale: float) -> None:
    runs, soon = int(RUNS * scale), int(SOON * scale)
    with places.empty() as place:
        asyncio.run(leave(place.journal(), bare("echo"), range(runs - soon), _later))
        opened = time.time_ns() // 1_000 + _LEAD * _SECOND

        def due_soon(number: int, started: Started) -> Left:
            return _waits(started, opened + (number - runs + soon) * WINDOW * _SECOND // soon)

        asyncio.run(leave(place.journal(), bare("echo"), range(runs - soon, runs), due_soon))
        with busy(f"{soon:,} of {runs:,} waiting runs come due"):
            found = apart(watch, place)
    plain = f"plain timers: p95 {percentile(found.timers_late, 0.95):.1f} ms late"
    figures = [
        below("engine's process, at most", found.memory, "MB", 200, f"added by the engine {found.added:.0f} MB"),
        below("engine ready", found.ready, "s", 5),
        below("of those due, not ended", soon - len(found.late), "runs", 1),
        below("ended after its moment, p50", percentile(found.late, 0.5), "ms", 1_000, plain),
        below("ended after its moment, p95", percentile(found.late, 0.95), "ms", 1_000),
        below("ended after its moment, max", max(found.late), "ms", 1_000),
    ]
    show(f"{runs:,} waiting runs, {soon:,} due within {WINDOW} s, {places.database}", figures)
