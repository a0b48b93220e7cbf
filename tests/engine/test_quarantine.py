"""Runs on which the machine raises: they stand still until the next start, and nobody else notices."""

import asyncio
from uuid import UUID

import pytest
from drivers import WORKSPACE, LocalDriver, LocalHandle, has_ended
from scripted import Script, kinds_of
from structlog.testing import capture_logs
from test_conformance import chain, names_of, pure, send, statuses

from docchain.engine.doors import SignalRun
from docchain.engine.expressions import Expression
from docchain.engine.local import residents

CURSED = "inputs.cursed != 'no'"


@pytest.fixture
def fault(monkeypatch):
    """While it is set, the cursed condition raises what no expression should."""
    on, evaluate = asyncio.Event(), Expression.evaluate

    def broken(self, scope):
        if on.is_set() and self.source == CURSED and scope["inputs"]["cursed"] == "yes":
            raise RuntimeError("a fault of our own")
        return evaluate(self, scope)

    monkeypatch.setattr(Expression, "evaluate", broken)
    on.set()
    return on


class Lives:
    """One engine after the other, over the same journal and doors."""

    def __init__(self, folder):
        self.folder = folder
        self.script = Script()
        self.driver = None

    async def next(self):
        last = self.driver
        if last is not None:
            await last.close()
        self.driver = LocalDriver(
            kinds_of(self.script), self.folder, last.clock if last else None, last.doors if last else None
        )
        self.driver.count = last.count if last else 0
        self.driver.engine.on_commit(self.driver.committed.set)
        await self.driver.open()
        return self.driver

    def again(self, run):
        return LocalHandle(self.driver, run.uuid)


@pytest.fixture
async def lives(tmp_path):
    lives = Lives(tmp_path)
    yield lives
    await lives.driver.close()


def definition(first):
    return {
        **chain(first, pure("cursed", 2, when=CURSED, needs=[first["id"]])),
        "inputs": {"cursed": {"type": "string"}},
    }


ALONE = {**chain(pure("cursed", 2, when=CURSED)), "inputs": {"cursed": {"type": "string"}}}


async def broke(driver, count=1):
    async with asyncio.timeout(10):
        while driver.engine.broken < count:  # noqa: ASYNC110 (no event tells of it)
            await asyncio.sleep(0.001)
    assert (driver.engine.trouble, driver.engine.broken) == (None, count)


async def goes_on(driver):
    """Another run, through the same lane, comes to its end."""
    run = await driver.start(definition(pure("a", 1)), {"cursed": "no way"})
    assert (await run.until(has_ended)).status == "succeeded"


async def test_a_fact_that_breaks_a_run_stops_it_alone_and_the_next_start_goes_on(lives, fault):
    driver = await lives.next()
    with capture_logs() as logs:
        run = await driver.start(definition(pure("a", 1)), {"cursed": "yes"})
        await broke(driver)
    told = [(line["run_id"], line["error"], line["broken"]) for line in logs if line["event"] == "run_broke"]
    assert told == [(run.id, "RuntimeError: a fault of our own", 1)]
    await goes_on(driver)
    assert await names_of(run) == ["Started"]
    driver = await lives.next()
    await broke(driver)
    await goes_on(driver)
    fault.clear()
    await lives.next()
    state = await lives.again(run).until(has_ended)
    assert (state.status, statuses(state)) == ("succeeded", {"a": "done", "cursed": "done"})


async def test_a_run_that_breaks_at_its_start_is_not_lost(lives, fault):
    driver = await lives.next()
    run = await driver.start(ALONE, {"cursed": "yes"})
    await broke(driver)
    await goes_on(driver)
    assert await names_of(run) == ["Started"]
    fault.clear()
    await lives.next()
    assert (await lives.again(run).until(has_ended)).status == "succeeded"


async def test_an_order_that_breaks_its_run_is_passed_over_and_its_lane_goes_on(lives, fault):
    driver = await lives.next()
    ask = {"id": "a", "use": "t.ask", "with": {}}
    run = await driver.start(definition(ask), {"cursed": "yes"})
    other = await driver.start(definition(ask), {"cursed": "no way"})
    for waiting in (run, other):
        await waiting.until(lambda state: state.steps["a"].status == "waiting")
    with capture_logs() as logs:
        await run.signal("a", {"decision": "approve"})
        await broke(driver)
        await run.cancel()
        await other.signal("a", {"decision": "approve"})
        assert (await other.until(has_ended)).status == "succeeded"
    passed = [(line["run_id"], line["order"]) for line in logs if line["event"] == "order_passed_over"]
    assert passed == [(run.id, "SignalRun"), (run.id, "CancelRun")]
    assert await names_of(run) == ["Started", "Waiting"]
    fault.clear()
    driver = await lives.next()
    run = lives.again(run)
    assert (await run.until(lambda _: True)).steps["a"].status == "waiting"
    await run.signal("a", {"decision": "approve"})
    assert (await run.until(has_ended)).status == "succeeded"


