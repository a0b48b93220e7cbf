"""The language's own steps, each in a run of the real engine."""

import pytest


async def _run(ana, steps, output=None, inputs=None):
    declared = {name: {"type": "any"} for name in inputs or {}}
    definition = {"workflow": "trial", "inputs": declared, "steps": steps, "output": output}
    created = await ana.post("/workflows", json={"definition": definition})
    assert created.status_code == 201, created.text
    return (await ana.post("/workflows/1/execute?wait=10", json={"inputs": inputs or {}})).json()


async def test_set_values_keep_their_types(ana):
    values = {"a": "${inputs.x}", "b": [1, {"c": None}], "json": "n ${inputs.x}", "d": "${inputs.x + 1}"}
    run = await _run(ana, [{"id": "s", "use": "value.set", "with": {"values": values}}], "${steps.s}", {"x": 41})
    assert run["output"] == {"a": 41, "b": [1, {"c": None}], "json": "n 41", "d": 42}


async def test_a_template_that_names_nothing_known_fails_with_advice(ana):
    steps = [{"id": "t", "use": "text.template", "with": {"template": "{{ nobody }}"}}]
    run = await _run(ana, steps)
    assert (run["status"], run["failure"], run["failed_step"]) == ("failed", "bad_input", "t")
    assert run["message"].startswith("The template cannot be filled: 'nobody' is undefined.")


async def test_a_wait_for_a_while_ends_by_itself(ana):
    run = await _run(ana, [{"id": "w", "use": "wait", "with": {"for": "10ms"}}], "waited")
    assert (run["status"], run["output"]) == ("succeeded", "waited")


async def test_a_wait_until_a_moment_gone_by_ends_at_once(ana):
    steps = [{"id": "w", "use": "wait", "with": {"until": "2020-01-01T00:00:00+01:00"}}]
    assert (await _run(ana, steps))["status"] == "succeeded"


async def test_a_wait_hands_on_the_payload_of_its_signal(ana, house):
    steps = [{"id": "w", "use": "wait", "with": {"signal": "go", "for": "1h"}}]
    definition = {"workflow": "trial", "steps": steps, "output": "${steps.w}"}
    await ana.post("/workflows", json={"definition": definition})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.waiting(run["id"], "w")
    await ana.post("/runs/run_1/signal", json={"step": "w", "signal": "go", "payload": {"why": "now"}})
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1")).json()["output"] == {"why": "now"}


async def test_a_failure_has_the_class_its_author_chose(ana):
    with_ = {"message": "no money for ${inputs.who}", "failure": "budget", "hint": "ask"}
    run = await _run(ana, [{"id": "f", "use": "fail", "with": with_}], inputs={"who": "Ana"})
    assert (run["status"], run["failure"], run["message"]) == ("failed", "budget", "no money for Ana")


@pytest.mark.parametrize(
    ("use", "with_", "path", "message"),
    [
        ("text.template", {"template": "{% if %}"}, "with.template", "Line 1 of the template: "),
        ("wait", {}, "with", "give `for`, `until`, `signal`, `event` or `callback`, or the step would wait for ever"),
        ("wait", {"for": "1h", "until": "2030-01-01T00:00:00Z"}, "with", "give `for` or `until`, not both"),
        ("wait", {"for": "soon"}, "with.for", "'soon' is no duration; write it like 500ms, 90s, 2m, 1h30m or 3d"),
        ("wait", {"until": "2030-01-01"}, "with.until", ""),
        ("fail", {"message": "x", "failure": "sadness"}, "with.failure", ""),
    ],
)
async def test_wrong_parameters_are_found_before_any_run(ana, use, with_, path, message):
    definition = {"workflow": "trial", "steps": [{"id": "s", "use": use, "with": with_}]}
    (fault,) = (await ana.post("/workflows/validate", json={"definition": definition})).json()["errors"]
    assert fault["path"] == f"steps[0].{path}"
    assert fault["message"].startswith(message)
