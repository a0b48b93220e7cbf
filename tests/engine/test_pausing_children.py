"""Pausing a run pauses what it called, at any depth and at any moment; resuming it resumes them."""

import asyncio
from uuid import UUID

from drivers import LocalDriver, has_ended
from scripted import Script, kinds_of
from test_children import call, child_id, child_of
from test_conformance import chain, pure

ASK = {"id": "x", "use": "t.ask"}


def is_paused(state):
    return state.status == "paused"


def is_called(state):
    return state.steps["sub"].child is not None


async def open_local(folder, script, **more):
    driver = LocalDriver(kinds_of(script), folder, **more)
    await driver.open()
    return driver


def below(run, inner):
    """The called run, seen as its caller is."""
    return type(run)(run.driver, inner)


async def test_the_runs_below_are_paused_and_resumed_with_one_order(tmp_path):
    driver = await open_local(tmp_path, Script())
    run = await driver.start(chain(call("sub", child_of(call("sub", child_of(ASK, pure("y", 1)))))))
    inner = below(run, await child_id(run))
    innermost = below(inner, await child_id(inner))
    await innermost.until(lambda state: state.steps["x"].status == "waiting")
    await run.pause("the bank is closed")
    for each in (run, inner, innermost):
        assert (await each.until(is_paused)).reason == "the bank is closed"
    await innermost.signal("x", {"decision": "approved"})
    state = await innermost.until(lambda state: state.steps["x"].status == "done")
    assert (state.status, state.steps["y"].status) == ("paused", "pending")
    await run.resume()
    for each in (run, inner, innermost):
        assert (await each.until(has_ended)).status == "succeeded"
    await driver.close()


async def test_a_run_called_in_the_very_moment_of_the_pause_is_paused(tmp_path):
    script = Script(sub=["gate"])
    driver = await open_local(tmp_path, script)
    run = await driver.start(chain(call("sub", child_of(pure("x", 1), output=5)), output="${steps.sub}"))
    await asyncio.wait_for(script.reached["sub"].wait(), 10)
    await run.pause("the bank is closed")
    await run.until(is_paused)
    script.gates["sub"].set()
    await run.until(is_called)
    inner = below(run, await child_id(run))
    state = await inner.until(lambda _: True)
    assert (state.status, state.reason, state.steps["x"].status) == ("paused", "the bank is closed", "pending")
    assert [type(fact).__name__ for fact in await inner.history()] == ["Started", "Paused"]
    await driver.close()
    assert [step for step, _ in script.calls] == ["sub"]

    again = await open_local(tmp_path, script, clock=driver.clock, doors=driver.doors)
    run.driver = inner.driver = again
    assert (await inner.until(lambda _: True)).status == "paused"
    await run.resume()
    assert (await run.until(has_ended)).output == 5
    await again.close()
    assert [step for step, _ in script.calls] == ["sub", "x"]


async def test_both_drivers_pause_and_resume_what_was_called(drive):
    driver = await drive(Script())
    run = await driver.start(chain(call("sub", child_of(ASK)), output="${steps.sub}"))
    await run.until(is_called)
    await run.pause()
    await run.until(is_paused)
    inner = inner_of(run, (await run.until(is_called)).steps["sub"].child)
    assert (await inner.until(is_paused)).steps["x"].status == "waiting"
    await run.resume()
    await inner.signal("x", {"decision": "approved"})
    assert (await run.until(has_ended)).status == "succeeded"


def inner_of(run, child):
    return below(run, UUID(child)) if hasattr(run, "driver") else type(run)(run.run.children[child], run.settling)
