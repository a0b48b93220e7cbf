"""Handlers and joins: which steps come about when others fail."""

import pytest
from flows import ask, because, names, pure, send, start, statuses, workflow
from scripted import Script

DENIED = {"a": ["fail:denied"]}


async def test_a_handler_goes_on_where_a_step_failed_for_good():
    steps = [
        pure("a", on_error="fix"),
        pure("b"),
        pure("fix", "${errors.a.failure}: ${errors.a.message}, ${errors.a.hint}"),
    ]
    run = await start(workflow(*steps, output="${steps.fix.value}"), Script(**DENIED))
    assert (run.state.status, run.state.output) == ("succeeded", "denied: a failed, look")
    assert statuses(run) == {"a": "failed", "fix": "done", "b": "skipped"}
    assert because(run) == {"b": "need"}
    assert names(run) == ["Started", "Failed", "Caught", "Skipped", "Done", "Ended"]


async def test_a_handler_is_skipped_when_nothing_failed():
    steps = [pure("a", 1, on_error="fix"), pure("b", "${steps.a.value}"), pure("fix", "${errors.a.message}")]
    run = await start(workflow(*steps, output="${steps.fix.value}"))
    assert (run.state.status, run.state.output) == ("succeeded", None)
    assert because(run) == {"fix": "branch"}


async def test_retries_come_before_the_handler():
    steps = [pure("a", on_error="fix", retry={"attempts": 2, "initial": "1s"}), pure("fix")]
    run = await start(workflow(*steps), Script(a=["fail:unavailable", "fail:unavailable"]))
    assert statuses(run) == {"a": "retrying", "fix": "pending"}
    await run.advance("2s")
    assert names(run) == ["Started", "Failed", "Retry", "Fired", "Failed", "Caught", "Done", "Ended"]


async def test_the_step_below_a_handler_goes_on_either_way():
    steps = [
        pure("a", 1, on_error="fix"),
        pure("fix", 2),
        pure("b", "${steps.a == null ? steps.fix.value : steps.a.value}"),
    ]
    good = await start(workflow(*steps, output="${steps.b.value}"))
    bad = await start(workflow(*steps, output="${steps.b.value}"), Script(**DENIED))
    assert (good.state.output, bad.state.output) == (1, 2)


async def test_a_handler_with_needs_of_its_own_waits_for_them():
    steps = [pure("a", needs=[], on_error="fix"), ask("b", needs=[]), pure("fix", needs=["b"])]
    run = await start(workflow(*steps), Script(**DENIED))
    assert statuses(run) == {"a": "failed", "b": "waiting", "fix": "pending"}
    await run.signal("b", {"decision": "approved"})
    assert statuses(run) == {"a": "failed", "b": "done", "fix": "done"}


async def test_a_failing_handler_fails_the_run_or_has_a_handler_itself():
    steps = [pure("a", on_error="fix"), pure("fix", on_error="last"), pure("last")]
    script = {**DENIED, "fix": ["bug"]}
    caught = await start(workflow(*steps), Script(**script))
    assert (caught.state.status, caught.state.caught) == ("succeeded", {"a": "fix", "fix": "last"})
    failed = await start(workflow(steps[0], pure("fix")), Script(**script))
    assert (failed.state.status, failed.state.failed_step, failed.state.failure) == ("failed", "fix", "bug")


async def test_a_parked_effect_that_did_not_happen_goes_to_the_handler_without_a_retry():
    run = await start(workflow(send("a", on_error="fix"), pure("fix")), Script(a=["lost"]))
    await run.signal("a", {"outcome": "failed"}, "resolve")
    assert statuses(run) == {"a": "failed", "fix": "done"}
    assert run.state.steps["a"].message == "a person found that it did not happen"


async def test_a_timeout_has_a_branch_of_its_own():
    steps = [
        ask("a", timeout={"after": "3d", "then": "late"}, on_error="fix"),
        pure("fix"),
        pure("late", "${errors.a.failure}"),
    ]
    run = await start(workflow(*steps, output="${steps.late.value}"))
    await run.advance("3d")
    assert (run.state.status, run.state.output) == ("succeeded", "timeout")
    assert statuses(run) == {"a": "failed", "fix": "skipped", "late": "done"}
    assert because(run) == {"fix": "branch"}


async def test_a_timeout_without_a_branch_goes_to_on_error():
    run = await start(workflow(ask("a", timeout="1h", on_error="fix"), pure("fix")))
    await run.advance("1h")
    assert statuses(run) == {"a": "failed", "fix": "done"}


