"""The agreement test: a random run ends alike in memory under a virtual clock and in the local engine."""

import asyncio
import tempfile
from pathlib import Path

from drivers import LocalDriver, SimulationDriver, has_ended, is_quiet
from hypothesis import HealthCheck, given, settings
from random_runs import Case, cases, flow_cases
from scripted import Script, kinds_of

LIMITS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=settings.default.max_examples // 5, **LIMITS)
@given(case=cases())
def test_both_drivers_agree(case):
    simulated, local = asyncio.run(run_both(case))
    assert simulated.status == local.status
    if case.is_chain or simulated.status == "succeeded":
        agree(simulated, local)


@settings(max_examples=settings.default.max_examples // 3, **LIMITS)
@given(case=flow_cases(calls=False))
def test_both_drivers_agree_on_every_flow(case):
    simulated, local = asyncio.run(run_both(case))
    if not case.is_race:
        assert simulated.status == local.status
        if simulated.status == "succeeded":
            agree(simulated, local)


def agree(one, other):
    assert statuses_of(one) == statuses_of(other)
    assert (one.outputs, one.output) == (other.outputs, other.output)
    assert (one.failure, one.message, one.failed_step) == (other.failure, other.message, other.failed_step)


def statuses_of(state):
    return {name: (step.status, step.attempt, step.failure) for name, step in state.steps.items()}


async def run_both(case: Case):
    ends = []
    for driver_type in (SimulationDriver, LocalDriver):
        with tempfile.TemporaryDirectory() as folder:
            driver = driver_type(kinds_of(Script(**case.script)), Path(folder))
            await driver.open()
            ends.append(await to_the_end(await driver.start(case.definition, **case.how)))
            await driver.close()
    return ends


async def to_the_end(run):
    """Answer every question and let time pass until the run has ended."""
    for _ in range(60):
        state = await run.until(is_quiet)
        if has_ended(state):
            return state
        asked = [name for name, step in state.steps.items() if step.signal is not None]
        for name in asked:
            payload = {"outcome": "confirmed", "decision": "approved", "output": {"value": 9}}
            await run.signal(name, payload, state.steps[name].signal)
        if asked:
            await run.until(lambda now, asked=asked: has_ended(now) or all(now.steps[a].signal is None for a in asked))
        else:
            await run.advance("1m")
    raise AssertionError(f"the run hangs: {state}")
