"""Some steps on pinned data, and dry runs, over HTTP with the real engine."""

import pytest
from whole_product import step_of

STEPS = [
    {"id": "who", "use": "value.set", "with": {"values": {"name": "${inputs.name}"}}},
    {"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!", "data": "${steps.who}"}},
    {"id": "ask", "use": "human.approval", "with": {"title": "Send it?"}},
    {
        "id": "send",
        "use": "deliver.folder",
        "when": "steps.ask.decision == 'approved'",
        "with": {"files": [{"name": "letter.txt", "text": "${steps.text.text}"}]},
    },
    {"id": "call", "use": "http.request", "with": {"url": "https://example.invalid/x", "method": "POST"}},
]


async def letter(product):
    inputs = {"name": {"type": "string"}, "limit": {"type": "number"}}
    return await product.workflow("letter", STEPS, inputs=inputs, output="${steps.send.files[0].name}")


async def test_one_step_runs_on_a_pinned_output(product):
    workflow = await letter(product)
    body = {"steps": ["text"], "pins": {"who": {"name": "Ana"}}, "wait": 20}
    run = await product.post(f"/workflows/{workflow}/test", body, 200)
    assert (run["status"], run["mode"], run["origin"]) == ("succeeded", "test", "test")
    assert run["output"] == {"text": {"text": "Hello Ana!"}}
    told = await product.get(f"/runs/{run['handle']}")
    assert {step["id"]: step["status"] for step in told["steps"]} == {
        "who": "done",
        "text": "done",
        "ask": "skipped",
        "send": "skipped",
        "call": "skipped",
    }


async def test_outputs_and_inputs_of_a_past_run_stand_in(product):
    workflow = await letter(product)
    past = await product.start(workflow, {"name": "Ana", "limit": 1})
    await product.until(past, "waiting")
    changed = [{**STEPS[0]}, {**STEPS[1], "with": {**STEPS[1]["with"], "template": "Dear {{ name }},"}}, *STEPS[2:]]
    definition = {"workflow": "letter", "inputs": {"name": {"type": "string"}}, "steps": changed}
    await product.client.patch(f"/workflows/{workflow}", json={"definition": definition})
    run = await product.post(f"/workflows/{workflow}/test", {"steps": ["text"], "from_run": past, "wait": 20}, 200)
    assert run["output"] == {"text": {"text": "Dear Ana,"}}
    assert run["source"] == {"run": past, "how": "test"}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"steps": ["text"]}, ("steps[1].with.data", "not_pinned")),
        ({"steps": ["who"]}, ("inputs.name", "missing")),
        ({"steps": ["nowhere"]}, ("steps[0]", "reference")),
        ({"steps": ["text"], "pins": {"who": {}, "whom": {}}}, ("pins.whom", "reference")),
    ],
)
async def test_what_is_missing_is_named_and_nothing_starts(product, body, fault):
    workflow = await letter(product)
    refused = await product.post(f"/workflows/{workflow}/test", body, 422)
    assert [(one["path"], one["code"]) for one in refused["errors"]] == [fault]
    assert (await product.get("/runs", total=True))["total"] == 0


async def test_a_dry_run_reaches_its_end_and_changes_nothing(product):
    workflow = await letter(product)
    run = await product.run(workflow, {"name": "Ana", "limit": 1}, dry_run=True)
    assert (run["status"], run["mode"], run["output"]) == ("succeeded", "dry", "letter.txt")
    assert step_of(run, "ask")["output"]["decision"] == "approved"
    [path] = step_of(run, "send")["output"]["paths"]
    assert path.startswith(str(product.settings.delivery_roots[0]))
    assert not product.settings.delivery_roots[0].joinpath(path).exists()
    assert step_of(run, "call")["status"] == "skipped"
    assert (await product.get("/approvals"))["items"] == []


async def test_a_dry_test_previews_the_step(product):
    workflow = await letter(product)
    pins = {"text": {"text": "Hi"}, "ask": {"decision": "approved"}}
    run = await product.post(
        f"/workflows/{workflow}/test", {"steps": ["send"], "pins": pins, "dry": True, "wait": 20}, 200
    )
    assert (run["mode"], run["output"]["send"]["files"][0]["size"]) == ("dry", 2)


async def test_execute_takes_keys_priority_and_a_start(product):
    workflow = await product.workflow("quick", [], output=1)
    options = {"deduplicate": {"key": "a", "within": "1h"}, "priority": 5}
    first = await product.run(workflow, **options)
    again = await product.post(f"/workflows/{workflow}/execute", options, 200)
    assert (again["handle"], again["deduplicated"], first["priority"]) == (first["handle"], True, 5)
    later = await product.post(f"/workflows/{workflow}/execute", {"start_at": "2100-01-01T00:00:00Z"}, 202)
    assert (later["status"], later["start_at"]) == ("queued", "2100-01-01T00:00:00Z")
    assert (await product.post(f"/workflows/{workflow}/execute", {"priority": -8.0}))["priority"] == -8
    refused = await product.post(f"/workflows/{workflow}/execute", {"priority": 11}, 422)
    assert refused["errors"][0]["path"] == "priority"
