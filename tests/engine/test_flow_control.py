"""A run as a whole: pause, resume, retry from failure, a later beginning, seeds, parts and dry runs."""

import pytest
from flows import ask, because, begin, names, pure, send, start, statuses, workflow
from scripted import Script

from docchain.engine.machine.facts import Done, Failed, Paused, Sending


async def test_a_paused_run_ends_what_is_under_way_and_starts_nothing():
    script = Script()
    run = begin(workflow(pure("a"), pure("b"), pure("c", when=False)), script)
    assert await run.pause("lunch")
    assert (run.state.status, run.state.reason) == ("paused", "lunch")
    assert statuses(run) == {"a": "done", "b": "pending", "c": "pending"}
    assert not await run.pause()
    assert await run.resume()
    assert (run.state.status, script.calls) == ("succeeded", [("a", 1), ("b", 1)])
    assert not await run.resume()


async def test_a_step_under_way_during_a_pause_runs_once():
    script = Script()
    run = begin(workflow(pure("a", needs=[]), pure("b", needs=[]), pure("c", needs=["a", "b"])), script)
    await run.step()
    run.take(Paused(run.clock.micros()))
    await run.resume()
    assert sorted(script.calls) == [("a", 1), ("b", 1), ("c", 1)]


async def test_timers_and_signals_during_a_pause_are_booked():
    steps = [
        pure("retried", needs=[]),
        ask("asked", needs=[]),
        pure("after", needs=["asked"]),
    ]
    script = Script(retried=["fail:unavailable"])
    run = await start(workflow(*steps), script)
    await run.pause()
    await run.advance("1m")
    await run.signal("asked", {"decision": "approved"})
    assert statuses(run) == {"retried": "pending", "asked": "done", "after": "pending"}
    run.crash()
    assert run.ready == ()
    await run.resume()
    assert (run.state.status, script.calls) == ("succeeded", [("retried", 1), ("retried", 2), ("after", 1)])


async def test_items_pause_too():
    definition = workflow(pure("a", "${item}", for_each={"items": [1, 2, 3], "concurrency": 1}))
    run = begin(definition)
    await run.pause()
    assert statuses(run) == {"a": "mapping", "a[0]": "done", "a[1]": "pending", "a[2]": "pending"}
    run.crash()
    assert run.ready == ()
    await run.resume()
    assert run.state.status == "succeeded"


async def test_a_paused_run_can_be_cancelled_or_fail():
    cancelled = await start(workflow(ask("a")))
    await cancelled.pause()
    await cancelled.cancel("no more")
    assert (cancelled.state.status, cancelled.state.message) == ("cancelled", "no more")
    failed = begin(workflow(pure("a")), Script(a=["bug"]))
    await failed.pause()
    assert failed.state.status == "failed"


async def test_a_failed_run_goes_on_from_its_failure_with_all_its_attempts():
    script = Script(b=["fail:unavailable", "fail:unavailable", "fail:unavailable"])
    retry = {"attempts": 2, "initial": "1s"}
    run = await start(workflow(pure("a", 1), pure("b", 2, retry=retry), pure("c", "${steps.a.value}")), script)
    await run.advance("1m")
    assert (run.state.status, statuses(run)) == ("failed", {"a": "done", "b": "failed", "c": "cancelled"})
    assert await run.retry()
    assert statuses(run) == {"a": "done", "b": "retrying", "c": "pending"}
    await run.advance("1m")
    assert (run.state.status, run.state.message, run.state.failed_step) == ("succeeded", "", "")
    assert script.calls == [("a", 1), ("b", 1), ("b", 2), ("b", 3), ("b", 4), ("c", 2)]
    assert not await run.retry()


async def test_a_cancelled_run_goes_on_where_it_stopped():
    run = await start(workflow(pure("a"), ask("b"), pure("c")))
    await run.cancel()
    assert await run.retry()
    assert statuses(run) == {"a": "done", "b": "waiting", "c": "pending"}
    await run.signal("b", {"decision": "approved"})
    assert run.state.status == "succeeded"


async def test_a_rejected_run_asks_again():
    run = await start(workflow(ask("a")))
    await run.signal("a", {"decision": "rejected"})
    assert run.state.status == "rejected"
    await run.retry()
    assert statuses(run) == {"a": "waiting"}
    await run.signal("a", {"decision": "approved"})
    assert run.state.status == "succeeded"


