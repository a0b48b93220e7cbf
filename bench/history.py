"""A million finished runs in the history: new runs are hardly slower than in an empty one."""

import asyncio
from typing import Final

import uvloop

from bench.figures import Figure, busy, show
from bench.journal_probe import probe_runs_per_second
from bench.kinds import full
from bench.loads import IN_FLIGHT, WORKSPACE, runs_per_second, starter
from bench.million import load_postgres, load_sqlite
from bench.places import Place, Places
from bench.throughput import everything

HISTORY: Final = 1_000_000
RUNS: Final = 10_000
ROUNDS: Final = 3
LEAST: Final = 0.9


def fill(place: Place, runs: int) -> None:
    with busy(f"writing a history of {runs:,} finished runs"):
        load = (
            load_sqlite(place.folder, runs, WORKSPACE) if place.on_sqlite else load_postgres(place.url, runs, WORKSPACE)
        )
        asyncio.run(load)


async def _speed(place: Place, runs: int) -> float:
    async with everything(place) as house:
        return await runs_per_second(starter(house.engine, full()), runs, house.journal.catch_up)


def run(places: Places, scale: float) -> None:
    """Turn by turn, so that a machine that slows down slows both; the best round of each counts."""
    runs, history = max(int(RUNS * scale), 1_000), int(HISTORY * scale)
    with places.empty() as empty, places.empty() as full_place:
        fill(full_place, history)
        rounds = [(uvloop.run(_speed(empty, runs)), uvloop.run(_speed(full_place, runs))) for _ in range(ROUNDS)]
        probe = probe_runs_per_second(empty, runs, IN_FLIGHT)
    alone, behind = max(first for first, _ in rounds), max(second for _, second in rounds)
    ratio = behind / alone
    figures = [
        Figure("runs a second, empty history", f"{alone:,.0f} runs/s", f"probe {probe:,.0f}"),
        Figure(
            "runs a second, behind the history",
            f"{behind:,.0f} runs/s",
            f"{ratio:.0%} of empty",
            f"≥ {LEAST:.0%}",
            ratio >= LEAST,
        ),
    ]
    show(f"everything on behind {history:,} finished runs, {places.database}", figures)