async def test_a_timer_that_breaks_its_run_fires_again_after_the_next_start(lives, fault):
    driver = await lives.next()
    begin = driver.clock.micros() / 1_000_000
    hold = {"id": "a", "use": "t.hold", "with": {"until": begin + 60}}
    run = await driver.start(definition(hold), {"cursed": "yes"})
    other = await driver.start(definition(hold), {"cursed": "no way"})
    for waiting in (run, other):
        await waiting.until(lambda state: state.steps["a"].due is not None)
    driver.clock.advance(61_000_000)
    assert (await other.until(has_ended)).status == "succeeded"
    await broke(driver)
    driver = await lives.next()
    await broke(driver)
    await goes_on(driver)
    fault.clear()
    await lives.next()
    assert (await lives.again(run).until(has_ended)).status == "succeeded"


async def test_a_run_that_breaks_when_it_is_picked_up_keeps_no_other_from_going_on(lives, fault):
    fault.clear()
    lives.script.plan["cursed"] = ["gate"]
    driver = await lives.next()
    runs = [await driver.start(ALONE, {"cursed": word}) for word in ("yes", "no way")]
    await asyncio.wait_for(lives.script.reached["cursed"].wait(), 10)
    for run in runs:
        await run.until(lambda state: state.started_at > 0)
    fault.set()
    lives.script.gates["cursed"].set()
    lives.script.plan["cursed"] = []
    driver.engine.workers.halt()  # as a crash would: nothing of the steps under way is told
    driver = await lives.next()
    await broke(driver)
    assert (await lives.again(runs[1]).until(has_ended)).status == "succeeded"
    fault.clear()
    await lives.next()
    assert (await lives.again(runs[0]).until(has_ended)).status == "succeeded"


async def test_a_history_that_cannot_be_folded_is_read_once(lives, monkeypatch):
    driver = await lives.next()
    ask = {"id": "a", "use": "t.ask", "with": {}}
    run = await driver.start(chain(ask))
    await run.until(lambda state: state.steps["a"].status == "waiting")
    await run.until(lambda _: driver.engine.in_memory == 0)
    fold, read = residents.fold, []

    def breaks(_plan, run_id, _history):
        read.append(run_id)
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(residents, "fold", breaks)
    await run.signal("a", {"decision": "approve"})
    await broke(driver)
    await run.signal("a", {"decision": "approve"})
    await goes_on(driver)
    assert read == [run.id]
    monkeypatch.setattr(residents, "fold", fold)
    await lives.next()
    run = lives.again(run)
    await run.signal("a", {"decision": "approve"})
    assert (await run.until(has_ended)).status == "succeeded"


async def test_an_effect_whose_outcome_broke_the_run_is_in_doubt_and_not_sent_twice(lives, fault):
    driver = await lives.next()
    run = await driver.start(definition(send("a")), {"cursed": "yes"})
    await broke(driver)
    await goes_on(driver)
    assert [row["step"] for row in await driver.engine.effects("sending")] == ["a"]
    fault.clear()
    driver = await lives.next()
    run = lives.again(run)
    state = await run.until(lambda state: state.steps["a"].status == "unknown")
    assert (state.status, lives.script.happened.count(f"{run.id}:a")) == ("running", 1)
    order = SignalRun(driver.doors.next, UUID(run.id), WORKSPACE, "a", "resolve", {"outcome": "failed"}, "ana")
    driver.order(order)
    assert (await run.until(has_ended)).status == "failed"


async def test_a_parent_that_breaks_on_its_childs_end_is_told_again_after_the_next_start(lives, fault):
    driver = await lives.next()
    call = {"id": "a", "use": "t.call", "with": {"child": chain(pure("x", 1), output=7)}}
    run = await driver.start(definition(call), {"cursed": "yes"})
    await broke(driver)
    await goes_on(driver)
    assert await names_of(run) == ["Started", "Called"]
    fault.clear()
    await lives.next()
    state = await lives.again(run).until(has_ended)
    assert (state.status, state.outputs["a"]) == ("succeeded", 7)
