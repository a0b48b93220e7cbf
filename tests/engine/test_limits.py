"""Limits in the real engine: so many at once, so many in a period; nobody else waits for them."""

import asyncio
from uuid import UUID

from drivers import LocalDriver, has_ended
from scripted import Pure, Script, kinds_of
from test_conformance import chain, pure, send

from docchain.engine.local.gates import EngineLimits


class Ask(Pure):
    """Calls whom its value names."""

    name = "t.provider"

    def provider(self, params):
        return params["value"]


async def open_with(tmp_path, script, **limits):
    kinds = kinds_of(script)
    kinds.add(Ask(script))
    driver = LocalDriver(kinds, tmp_path, limits=EngineLimits(**limits))
    await driver.open()
    return driver


def provider(name, who):
    return {"id": name, "use": "t.provider", "with": {"value": who}}


async def at_rest():
    for _ in range(20):
        await asyncio.sleep(0.005)


async def test_a_kind_runs_no_more_than_its_limit_at_once(tmp_path):
    script = Script(a=["gate"] * 9)
    driver = await open_with(tmp_path, script, kinds={"t.send": 2})
    runs = [await driver.start(chain(send("a"))) for _ in range(5)]
    other = await driver.start(chain(pure("b", 1)))
    assert (await other.until(has_ended)).status == "succeeded"
    await asyncio.wait_for(script.reached["a"].wait(), 10)
    await at_rest()
    assert script.calls.count(("a", 1)) == 2
    script.gates["a"].set()
    for run in runs:
        assert (await run.until(has_ended)).status == "succeeded"
    assert script.calls.count(("a", 1)) == 5
    await driver.close()


async def test_a_provider_at_its_limit_does_not_hold_up_another(tmp_path):
    script = Script(slow=["gate"] * 9)
    driver = await open_with(tmp_path, script, providers={"acme": 1})
    runs = [await driver.start(chain(provider("slow", "acme"))) for _ in range(3)]
    other = await driver.start(chain(provider("quick", "other")))
    assert (await other.until(has_ended)).status == "succeeded"
    await at_rest()
    assert script.calls.count(("slow", 1)) == 1
    script.gates["slow"].set()
    for run in runs:
        assert (await run.until(has_ended)).status == "succeeded"
    await driver.close()


async def test_a_workspace_runs_no_more_than_its_limit_at_once(tmp_path):
    script = Script(a=["gate"] * 9)
    driver = await open_with(tmp_path, script, workspace=2)
    runs = [await driver.start(chain(pure("a", 1))) for _ in range(4)]
    other = await driver.start(chain(pure("b", 1)), workspace=UUID(int=99))
    assert (await other.until(has_ended)).status == "succeeded"
    await at_rest()
    assert script.calls.count(("a", 1)) == 2
    script.gates["a"].set()
    for run in runs:
        await run.until(has_ended)
    await driver.close()


async def test_a_rate_lets_so_many_begin_in_a_period(tmp_path):
    script = Script()
    driver = await open_with(tmp_path, script, rates={"acme": (2, 60.0)})
    runs = [await driver.start(chain(provider("a", "acme"))) for _ in range(5)]
    for run in runs[:2]:
        await run.until(has_ended)
    for seconds, begun in ((0, 2), (59, 2), (1, 4), (59, 4), (1, 5)):
        driver.clock.advance(seconds * 1_000_000)
        await at_rest()
        assert len(script.calls) == begun
    for run in runs:
        assert (await run.until(has_ended)).status == "succeeded"
    await driver.close()


async def test_a_cancelled_run_does_not_use_up_a_limit(tmp_path):
    script = Script(a=["gate"])
    driver = await open_with(tmp_path, script, kinds={"t.pure": 1})
    first, second, third = [await driver.start(chain(pure(name, 1))) for name in "abc"]
    await asyncio.wait_for(script.reached["a"].wait(), 10)
    await second.cancel()
    await second.until(has_ended)
    script.gates["a"].set()
    assert [(await run.until(has_ended)).status for run in (first, third)] == ["succeeded", "succeeded"]
    assert script.calls == [("a", 1), ("c", 1)]
    await driver.close()
