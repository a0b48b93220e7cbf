"""What runs do: chains, graphs, conditions, retries, waits; the same for both drivers, in literal values."""

import pytest
from drivers import has_ended
from scripted import Script


def chain(*steps, **rest):
    return {"workflow": "w", "steps": list(steps), **rest}


def pure(name, value=None, **rest):
    return {"id": name, "use": "t.pure", "with": {"value": value}, **rest}


def send(name, **rest):
    return {"id": name, "use": "t.send", "with": {"value": name}, **rest}


def statuses(state):
    return {name: step.status for name, step in state.steps.items()}


async def names_of(run):
    return [type(fact).__name__ for fact in await run.history()]


async def test_a_chain_hands_values_on(drive):
    script = Script()
    driver = await drive(script)
    steps = [
        pure("a", "${inputs.n * 2}"),
        pure("b", "${steps.a.value + 1}"),
        pure("c", "n=${steps.b.value} by ${run.workflow}"),
    ]
    run = await driver.start(
        chain(*steps, inputs={"n": {"type": "integer"}}, output={"all": "${steps.c.value}"}), {"n": 20}
    )
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", {"all": "n=41 by w"})
    assert state.outputs == {"a": {"value": 40}, "b": {"value": 41}, "c": {"value": "n=41 by w"}}
    assert script.calls == [("a", 1), ("b", 1), ("c", 1)]
    assert await names_of(run) == ["Started", "Done", "Done", "Done", "Ended"]


async def test_an_empty_workflow_succeeds_with_its_output(drive):
    driver = await drive(Script())
    run = await driver.start(
        {"workflow": "w", "output": {"hello": "${inputs.who}"}, "inputs": {"who": {}}}, {"who": "Ana"}
    )
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", {"hello": "Ana"})


async def test_a_graph_joins_and_runs_each_step_once(drive):
    script = Script()
    driver = await drive(script)
    steps = [
        pure("left", 1, needs=[]),
        pure("right", 2, needs=[]),
        pure("join", "${steps.left.value + steps.right.value}", needs=["left", "right"]),
        pure("last", "${steps.join.value}"),
    ]
    run = await driver.start(chain(*steps, output="${steps.last.value}"))
    state = await run.until(has_ended)
    assert state.output == 3
    assert sorted(script.calls) == [("join", 1), ("last", 1), ("left", 1), ("right", 1)]
    assert script.calls.index(("join", 1)) == 2


async def test_a_skipped_step_hands_on_null_and_its_followers_run(drive):
    driver = await drive(Script())
    steps = [
        pure("a", 5),
        pure("b", 1, when="steps.a.value > 10"),
        pure("c", "${steps.b.value}"),
        pure("d", "got", when="steps.b.value == null"),
        pure("e", 1, when=False),
        pure("f", 2, when=True),
    ]
    run = await driver.start(chain(*steps, output="${steps.d.value}"))
    state = await run.until(has_ended)
    assert statuses(state) == {"a": "done", "b": "skipped", "c": "done", "d": "done", "e": "skipped", "f": "done"}
    assert (state.outputs["b"], state.outputs["c"], state.output) == (None, {"value": None}, "got")


async def test_a_condition_that_is_not_a_boolean_fails_the_step(drive):
    script = Script()
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 5), pure("b", 1, when="steps.a.value", retry={"on": ["bad_input"]})))
    await run.advance("1h")
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.failed_step) == ("failed", "bad_input", "b")
    assert state.message == "when: steps.a.value is 5, not true or false; compare it with something"
    assert script.calls == [("a", 1)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${steps.a.value.missing}", "steps.a.value.missing: there is no such value"),
        ("${int(1) / int(inputs.zero)}", "int(1) / int(inputs.zero): division by zero in CEL expression"),
        ("${inputs.list[3]}", "inputs.list[3]: there is no such value"),
        ("${inputs.list[3 + 0]}", "inputs.list[3 + 0]: index out of bounds: 3"),
    ],
)
async def test_an_expression_that_does_not_fit_its_data_fails_the_run(drive, value, message):
    driver = await drive(Script())
    inputs = {"zero": {"default": 0}, "list": {"default": [1]}}
    run = await driver.start(chain(pure("a", {"x": 1}), pure("b", value), inputs=inputs))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.failed_step, state.message) == ("failed", "bad_input", "b", message)


