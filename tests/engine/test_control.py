"""Pausing, going on, trying again, starting later, seeds, parts and dry runs; the same for both drivers."""

import asyncio

from drivers import LocalDriver, has_ended
from scripted import Script, kinds_of
from test_conformance import chain, names_of, pure, send, statuses


def is_paused(state):
    return state.status == "paused"


async def test_a_paused_run_starts_no_step_before_it_goes_on(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain({"id": "ok", "use": "t.ask"}, pure("after", 1)))
    await run.until(lambda state: statuses(state)["ok"] == "waiting")
    await run.pause("lunch")
    state = await run.until(is_paused)
    assert (state.status, state.reason) == ("paused", "lunch")
    await run.signal("ok", {"decision": "approved"})
    state = await run.until(lambda state: statuses(state)["ok"] == "done")
    assert (state.status, statuses(state), script.calls) == ("paused", {"ok": "done", "after": "pending"}, [])
    await run.resume()
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("succeeded", [("after", 1)])


async def test_a_paused_run_keeps_its_timers(drive):
    script = Script(a=["fail:unavailable", "ok"])
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1, retry={"initial": "1m"})))
    await run.until(lambda state: statuses(state) == {"a": "retrying"})
    await run.pause()
    await run.until(is_paused)
    await run.advance("2h")
    assert script.calls == [("a", 1)]
    await run.resume()
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("succeeded", [("a", 1), ("a", 2)])


async def test_a_failed_run_is_tried_again_where_it_failed(drive):
    script = Script(b=["fail:denied", "ok"])
    driver = await drive(script)
    run = await driver.start(
        chain(pure("a", 1), pure("b", 2), pure("c", "${steps.b.value}"), output="${steps.c.value}")
    )
    state = await run.until(has_ended)
    assert (state.status, statuses(state)) == ("failed", {"a": "done", "b": "failed", "c": "cancelled"})
    await run.retry()
    state = await run.until(lambda state: state.status == "succeeded")
    assert (state.output, script.calls) == (2, [("a", 1), ("b", 1), ("b", 2), ("c", 2)])
    assert "Reopened" in await names_of(run)


async def test_a_run_that_succeeded_is_not_tried_again(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1)))
    await run.until(has_ended)
    await run.retry("a")
    other = await driver.start(chain(pure("b", 1)))
    await other.until(has_ended)
    assert (await names_of(run), script.calls) == (["Started", "Done", "Ended"], [("a", 1), ("b", 1)])


async def test_a_run_starts_when_it_is_to(drive):
    script = Script()
    driver = await drive(script)
    start = driver.clock.micros()
    run = await driver.start(chain(pure("a", 1)), not_before=start + 3_600_000_000)
    state = await run.until(lambda state: state.due is not None)
    assert (state.status, script.calls) == ("pending", [])
    await run.advance("59m")
    assert script.calls == []
    await run.advance("2m")
    state = await run.until(has_ended)
    assert (state.status, state.started_at, script.calls) == ("succeeded", start + 3_600_000_000, [("a", 1)])


async def test_a_run_that_was_to_start_later_can_be_cancelled(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1)), not_before=driver.clock.micros() + 3_600_000_000)
    await run.until(lambda state: state.due is not None)
    await run.cancel("no longer needed")
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("cancelled", [])


async def test_seeded_steps_count_as_done_and_only_chosen_ones_run(drive):
    script = Script()
    driver = await drive(script)
    steps = [pure("a", 1), pure("b", "${steps.a.value + 1}"), send("c")]
    run = await driver.start(chain(*steps, output="${steps.b.value}"), seed={"a": {"value": 41}}, only=["b"])
    state = await run.until(has_ended)
    assert (state.status, state.output, script.calls) == ("succeeded", 42, [("b", 1)])
    assert statuses(state) == {"a": "done", "b": "done", "c": "skipped"}


async def test_a_dry_run_has_no_effects(drive):
    script = Script()
    driver = await drive(script)
    shown = {"id": "shown", "use": "t.preview", "with": {"value": 7}}
    steps = [pure("a", 1), send("hidden"), shown, {"id": "ok", "use": "t.ask"}]
    run = await driver.start(chain(*steps, output="${steps.shown.value}"), dry=True)
    state = await run.until(has_ended)
    assert (state.status, state.output, script.calls) == ("succeeded", "would send 7", [("a", 1)])
    assert statuses(state) == {"a": "done", "hidden": "skipped", "shown": "done", "ok": "skipped"}
    assert state.steps["hidden"].because == "dry_run"
    if isinstance(driver, LocalDriver):
        assert [await driver.engine.effects(status) for status in ("sending", "confirmed", "failed")] == [[], [], []]


