"""`for_each`: items side by side, retried and failed one by one, gathered into one output."""

import asyncio
import time

import pytest
from flows import ask, because, begin, names, pure, send, start, statuses, workflow
from scripted import Script

LIST = {"inputs": {"list": {"type": "list"}}}
EACH = "${inputs.list}"


def mapped(**rest):
    return workflow(pure("a", "${index}: ${item}", for_each=EACH, **rest), output="${steps.a}", **LIST)


async def test_each_item_is_a_step_of_its_own():
    script = Script()
    run = await start(mapped(), script, {"list": ["x", "y"]})
    assert run.state.output == {
        "items": [{"value": "0: x"}, {"value": "1: y"}], "succeeded": 2, "failed": 0, "failures": [],
    }  # fmt: skip
    assert names(run) == ["Started", "FannedOut", "Done", "Done", "Gathered", "Ended"]
    assert script.calls == [("a[0]", 1), ("a[1]", 1)]


async def test_nothing_to_do_is_done():
    run = await start(mapped(), None, {"list": []})
    assert run.state.output == {"items": [], "succeeded": 0, "failed": 0, "failures": []}


async def test_the_output_of_a_skipped_step_has_no_items():
    run = await start(workflow(pure("a", when=False), pure("b", "${item}", for_each="${steps.a.value}")))
    assert statuses(run) == {"a": "skipped", "b": "done"}


async def test_only_so_many_items_are_under_way():
    run = begin(mapped(), None, {"list": list(range(25))})
    assert [command.step for command in run.ready] == [f"a[{n}]" for n in range(10)]
    run = begin(workflow(ask("a", for_each={"items": EACH, "concurrency": 2}), **LIST), None, {"list": [1, 2, 3]})
    await run.settle()
    assert statuses(run) == {"a": "mapping", "a[0]": "waiting", "a[1]": "waiting", "a[2]": "pending"}
    await run.signal("a[1]", {"decision": "approved"})
    assert statuses(run) == {"a": "mapping", "a[0]": "waiting", "a[1]": "done", "a[2]": "waiting"}


async def test_an_item_is_retried_alone():
    script = Script(**{"a[1]": ["fail:unavailable"]})
    run = await start(mapped(), script, {"list": [1, 2, 3]})
    assert statuses(run) == {"a": "mapping", "a[0]": "done", "a[1]": "retrying", "a[2]": "done"}
    await run.advance("1m")
    assert run.state.output["succeeded"] == 3
    assert script.calls == [("a[0]", 1), ("a[1]", 1), ("a[2]", 1), ("a[1]", 2)]


@pytest.mark.parametrize("tolerate", [2, "67%", "all"])
async def test_some_items_may_fail(tolerate):
    definition = mapped()
    definition["steps"][0]["for_each"] = {"items": EACH, "tolerate": tolerate}
    run = await start(definition, Script(**{"a[0]": ["fail:denied"], "a[2]": ["bug"]}), {"list": [1, 2, 3]})
    assert run.state.status == "succeeded"
    assert run.state.output == {
        "items": [None, {"value": "1: 2"}, None],
        "succeeded": 1,
        "failed": 2,
        "failures": [
            {"index": 0, "failure": "denied", "message": "a[0] failed"},
            {"index": 2, "failure": "bug", "message": "ZeroDivisionError: a fault of the kind"},
        ],
    }


async def test_too_many_failures_fail_the_step_and_start_no_more_items():
    script = Script(**{"a[0]": ["fail:denied"]})
    definition = mapped()
    definition["steps"][0]["for_each"] = {"items": EACH, "concurrency": 1}
    run = await start(definition, script, {"list": [1, 2, 3]})
    assert (run.state.status, run.state.failed_step, run.state.failure) == ("failed", "a", "denied")
    assert run.state.message == "item 0 failed: a[0] failed"
    assert run.state.steps["a"].hint == "look"
    assert statuses(run) == {"a": "failed", "a[0]": "failed", "a[1]": "cancelled", "a[2]": "cancelled"}
    assert script.calls == [("a[0]", 1)]


async def test_a_handler_catches_a_step_whose_items_failed():
    steps = [pure("a", "${item}", for_each=[1, 2], on_error="fix"), pure("fix", "${errors.a.message}")]
    script = Script(**{"a[0]": ["fail:denied"], "a[1]": ["fail:denied"]})
    run = await start(workflow(*steps, output="${steps.fix.value}"), script)
    assert (run.state.status, run.state.output) == ("succeeded", "item 0 failed: a[0] failed")