async def test_an_output_that_cannot_be_made_fails_the_run(drive):
    driver = await drive(Script())
    run = await driver.start(chain(pure("a", {"x": 1}), output="${steps.a.value.y}"))
    state = await run.until(has_ended)
    assert (state.status, state.failure) == ("failed", "bad_input")
    assert state.message == "output: steps.a.value.y: there is no such value"


async def test_parameters_that_turn_out_wrong_fail_the_run_with_their_path(drive):
    driver = await drive(Script())
    ask = {"id": "b", "use": "t.ask", "with": {"assignees": "${steps.a.value}"}}
    run = await driver.start(chain(pure("a", 7), ask))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.failed_step) == ("failed", "bad_input", "b")
    assert state.message == "with.assignees: Input should be a valid list"


async def test_a_result_that_is_too_large_fails_as_resource(drive):
    driver = await drive(Script(a=["big"]))
    run = await driver.start(chain(pure("a", 1)))
    state = await run.until(has_ended)
    assert (state.status, state.failure) == ("failed", "resource")
    assert state.message == "the result is larger than 1,048,576 bytes; hand large values on as a document"


async def test_a_fault_of_the_kind_is_a_bug_and_is_not_retried(drive):
    script = Script(a=["bug"])
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1)))
    state = await run.until(has_ended)
    assert (state.failure, state.message) == ("bug", "ZeroDivisionError: a fault of the kind")
    assert script.calls == [("a", 1)]


@pytest.mark.parametrize(
    ("line", "value", "failure"),
    [("nan", {"value": None}, ""), ("surrogate", None, "bug"), ("object", None, "bug")],
)
async def test_results_are_what_the_journal_can_keep(drive, line, value, failure):
    driver = await drive(Script(a=[line]))
    run = await driver.start(chain(pure("a", 1)))
    state = await run.until(has_ended)
    assert (state.outputs.get("a"), state.failure) == (value, failure)
    assert (await names_of(run))[-1] == "Ended"


async def test_only_named_classes_are_retried_with_growing_pauses(drive):
    script = Script(a=["fail:unavailable", "fail:rate_limited", "fail:unavailable"])
    driver = await drive(script)
    retry = {"attempts": 4, "initial": "10s", "max": "1m", "factor": 3}
    run = await driver.start(chain(pure("a", 1, retry=retry), output="${steps.a.value}"))
    begun = (await run.until(lambda state: state.steps["a"].status == "retrying")).started_at
    await run.advance("5m")
    state = await run.until(has_ended)
    assert (state.status, state.output) == ("succeeded", 1)
    assert (state.steps["a"].attempt, state.steps["a"].failure) == (4, "")
    assert script.calls == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    dues = [fact.due for fact in await run.history() if type(fact).__name__ == "Retry"]
    pauses = [(due - before) / 1e6 for due, before in zip(dues, [begun, *dues], strict=False)]
    for pause, full in zip(pauses, [10, 30, 60], strict=True):
        assert full / 2 <= pause <= full


async def test_a_class_that_is_not_named_ends_the_run_at_once(drive):
    script = Script(a=["fail:denied"])
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1), pure("b", 1)))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message, state.failed_step) == ("failed", "denied", "a failed", "a")
    assert (state.steps["a"].hint, statuses(state)) == ("look", {"a": "failed", "b": "cancelled"})


async def test_attempts_are_counted(drive):
    script = Script(a=["fail:unavailable"] * 9)
    driver = await drive(script)
    run = await driver.start(chain(pure("a", 1, retry={"attempts": 3, "on": ["unavailable"]})))
    await run.advance("10m")
    state = await run.until(has_ended)
    assert (state.status, state.failure) == ("failed", "unavailable")
    assert script.calls == [("a", 1), ("a", 2), ("a", 3)]


@pytest.mark.parametrize(("asked", "pause"), [("100", 100.0), ("1e300", 365 * 86_400.0)])
async def test_a_provider_may_ask_for_a_longer_pause(drive, asked, pause):
    driver = await drive(Script(a=[f"fail:rate_limited:{asked}"]))
    run = await driver.start(chain(pure("a", 1)))
    state = await run.until(lambda state: state.steps["a"].status == "retrying")
    assert state.steps["a"].due == state.started_at + int(pause * 1_000_000)
