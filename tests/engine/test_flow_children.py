"""Child runs: a step calls another definition, and its end is the step's."""

import json

import pytest
from flows import ask, names, pure, send, start, statuses, workflow
from scripted import Script


def call(name, *steps, inputs=None, **rest):
    """A step that runs `steps` as a child run, whose output is that of the last one."""
    output = f"${{steps.{steps[-1]['id']}}}" if steps else {"value": "nothing"}
    child = json.dumps(workflow(*steps, inputs={"n": {"default": 0}}, output=output)).replace("${", "$${")
    return {"id": name, "use": "t.call", "with": {"child": child, "inputs": inputs or {}}, **rest}


def child_of(run):
    return next(iter(run.children.values()))


async def test_the_output_of_the_child_is_the_step_s():
    steps = [call("a", pure("x", "${inputs.n + 1}"), inputs={"n": 4}), pure("b", "${steps.a.value}")]
    run = await start(workflow(*steps, output="${steps.b.value}"))
    assert (run.state.status, run.state.output) == ("succeeded", 5)
    assert names(run) == ["Started", "Called", "Done", "Done", "Ended"]
    child = child_of(run)
    assert run.state.steps["a"].child == str(child.id)
    assert (child.state.parent.run, child.state.parent.step, child.state.parent.depth) == (str(run.id), "a", 1)


async def test_a_child_without_steps_ends_at_once():
    run = await start(workflow(call("a"), output="${steps.a.value}"))
    assert (run.state.status, run.state.output) == ("succeeded", "nothing")


@pytest.mark.parametrize(
    ("line", "failure", "message"),
    [("fail:budget", "budget", "x failed"), ("bug", "bug", "ZeroDivisionError: a fault of the kind")],
)
async def test_a_failed_child_fails_the_step_with_its_class(line, failure, message):
    run = await start(workflow(call("a", pure("x"))), Script(x=[line]))
    assert (run.state.status, run.state.failed_step) == ("failed", "a")
    assert (run.state.failure, run.state.message) == (failure, message)


async def test_each_attempt_of_the_step_is_a_child_of_its_own():
    script = Script(x=["fail:unavailable"])
    run = await start(workflow(call("a", pure("x", retry={"attempts": 1}), retry={"attempts": 2})), script)
    assert (statuses(run), len(run.children)) == ({"a": "retrying"}, 1)
    await run.advance("1m")
    assert (run.state.status, run.state.message, len(run.children)) == ("failed", "x failed", 2)


async def test_a_rejected_child_denies_the_step_and_a_handler_may_go_on():
    run = await start(
        workflow(call("a", ask("x"), on_error="fix"), pure("fix", "${errors.a.failure}"), output="${steps.fix.value}")
    )
    await child_of(run).signal("x", {"decision": "rejected"})
    await run.settle()
    assert (run.state.status, run.state.output) == ("succeeded", "denied")


async def test_a_cancelled_run_cancels_its_children_and_awaits_their_ends():
    run = await start(workflow(call("a", ask("x")), pure("b")))
    await run.cancel("enough")
    assert (run.state.status, child_of(run).state.status) == ("cancelled", "cancelled")
    assert names(run) == ["Started", "Called", "CancelRequested", "Stopping", "Failed", "Ended"]
    assert statuses(run) == {"a": "failed", "b": "cancelled"}


async def test_a_child_whose_time_is_up_is_cancelled():
    run = await start(workflow(call("a", ask("x"), timeout={"after": "1h", "then": "continue"}), output="${steps.a}"))
    await run.advance("1h")
    assert (run.state.status, run.state.output, child_of(run).state.status) == ("succeeded", None, "cancelled")


async def test_a_crash_loses_no_child_and_starts_none_twice():
    script = Script()
    run = await start(workflow(call("a", send("x"), ask("y"), pure("z"))), script)
    run.crash()
    await run.settle()
    assert len(run.children) == 1
    await child_of(run).signal("y", {"decision": "approved"})
    assert (run.state.status, script.happened.count(f"{child_of(run).id}:x")) == ("succeeded", 1)


async def test_items_call_children_and_one_that_fails_cancels_its_brothers():
    mapped = {"items": [1, 2, 3], "concurrency": 2}
    run = await start(workflow(call("a", ask("x"), for_each=mapped)))
    first, second = run.children.values()
    await first.signal("x", {"decision": "rejected", "comment": "no"})
    assert (second.state.status, run.state.status) == ("cancelled", "failed")
    assert run.state.message == "2 of 3 items failed; item 0 failed: no"
    assert statuses(run)["a[2]"] == "cancelled"


async def test_a_dry_run_s_children_are_dry():
    script = Script()
    run = await start(workflow(call("a", send("x"))), script, dry=True)
    assert (run.state.status, f"{child_of(run).id}:x" in script.happened) == ("succeeded", False)