async def test_of_a_mapped_step_the_failed_items_are_retried_alone():
    script = Script(**{"a[1]": ["fail:denied"]})
    run = await start(workflow(pure("a", "${item}", for_each=[1, 2, 3]), output="${steps.a.succeeded}"), script)
    assert statuses(run) == {"a": "failed", "a[0]": "done", "a[1]": "failed", "a[2]": "cancelled"}
    await run.retry()
    assert (run.state.status, run.state.output) == ("succeeded", 3)
    assert script.calls == [("a[0]", 1), ("a[1]", 1), ("a[1]", 2), ("a[2]", 2)]


async def test_an_effect_in_doubt_of_a_retried_run_still_waits_for_its_person():
    script = Script(a=["lost"], b=["bug"])
    run = await start(workflow(send("a", needs=[]), pure("b", needs=[])), script)
    assert statuses(run) == {"a": "unknown", "b": "failed"}
    await run.retry()
    assert (run.state.status, statuses(run)) == ("running", {"a": "unknown", "b": "done"})
    await run.signal("a", {"outcome": "confirmed"}, "resolve")
    assert (run.state.status, script.happened) == ("succeeded", [f"{run.id}:b"])


async def test_a_run_begins_no_sooner_than_it_should():
    later = 1_750_000_000_000_000 + 3_600_000_000
    run = await start(workflow(pure("a")), not_before=later)
    assert (run.state.status, run.state.due, statuses(run)) == ("pending", later, {"a": "pending"})
    run.crash()
    await run.advance("59m")
    assert run.state.status == "pending"
    await run.advance("1m")
    assert (run.state.status, run.state.started_at) == ("succeeded", later)
    assert names(run) == ["Started", "Fired", "Done", "Ended"]


async def test_a_run_paused_before_it_begins_begins_when_it_goes_on():
    later = 1_750_000_000_000_000 + 3_600_000_000
    run = await start(workflow(pure("a")), not_before=later)
    await run.pause()
    await run.advance("2h")
    assert (run.state.status, statuses(run)) == ("paused", {"a": "pending"})
    await run.resume()
    assert run.state.status == "succeeded"


async def test_seeded_steps_are_done_from_the_start():
    script = Script()
    steps = [pure("a"), pure("b", "${steps.a.value}"), pure("c", "${steps.b.value}")]
    run = await start(workflow(*steps, output="${steps.c.value}"), script, seed={"a": {"value": 1}, "b": {"value": 7}})
    assert (run.state.output, script.calls) == (7, [("c", 1)])


async def test_only_the_steps_that_are_named_run():
    script = Script()
    steps = [pure("a"), pure("b", "${steps.a.value}"), pure("c", "${steps.b.value}")]
    run = await start(workflow(*steps), script, seed={"a": {"value": 5}}, only=["b"])
    assert (run.state.status, script.calls, because(run)) == ("succeeded", [("b", 1)], {"c": "not_selected"})
    assert run.state.outputs["b"] == {"value": 5}


async def test_a_dry_run_has_no_effect_and_asks_nobody():
    script = Script()
    steps = [
        send("a"),
        {"id": "b", "use": "t.preview", "with": {"value": "mail"}},
        ask("c"),
        pure("d", "${steps.b.value}, ${steps.a}"),
    ]
    run = await start(workflow(*steps, output="${steps.d.value}"), script, dry=True)
    assert (run.state.status, run.state.output) == ("succeeded", "would send mail, ")
    assert because(run) == {"a": "dry_run", "c": "dry_run"}
    assert (script.calls, script.happened) == ([("d", 1)], [f"{run.id}:d"])
    assert "Sending" not in names(run)


@pytest.mark.parametrize("steps", [[], ["a"]])
async def test_a_run_that_succeeded_is_not_tried_again(steps):
    run = await start(workflow(pure("a")))
    assert not await run.retry(steps)


async def test_what_comes_before_a_seeded_step_is_done_too_before_the_run_ends():
    script = Script()
    run = await start(workflow(pure("a"), pure("b"), pure("c", "${steps.b.value}")), script, seed={"b": {"value": 7}})
    assert (run.state.status, statuses(run)) == ("succeeded", {"a": "done", "b": "done", "c": "done"})
    assert sorted(script.calls) == [("a", 1), ("c", 1)]