async def test_effects_under_way_are_awaited_before_the_step_fails():
    script = Script(**{"a[0]": ["gate ok"], "a[1]": ["fail:denied"]})
    run = begin(workflow(send("a", "${item}", for_each=[1, 2, 3]), pure("b")), script)
    first = asyncio.create_task(run.step())
    await script.reached["a[0]"].wait()
    await run.step()
    assert statuses(run) == {"a": "mapping", "b": "pending", "a[0]": "sending", "a[1]": "failed", "a[2]": "pending"}
    await run.step()
    assert script.calls == [("a[0]", 1), ("a[1]", 1)]
    script.gates["a[0]"].set()
    await first
    assert statuses(run) == {"a": "failed", "b": "cancelled", "a[0]": "done", "a[1]": "failed", "a[2]": "cancelled"}
    assert names(run) == ["Started", "FannedOut", "Sending", "Sending", "Failed", "Done", "Failed", "Ended"]


async def test_a_condition_that_names_the_item_holds_for_each():
    run = await start(mapped(when="item != 'y'"), None, {"list": ["x", "y"]})
    assert run.state.output == {"items": [{"value": "0: x"}, None], "succeeded": 1, "failed": 0, "failures": []}
    assert because(run) == {"a[1]": ""}


async def test_another_condition_holds_for_the_whole_step():
    run = await start(mapped(when="size(inputs.list) > 2"), None, {"list": ["x", "y"]})
    assert (run.state.output, statuses(run)) == (None, {"a": "skipped"})


@pytest.mark.parametrize(
    ("value", "failure", "message"),
    [
        ("text", "bad_input", "for_each wants a list, not 'text'"),
        ({"a": 1}, "bad_input", "for_each wants a list, not {'a': 1}"),
        ([0] * 10_001, "resource", "for_each has 10,001 items; split them: 10,000 at most"),
    ],
)
async def test_what_cannot_be_mapped_fails_and_says_why(value, failure, message):
    run = await start(workflow(pure("a", for_each="${inputs.x}"), inputs={"x": {}}), None, {"x": value})
    assert (run.state.status, run.state.failure, run.state.message) == ("failed", failure, message)


async def test_computed_items_are_kept_and_looked_up_ones_are_not():
    looked_up = await start(mapped(), None, {"list": [1]})
    computed = await start(workflow(pure("a", "${item}", for_each="${[1, 2].filter(x, x > 1)}")))
    assert [run.journal[1].items for run in (looked_up, computed)] == [None, [2]]
    assert computed.state.outputs["a"]["items"] == [{"value": 2}]


async def test_a_rejected_item_ends_the_run_unless_somebody_heeds_it():
    steps = [ask("a", for_each=[1, 2])]
    ended = await start(workflow(*steps))
    await ended.signal("a[0]", {"decision": "rejected", "comment": "no"})
    assert (ended.state.status, ended.state.failed_step, ended.state.message) == ("rejected", "a[0]", "no")
    heeded = await start(workflow(*steps, pure("b", "${steps.a.items[0].decision}"), output="${steps.b.value}"))
    await heeded.signal("a[0]", {"decision": "rejected"})
    await heeded.signal("a[1]", {"decision": "approved"})
    assert (heeded.state.status, heeded.state.output) == ("succeeded", "rejected")


async def test_the_time_out_is_each_item_s_own():
    run = await start(
        workflow(ask("a", for_each=[1, 2], timeout={"after": "1h", "then": "continue"}), output="${steps.a}")
    )
    await run.signal("a[0]", {"decision": "approved"})
    await run.advance("1h")
    assert run.state.output["items"] == [{"decision": "approved"}, {"decision": "timed_out"}]


async def test_effects_of_items_have_keys_of_their_own():
    script = Script()
    run = await start(workflow(send("a", "${item}", for_each=[1, 2])), script)
    assert script.happened == [f"{run.id}:a[0]", f"{run.id}:a[1]"]


async def test_after_a_crash_only_what_is_not_done_is_done_again():
    script = Script()
    definition = mapped()
    definition["steps"][0]["for_each"] = {"items": EACH, "concurrency": 2}
    run = begin(definition, script, {"list": [1, 2, 3, 4]})
    await run.step()
    run.crash()
    assert [command.step for command in run.ready] == ["a[1]", "a[2]"]
    await run.settle()
    assert (run.state.status, [call for call, _ in script.calls]) == ("succeeded", ["a[0]", "a[1]", "a[2]", "a[3]"])


@pytest.mark.parametrize("items", [EACH, "${inputs.list + []}"])
async def test_ten_thousand_items_cost_ten_times_a_thousand(items):
    definition = workflow(pure("a", "${item}", for_each={"items": items, "concurrency": 100}), **LIST)
    spent = {}
    for count in (1_000, 1_000, 10_000):
        began = time.process_time()
        run = await start(definition, None, {"list": list(range(count))})
        spent[count] = time.process_time() - began
        assert run.state.outputs["a"]["succeeded"] == count
    assert spent[10_000] < 30 * spent[1_000]
