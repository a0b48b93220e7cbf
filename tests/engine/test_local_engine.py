"""What only the real engine has: time-outs of running steps, kinds that misbehave, commands that do not fit."""

import asyncio
import math
from uuid import UUID

import pytest
from drivers import WORKSPACE, Doors, LocalDriver, LocalHandle, has_ended
from scripted import Pure, Script, kinds_of
from test_conformance import chain, pure, send, statuses

from docchain.engine.clock import VirtualClock
from docchain.engine.doors import CancelRun, SignalRun, StartRun
from docchain.engine.journal import Batch


@pytest.fixture
async def engine(tmp_path):
    script = Script()
    driver = LocalDriver(kinds_of(script), tmp_path)
    driver.script = script
    await driver.open()
    yield driver
    await driver.close()


def broken(engine):
    lost = asyncio.Event()
    engine.engine.on_lost(lost.set)
    return lost


async def test_an_engine_that_breaks_says_so_and_does_nothing_more_and_a_fresh_one_goes_on(tmp_path, monkeypatch):
    script = Script(a=["gate"])
    driver = LocalDriver(kinds_of(script), tmp_path)
    await driver.open()
    lost = broken(driver)
    run = await driver.start(chain(pure("a", 1), pure("b", 2)))
    await asyncio.wait_for(script.reached["a"].wait(), 10)
    await run.until(lambda state: state.steps["a"].status == "pending")

    async def commit(_batch):
        raise KeyError("a fault of our own")

    monkeypatch.setattr(driver.journal, "commit", commit)
    script.gates["a"].set()
    await asyncio.wait_for(lost.wait(), 10)
    assert repr(driver.engine.trouble) == "KeyError('a fault of our own')"
    await driver.close()
    again = LocalDriver(kinds_of(script), tmp_path, doors=driver.doors)
    await again.open()
    assert (await LocalHandle(again, run.uuid).until(has_ended)).status == "succeeded"
    assert again.engine.trouble is None
    await again.close()


async def test_a_worker_that_dies_breaks_the_engine(tmp_path, monkeypatch):
    driver = LocalDriver(kinds_of(Script()), tmp_path)
    await driver.open()
    lost = broken(driver)

    def take(_run, _fact):
        raise KeyError("a fault of our own")

    monkeypatch.setattr(driver.engine, "take", take)
    await driver.start(chain(pure("a", 1)))
    await asyncio.wait_for(lost.wait(), 10)
    assert repr(driver.engine.trouble) == "KeyError('a fault of our own')"
    await driver.close()


async def at_gate(engine, step):
    await asyncio.wait_for(engine.script.reached[step].wait(), 10)
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("use", "timeout", "status", "failure", "step"),
    [
        ("t.pure", "5s", "failed", "timeout", "failed"),
        ("t.pure", {"after": "5s", "then": "continue"}, "succeeded", "", "done"),
        ("t.send", "5s", "running", "", "unknown"),
    ],
)
async def test_a_step_that_takes_too_long(engine, use, timeout, status, failure, step):  # noqa: ASYNC109 (a parameter of the test)
    engine.script.plan["a"] = ["gate"]
    run = await engine.start(chain({"id": "a", "use": use, "timeout": timeout}))
    await at_gate(engine, "a")
    engine.clock.advance(4_900_000)
    await asyncio.sleep(0.01)
    assert (await run.until(lambda _: True)).status == "running"
    engine.clock.advance(200_000)
    state = await run.until(lambda state: state.steps["a"].status not in {"pending", "sending"})
    assert (state.status, state.failure, statuses(state)) == (status, failure, {"a": step})


async def test_a_timed_out_step_is_retried_where_the_definition_says_so(engine):
    engine.script.plan["a"] = ["gate", "ok"]
    retry = {"on": ["timeout"], "initial": "1s"}
    run = await engine.start(chain(pure("a", 1, timeout="5s", retry=retry)))
    await at_gate(engine, "a")
    engine.clock.advance(5_100_000)
    await run.until(lambda state: state.steps["a"].status == "retrying")
    await run.advance("2s")
    state = await run.until(has_ended)
    assert (state.status, engine.script.calls) == ("succeeded", [("a", 1), ("a", 2)])


async def test_a_step_cancelled_from_inside_fails_and_the_workers_live_on(engine):
    class Cancels(Pure):
        """Waits for something that others cancel."""

        name = "t.cancels"

        async def run(self, params, context):  # noqa: ARG002 (the contract's signature)
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

    engine.kinds.add(Cancels(engine.script))
    run = await engine.start(chain({"id": "a", "use": "t.cancels", "retry": {"on": []}}))
    state = await run.until(has_ended)
    assert (state.status, state.message) == ("failed", "something that the step waited for was cancelled")
    assert (await (await engine.start(chain(pure("a", 1)))).until(has_ended)).status == "succeeded"


async def test_a_start_that_comes_twice_is_one_run(engine):
    run = await engine.start(chain(pure("a", 1)))
    await run.until(has_ended)
    first = engine.doors.commands[0]
    again = StartRun(2, first.run_id, first.workspace_id, first.definition, {})
    engine.order(again)
    engine.order(StartRun(3, UUID(int=9), WORKSPACE, first.definition, {}))
    other = engine.order(StartRun(4, UUID(int=9), WORKSPACE, first.definition, {}))
    await other.until(has_ended)
    assert [type(fact).__name__ for fact in await run.history()] == ["Started", "Done", "Ended"]
    assert [type(fact).__name__ for fact in await other.history()] == ["Started", "Done", "Ended"]