def two_failed_items(script, tolerate=0):
    """A run of which two of three sendings failed at the same time."""
    each = {"items": [0, 1, 2], "concurrency": 3, "tolerate": tolerate}
    run = begin(workflow(send("a", "${item}", for_each=each), output="${steps.a.failed}"), script)
    now = run.clock.micros()
    for name in ("a[0]", "a[1]", "a[2]"):
        run.take(Sending(now, name, 1, f"{run.id}:{name}"))
    for name in ("a[0]", "a[2]"):
        run.take(Failed(now, name, 1, "denied", "no"))
    run.take(Done(now, "a[1]", 1, {"value": 1}))
    return run


async def test_a_retry_of_a_named_item_leaves_the_other_failed_ones_alone():
    script = Script()
    run = two_failed_items(script, tolerate=1)
    assert (run.state.status, statuses(run)["a[2]"]) == ("failed", "failed")
    await run.retry(["a[2]"])
    assert (run.state.status, run.state.output) == ("succeeded", 1)
    assert (statuses(run)["a[0]"], script.calls) == ("failed", [("a[2]", 2)])


async def test_failed_items_that_were_left_alone_fail_the_step_again():
    script = Script()
    run = two_failed_items(script)
    await run.retry(["a[2]"])
    assert (run.state.status, run.state.failed_step, run.state.message) == ("failed", "a", "item 0 failed: no")
    assert (statuses(run)["a[2]"], script.calls) == ("done", [("a[2]", 2)])
    await run.retry()
    assert (run.state.status, script.calls) == ("succeeded", [("a[2]", 2), ("a[0]", 2)])


async def test_a_named_item_that_fails_again_fails_the_step_at_once():
    run = two_failed_items(Script(**{"a[2]": ["ok", "fail:denied"]}), tolerate=1)
    await run.retry(["a[2]"])
    assert (run.state.failed_step, run.state.message) == ("a", "2 of 3 items failed; item 0 failed: no")


@pytest.mark.parametrize("named", [[], ["a"]])
async def test_without_named_items_all_failed_ones_are_tried_again(named):
    script = Script()
    run = two_failed_items(script)
    await run.retry(named)
    assert (run.state.status, script.calls) == ("succeeded", [("a[0]", 2), ("a[2]", 2)])


async def test_tolerated_failures_of_a_done_step_are_tried_again_when_they_are_named():
    script = Script(**{"a[0]": ["fail:denied"], "a[2]": ["fail:denied"], "b": ["bug"]})
    steps = [pure("a", "${item}", for_each={"items": [0, 1, 2], "tolerate": "all"}), pure("b", "${steps.a.failed}")]
    run = await start(workflow(*steps, output="${steps.b.value}"), script)
    assert (run.state.failed_step, statuses(run)["a"]) == ("b", "done")
    await run.retry(["a[0]"])
    assert (run.state.output, script.calls[-2:]) == (1, [("a[0]", 2), ("b", 2)])


async def test_with_one_step_named_all_that_failed_uncaught_is_tried_again():
    script = Script(a=["bug"], b=["bug"])
    run = begin(workflow(send("a", needs=[]), send("b", needs=[])), script)
    now = run.clock.micros()
    for name in ("a", "b"):
        run.take(Sending(now, name, 1, f"{run.id}:{name}"))
    for name in ("a", "b"):
        run.take(Failed(now, name, 1, "denied", "no"))
    assert statuses(run) == {"a": "failed", "b": "failed"}
    await run.retry(["b"])
    assert (run.state.status, script.calls) == ("succeeded", [("a", 2), ("b", 2)])


async def test_a_step_that_nobody_waits_for_reads_as_null_after_a_retry_too():
    steps = [pure("fast", 1, needs=[]), ask("slow", needs=[]), pure("bad", needs=["fast"])]
    first = pure("first", "${steps.fast.value} ${steps.slow}", needs=["bad", "slow"], join="any")
    run = await start(workflow(*steps, first, output="${steps.first.value}"), Script(bad=["bug"]))
    assert (run.state.status, statuses(run)["slow"]) == ("failed", "cancelled")
    await run.retry()
    assert (statuses(run)["slow"], run.state.outputs["first"]) == ("waiting", {"value": "1 "})
