"""How fast the probe is: on asyncio's own loop, as anybody would write it."""

import asyncio
import time
from pathlib import Path

from bench.journal_probe import Probe, fact


def probe_runs_per_second(path: Path, runs: int, in_flight: int) -> float:
    return asyncio.run(_runs_per_second(path, runs, in_flight))


def probe_milliseconds(path: Path, facts: int = 300) -> float:
    """The median of one fact made durable, alone."""
    return asyncio.run(_alone(path, facts))


async def _runs_per_second(path: Path, runs: int, in_flight: int) -> float:
    probe = Probe(path)
    serving = asyncio.create_task(probe.serve())
    numbers = iter(range(runs))
    began = time.perf_counter()

    async def client() -> None:
        for number in numbers:
            await probe.run(number)

    await asyncio.gather(*(client() for _ in range(in_flight)))
    took = time.perf_counter() - began
    serving.cancel()
    return runs / took


async def _alone(path: Path, facts: int) -> float:
    probe = Probe(path)
    serving = asyncio.create_task(probe.serve())
    times: list[float] = []
    for number in range(facts):
        began = time.perf_counter()
        await probe.append((number.to_bytes(16, "big"), 0, fact(0)))
        times.append(time.perf_counter() - began)
    serving.cancel()
    return sorted(times)[facts // 2] * 1_000