async def test_a_run_of_a_lost_definition_fails_and_can_be_read(engine):
    run = engine.order(StartRun(1, UUID(int=5), WORKSPACE, "nowhere", {}))
    state = await run.until(has_ended)
    assert (state.status, state.failure) == ("failed", "bug")
    assert state.message == "There is no definition nowhere."


@pytest.mark.parametrize("value", ["\ud800", {"deep": ["\udfff"]}])
async def test_inputs_that_no_journal_can_keep_fail_that_run_only(engine, value):
    other = await engine.start(chain(pure("a", 1)))
    digest = engine.doors.commands[0].definition
    run = engine.order(StartRun(2, UUID(int=5), WORKSPACE, digest, {"x": value}))
    state = await run.until(has_ended)
    assert (state.status, state.inputs) == ("failed", {})
    assert state.message.startswith("The inputs hold something that JSON cannot")
    assert (await other.until(has_ended)).status == "succeeded"


async def test_numbers_are_kept_as_the_journal_keeps_them(engine):
    definition = chain(pure("a", "${inputs.x}"), inputs={"x": {}}, output="${steps.a.value}")
    run = await engine.start(definition, {"x": [math.nan, 10**30, 0.1]})
    assert (await run.until(has_ended)).output == [None, 10**30, 0.1]


async def test_commands_that_fit_nothing_change_nothing(engine):
    engine.order(CancelRun(1, UUID(int=77), WORKSPACE))
    engine.order(SignalRun(2, UUID(int=77), WORKSPACE, "a", "answer", {"x": 1}))
    run = await engine.start(chain({"id": "ok", "use": "t.ask"}))
    await run.until(lambda state: statuses(state) == {"ok": "waiting"})
    engine.order(SignalRun(4, run.uuid, WORKSPACE, "ok", "answer", "\ud800"))
    await run.signal("ok", {"decision": "approved"})
    assert (await run.until(has_ended)).status == "succeeded"
    assert await engine.engine.state(UUID(int=77)) is None


async def test_doors_that_are_away_for_a_while_are_read_later(tmp_path):
    class Flaky(Doors):
        broken = True

        async def starts_after(self, cursors, each, without):
            if self.broken:
                self.broken = False
                raise OSError("the database is away")
            return await super().starts_after(cursors, each, without)

    driver = LocalDriver(kinds_of(Script()), tmp_path, doors=Flaky())
    run = await driver.start(chain(pure("a", 1)))
    await driver.open()
    driver.engine.wake()
    assert (await run.until(has_ended)).status == "succeeded"
    await driver.close()


async def test_one_run_with_a_lost_definition_does_not_stop_the_timers_of_others(tmp_path):
    script, clock, doors = Script(), VirtualClock(), Doors()
    hold = {"id": "hold", "use": "t.hold", "with": {"until": clock.micros() / 1e6 + 60}}
    odd = {"id": "odd", "use": "t.odd", "with": {"until": clock.micros() / 1e6 + 30}}
    kinds = kinds_of(script)
    kinds.add(type("Odd", (type(kinds["t.hold"]),), {"name": "t.odd"})(script))
    first = LocalDriver(kinds, tmp_path, clock, doors)
    await first.open()
    lost, kept = await first.start(chain(odd)), await first.start(chain(hold))
    for run in (lost, kept):
        await run.until(lambda state: "waiting" in statuses(state).values())
    await first.close()
    second = LocalDriver(kinds_of(script), tmp_path, clock, doors)
    await second.open()
    kept.driver = lost.driver = second
    clock.advance(61_000_000)
    assert (await kept.until(has_ended)).status == "succeeded"
    assert (await lost.until(lambda _: True)).status == "running"
    await second.close()


async def test_a_timer_beside_a_long_step_fires_in_time(engine):
    engine.script.plan["slow"] = ["gate"]
    start = engine.clock.micros() / 1e6
    hold = {"id": "hold", "use": "t.hold", "needs": [], "with": {"until": start + 300}}
    run = await engine.start(chain(pure("slow", 1, needs=[], timeout="9m"), hold))
    await at_gate(engine, "slow")
    await run.until(lambda state: state.steps["hold"].status == "waiting")
    engine.clock.advance(301_000_000)
    state = await run.until(lambda state: state.steps["hold"].status == "done")
    assert state.steps["slow"].status == "pending"
    engine.script.gates["slow"].set()
    assert (await run.until(has_ended)).status == "succeeded"


async def test_a_stop_amid_an_effect_leaves_it_in_doubt(tmp_path):
    script, doors = Script(), Doors()
    script.plan["a"] = ["gate"]
    first = LocalDriver(kinds_of(script), tmp_path, doors=doors)
    await first.open()
    run = await first.start(chain(send("a", needs=[])))
    await asyncio.wait_for(script.reached["a"].wait(), 10)
    await first.close()
    second = LocalDriver(kinds_of(script), tmp_path, doors=doors)
    await second.open()
    run.driver = second
    state = await run.until(lambda state: state.steps["a"].status == "unknown")
    assert state.steps["a"].message == "the engine stopped between sending and the answer"
    await second.close()


async def test_what_an_earlier_release_has_read_is_not_read_again(tmp_path):
    script = Script()
    driver = LocalDriver(kinds_of(script), tmp_path)
    old, new = await driver.start(chain(pure("old", 1))), await driver.start(chain(pure("new", 1)))
    await driver.journal.open()
    await driver.journal.commit(Batch(cursors={"commands": 1}))
    await driver.open()
    assert (await new.until(has_ended)).status == "succeeded"
    assert (await driver.engine.state(old.uuid), script.calls) == (None, [("new", 1)])
    assert await driver.journal.cursors() == {"commands": 1, f"starts:{WORKSPACE.hex}": 2}
    await driver.close()
