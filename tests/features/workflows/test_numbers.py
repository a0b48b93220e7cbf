"""Numbers of requests and definitions: `true` is none of them."""

import pytest

STEP = {"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}
TWICE = {**STEP, "for_each": {"items": [1, 2], "concurrency": 2}, "retry": {"attempts": 2, "factor": 2}}


@pytest.fixture
async def counting(product):
    await product.workflow("counting", [STEP], output="1")
    return product


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/workflows/1/nodes", {**STEP, "id": "b", "index": True}),
        ("/workflows/1/nodes/a/move", {"index": True}),
        ("/workflows/1/what-if", {"last": True}),
        ("/workflows/1/execute", {"version": True}),
        ("/workflows/bulk", {"action": "delete", "workflows": [True]}),
        ("/workflows/bulk", {"action": "delete", "workflows": [{"workflow": True}]}),
        ("/workflows/bulk", {"action": "execute", "workflows": [1], "priority": True}),
        ("/workflows/bulk", {"action": "execute", "workflows": [1], "dry_run": 1}),
        ("/advanced/workflows/execute", {"workflow_id": True}),
    ],
)
async def test_true_is_no_number(counting, path, body):
    answer = await counting.client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert (await counting.get("/workflows"))["items"][0]["handle"] == "workflow_1"


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"priority": True}, "priority"),
        ({"steps": [{**TWICE, "retry": {"attempts": True}}]}, "steps[0].retry.attempts"),
        ({"steps": [{**TWICE, "retry": {"factor": True}}]}, "steps[0].retry.factor"),
        ({"steps": [{**TWICE, "for_each": {"items": [1], "concurrency": True}}]}, "steps[0].for_each.concurrency"),
    ],
)
async def test_true_is_no_number_in_a_definition(counting, changed, path):
    definition = {"workflow": "counting", "steps": [TWICE], **changed}
    answer = await counting.client.post("/workflows", json={"definition": definition})
    assert answer.status_code == 422, answer.text
    assert [(fault["path"], fault["message"]) for fault in answer.json()["errors"]] == [
        (path, "should be a number, not true or false")
    ]