@pytest.mark.parametrize(
    ("join", "became", "why"),
    [
        ("all", "skipped", {"c": "need"}),
        ("any", "done", {}),
        ("settled", "done", {}),
    ],
)
async def test_what_a_join_makes_of_a_caught_failure(join, became, why):
    steps = [
        pure("a", needs=[], on_error="fix"),
        pure("b", needs=[]),
        pure("fix", needs=["a"]),
        pure("c", needs=["a", "b"], join=join),
    ]
    run = await start(workflow(*steps), Script(**DENIED))
    assert (run.state.status, statuses(run)["c"], because(run)) == ("succeeded", became, why)


@pytest.mark.parametrize("join", ["all", "settled"])
async def test_an_ordinary_skip_satisfies(join):
    run = await start(workflow(pure("a", when=False), pure("b", join=join)))
    assert statuses(run) == {"a": "skipped", "b": "done"}


async def test_any_starts_with_the_first_need_once_and_reads_null_of_the_others():
    script = Script()
    steps = [
        pure("fast", 1, needs=[]),
        ask("slow", needs=[]),
        pure("first", "${steps.fast.value} ${steps.slow}", needs=["fast", "slow"], join="any"),
    ]
    run = await start(workflow(*steps, output="${steps.first.value}"), script)
    assert statuses(run) == {"fast": "done", "slow": "waiting", "first": "done"}
    await run.signal("slow", {"decision": "approved"})
    assert (run.state.status, run.state.output) == ("succeeded", "1 ")
    assert script.calls == [("fast", 1), ("first", 1)]


async def test_any_is_skipped_when_no_need_is_done():
    steps = [pure("a", needs=[], when=False), pure("b", needs=[], when=False), pure("c", needs=["a", "b"], join="any")]
    run = await start(workflow(*steps))
    assert (run.state.status, because(run)) == ("succeeded", {"a": "", "b": "", "c": "need"})


async def test_a_failure_that_nobody_catches_ends_the_run_whatever_the_join():
    steps = [pure("a", needs=[]), ask("b", needs=[]), pure("c", needs=["a", "b"], join="any")]
    run = await start(workflow(*steps), Script(**DENIED))
    assert (run.state.status, run.state.failed_step) == ("failed", "a")


async def test_a_failed_condition_is_retried_before_anything_that_needs_the_step_starts():
    script = Script()
    steps = [
        pure("a", needs=[], when="inputs.n > 1", retry={"attempts": 2, "on": ["bad_input"], "initial": "1h"}),
        pure("b", needs=[], when=False),
        pure("c", needs=["a", "b"]),
    ]
    run = await start(workflow(*steps, inputs={"n": {}}), script, {"n": "text"})
    assert (statuses(run)["a"], statuses(run)["c"], script.calls) == ("retrying", "pending", [])


async def test_a_failure_whose_handler_could_not_run_fails_the_run():
    steps = [
        pure("a", needs=[], on_error="h"),
        pure("b", needs=[], on_error="g"),
        pure("h", needs=["b"]),
        pure("g", needs=["a"]),
    ]
    script = Script(a=["fail:denied", "ok"], b=["bug", "ok"])
    run = await start(workflow(*steps), script)
    assert (run.state.status, run.state.failed_step, run.state.failure) == ("failed", "a", "denied")
    assert run.state.message == "a failed (and its handler 'h' could not run)"
    assert because(run) == {"h": "need", "g": "need"}
    await run.retry()
    assert (run.state.status, because(run)) == ("succeeded", {"h": "branch", "g": "branch"})
    assert script.calls == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


async def test_a_failure_whose_handler_is_not_among_the_steps_to_run_fails_the_run():
    run = await start(workflow(pure("a", on_error="fix"), pure("fix")), Script(**DENIED), only=["a"])
    assert (run.state.status, run.state.failed_step) == ("failed", "a")
    assert run.state.message == "a failed (and its handler 'fix' is not among the steps to run)"


async def test_a_handler_that_its_own_condition_skips_has_handled_the_failure():
    run = await start(
        workflow(pure("a", on_error="fix"), pure("fix", when="errors.a.failure != 'denied'")), Script(**DENIED)
    )
    assert (run.state.status, because(run)) == ("succeeded", {"fix": ""})


async def test_what_was_skipped_because_of_a_step_is_looked_at_again_with_it():
    steps = [pure("a", on_error="fix"), pure("b", "${steps.a.value}"), pure("fix"), pure("last")]
    script = Script(a=["fail:denied", "ok"], last=["bug", "ok"])
    run = await start(workflow(*steps), script)
    assert statuses(run) == {"a": "failed", "fix": "done", "b": "skipped", "last": "failed"}
    await run.retry(["a"])
    assert (run.state.status, statuses(run)) == (
        "succeeded",
        {"a": "done", "fix": "done", "b": "done", "last": "done"},
    )