async def test_items_run_some_at_a_time_and_failed_ones_are_tried_again_alone(drive):
    script = Script(**{"each[1]": ["fail:denied", "ok"]})
    driver = await drive(script)
    each = {"id": "each", "use": "t.send", "for_each": {"items": "${inputs.n}", "concurrency": 2}}
    each["with"] = {"value": "${item * 10}"}
    run = await driver.start(chain(each, inputs={"n": {}}, output="${steps.each.items}"), {"n": [1, 2, 3]})
    state = await run.until(has_ended)
    assert state.status == "failed"
    await run.retry()
    state = await run.until(lambda state: state.status == "succeeded")
    assert state.output == [{"value": 10}, {"value": 20}, {"value": 30}]
    assert script.calls.count(("each[0]", 1)) == script.calls.count(("each[1]", 1)) == 1
    assert script.happened.count(f"{run.id}:each[1]") == 1


async def test_a_pause_holds_back_steps_that_wait_for_their_turn(tmp_path):
    script = Script(first=["gate"])
    driver = LocalDriver(kinds_of(script), tmp_path, step_concurrency=1)
    await driver.open()
    blocker = await driver.start(chain(pure("first", 1)))
    await asyncio.wait_for(script.reached["first"].wait(), 10)
    run = await driver.start(chain(pure("late", 1)))
    await run.until(lambda state: state.status == "running")
    await run.pause()
    await run.until(is_paused)
    script.gates["first"].set()
    await blocker.until(has_ended)
    assert script.calls == [("first", 1)]
    await run.resume()
    assert (await run.until(has_ended)).status == "succeeded"
    assert script.calls == [("first", 1), ("late", 1)]
    await driver.close()


async def test_a_pause_outlives_the_engine(tmp_path):
    script = Script()
    first = LocalDriver(kinds_of(script), tmp_path)
    await first.open()
    run = await first.start(chain({"id": "ok", "use": "t.ask"}, pure("after", 1)))
    await run.until(lambda state: statuses(state)["ok"] == "waiting")
    await run.pause()
    await run.until(is_paused)
    await first.close()
    second = LocalDriver(kinds_of(script), tmp_path, first.clock, first.doors)
    await second.open()
    run.driver = second
    await run.signal("ok", {"decision": "approved"})
    await run.until(lambda state: statuses(state)["ok"] == "done")
    assert script.calls == []
    await run.resume()
    assert (await run.until(has_ended)).status == "succeeded"
    await second.close()


async def test_attempts_before_a_run_was_reopened_count_no_more_for_resends_and_lookups(drive):
    script = Script(a=["lost", "lost", "lost", "ok"])
    driver = await drive(script)
    step = send("a", in_doubt="resend", retry={"attempts": 2, "initial": "1s"})
    run = await driver.start(chain(step))
    await run.advance("1m")
    state = await run.until(lambda state: statuses(state) == {"a": "unknown"})
    assert state.steps["a"].attempt == 2
    await run.signal("a", {"outcome": "failed"}, "resolve")
    await run.until(has_ended)
    await run.retry()
    await run.until(lambda state: statuses(state) == {"a": "retrying"})
    await run.advance("1m")
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("succeeded", [("a", 1), ("a", 2), ("a", 3), ("a", 4)])


async def test_a_lookup_after_a_reopening_may_send_again(drive):
    script = Script(a=["lost", "lost", "lost", "ok"])
    driver = await drive(script)
    run = await driver.start(chain(send("a", use="t.find", retry={"attempts": 2, "initial": "1s"})))
    await run.advance("1m")
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("failed", [("a", 1), ("a", 2)])
    await run.retry()
    await run.until(lambda state: statuses(state) == {"a": "retrying"})
    await run.advance("1m")
    state = await run.until(has_ended)
    assert (state.status, script.calls) == ("succeeded", [("a", 1), ("a", 2), ("a", 3), ("a", 4)])
