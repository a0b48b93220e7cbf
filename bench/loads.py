"""Runs given to an engine: one after the other by some clients at a time, or one alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from bench.figures import percentile, progress
from bench.kinds import KINDS
from docchain.engine import LocalEngine
from docchain.engine.definition import canonical, compile_plan, read_inputs, read_spec
from docchain.engine.doors import StartRun
from docchain.platform.ids import new_id

IN_FLIGHT: Final = 256
ALONE: Final = 300
WORKSPACE: Final = UUID(int=1)

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
            raise RuntimeError(f"a run of the benchmark ended as {state and state.status}: {state and state.message}")

    return start


async def nothing() -> None:
    """No readers have to catch up."""


async def runs_per_second(start: Start, runs: int, caught_up: Start = nothing, in_flight: int = IN_FLIGHT) -> float:
    """With `in_flight` at a time, until the readers know of all of them."""
    await start()
    numbers = iter(progress(range(runs), runs, "runs"))

    async def client() -> None:
        for _ in numbers:
            await start()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(in_flight)))
    await caught_up()
    return runs / (time.perf_counter() - began)


async def milliseconds_alone(start: Start, times: int = ALONE) -> float:
    """The median of one run after the other."""
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await start()
        took.append(time.perf_counter() - began)
    return percentile(took, 0.5) * 1_000
