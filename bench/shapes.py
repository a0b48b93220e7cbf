"""Other shapes of runs than three steps: a chain of forty, and one step over a thousand items."""

from typing import Any, Final

import uvloop

from bench.figures import Figure, show
from bench.journal_probe import probe_runs_per_second
from bench.kinds import KINDS, chain, mapped
from bench.loads import runs_per_second, starter
from bench.places import Places
from docchain.engine import LocalEngine
from docchain.engine.journal.port import Journal

CHAIN: Final = 40
ITEMS: Final = 1_000


async def _speed(journal: Journal, definition: dict[str, Any], runs: int, in_flight: int) -> float:
    engine = LocalEngine(journal, KINDS)
    await engine.start()
    try:
        return await runs_per_second(starter(engine, definition), runs, in_flight=in_flight)
    finally:
        await engine.stop()


def _figures(places: Places, definition: dict[str, Any], steps: int, runs: int, in_flight: int) -> list[Figure]:
    """A fact a step and two more, in the probe; in the engine, the facts of one commit share a row."""
    with places.empty() as place:
        probe = probe_runs_per_second(place, runs, in_flight, steps + 2)
        speed = uvloop.run(_speed(place.journal(), definition, runs, in_flight))
        probe = (probe + probe_runs_per_second(place, runs, in_flight, steps + 2)) / 2
    return [
        Figure("runs a second", f"{speed:,.1f} runs/s", f"probe {probe:,.1f}, {speed / probe:.0%} of it"),
        Figure("steps a second", f"{speed * steps:,.0f} steps/s", f"probe {probe * (steps + 2):,.0f} facts/s"),
    ]


def run(places: Places, scale: float) -> None:
    figures = _figures(places, chain(CHAIN), CHAIN, max(int(1_000 * scale), 64), 64)
    show(f"a chain of {CHAIN} steps, 64 runs in flight, {places.database}", figures)
    figures = _figures(places, mapped(ITEMS), ITEMS, max(int(40 * scale), 8), 4)
    show(f"for_each over {ITEMS:,} items, 4 runs in flight, {places.database}", figures)
