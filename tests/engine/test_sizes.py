"""What a step hands to the journal has one limit, whatever it is: a result, a request, the inputs of a called run."""

import pytest
from drivers import has_ended
from scripted import Script
from test_children import call, child_of
from test_conformance import chain, pure
from test_waiting import ask

TOLD = "is larger than 1,048,576 bytes; hand large values on as a document"
TOLD_OF_MANY = "are larger than 1,048,576 bytes; hand large values on as a document"
RETRY = {"attempts": 3, "on": ["resource"]}


async def test_a_request_that_is_too_large_fails_as_resource_and_nobody_is_asked(drive):
    driver = await drive(Script(ok=["big"]))
    run = await driver.start(chain(ask()))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message) == ("failed", "resource", f"the request {TOLD}")


async def test_inputs_of_a_called_run_that_are_too_large_fail_as_resource_and_nothing_is_called(drive):
    driver = await drive(Script(sub=["big"]))
    run = await driver.start(chain(call("sub", child_of(pure("x", 1), inputs={"n": {"default": 0}}))))
    state = await run.until(has_ended)
    told = f"the inputs of the called workflow {TOLD_OF_MANY}"
    assert (state.status, state.failure, state.message) == ("failed", "resource", told)
    assert state.steps["sub"].child is None


async def test_a_found_outcome_that_is_too_large_fails_as_resource_and_is_not_sent_again(drive):
    script = Script(**{"a": ["sent"], "a?": ["big"]})
    driver = await drive(script)
    run = await driver.start(chain({"id": "a", "use": "t.find", "retry": RETRY}))
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message) == ("failed", "resource", f"the result {TOLD}")
    assert script.happened == [f"{run.id}:a"]


@pytest.mark.parametrize(("kind", "sent"), [("t.send", 1), ("t.idempotent", 3)])
async def test_an_effect_that_happened_is_not_sent_again_for_the_size_of_its_result(drive, kind, sent):
    script = Script(a=["big"] * 3)
    driver = await drive(script)
    run = await driver.start(chain({"id": "a", "use": kind, "with": {"value": 1}, "retry": RETRY}))
    await run.advance("1h")
    state = await run.until(has_ended)
    assert (state.status, state.failure, state.message) == ("failed", "resource", f"the result {TOLD}")
    assert script.calls == [("a", attempt) for attempt in range(1, sent + 1)]
