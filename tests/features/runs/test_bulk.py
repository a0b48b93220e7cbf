"""Many runs under one order, over HTTP with the real engine: what it would do, what it did, and what stops it."""

from datetime import datetime
from uuid import UUID

import pytest

pytestmark = pytest.mark.usefixtures("five")
HOLD = {
    "workflow": "hold",
    "inputs": {"fails": {"type": "boolean", "default": False}},
    "steps": [
        {"id": "paid", "use": "wait", "with": {"signal": "paid"}},
        {"id": "book", "use": "fail", "with": {"message": "The books are closed"}, "when": "inputs.fails"},
    ],
    "output": "booked",
}


@pytest.fixture
async def five(ana, house):
    """Five runs that wait for a payment."""
    assert (await ana.post("/workflows", json={"definition": HOLD})).status_code == 201
    runs = [(await ana.post("/workflows/1/execute")).json() for _ in range(5)]
    for run in runs:
        await house.waiting(run["id"], "paid")
    return [run["handle"] for run in runs]


async def statuses(ana):
    items = (await ana.get("/runs?workflow=1&sort=created_at")).json()["items"]
    return {item["handle"]: item["status"] for item in items}


async def settled(ana, house, answer):
    assert answer.status_code == 202, answer.json()
    await house.settled(answer.json()["id"])
    return (await ana.get(f"/runs/{answer.json()['handle']}")).json()


async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(ana, house):
    await ana.post("/runs/run_2/cancel")
    await house.settled((await ana.get("/runs/run_2")).json()["id"])
    body = {"action": "pause", "filter": {"workflow": "1"}, "canary": {"count": 2}, "dry_run": True}
    answer = await ana.post("/runs/bulk", json=body)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "action": "pause",
            "total": 5,
            "possible": 4,
            "refused": {"cancelled": 1},
            "canary": ["run_1", "run_2"],
            "runs": [
                {"run": "run_1", "status": "waiting", "possible": True},
                {"run": "run_2", "status": "cancelled", "possible": False},
                {"run": "run_3", "status": "waiting", "possible": True},
                {"run": "run_4", "status": "waiting", "possible": True},
                {"run": "run_5", "status": "waiting", "possible": True},
            ],
        },
    )
    assert (await ana.get("/runs?system=true&origin=system")).json()["items"] == []


async def test_every_run_of_an_order_is_an_item_of_it(ana, house):
    body = {"action": "cancel", "runs": ["run_1", "run_3", "run_5"], "reason": "The shop is closed"}
    answer = await ana.post("/runs/bulk", json=body)
    order = await settled(ana, house, answer)
    assert answer.headers["location"] == f"/api/v3/runs/{order['handle']}"
    assert (order["label"], order["origin"], order["status"]) == ("bulk_cancel", "system", "succeeded")
    assert order["output"] == {"succeeded": 3, "failed": 0}
    for run in ("run_1", "run_3", "run_5"):
        ended = await house.settled((await ana.get(f"/runs/{run}")).json()["id"])
        assert ended is None
    assert await statuses(ana) == {
        "run_1": "cancelled",
        "run_2": "waiting",
        "run_3": "cancelled",
        "run_4": "waiting",
        "run_5": "cancelled",
    }
    assert (await ana.get("/runs/run_3")).json()["message"] == "The shop is closed"
    assert order["handle"] not in [run["handle"] for run in (await ana.get("/runs")).json()["items"]]


async def test_a_run_that_cannot_take_the_action_is_told_among_the_items(ana, house):
    await ana.post("/runs/run_2/cancel")
    await house.settled((await ana.get("/runs/run_2")).json()["id"])
    body = {"action": "pause", "filter": {"workflow": "1"}}
    order = await settled(ana, house, await ana.post("/runs/bulk", json=body))
    assert (order["status"], order["output"]) == ("succeeded", {"succeeded": 4, "failed": 1})
    items = (await ana.get(f"/runs/{order['handle']}/steps/runs/items?status=failed")).json()["items"]
    assert [(item["name"], item["input"]["run"], item["message"]) for item in items] == [
        ("runs[1]", "run_2", "run_2 has ended: cancelled.")
    ]
    await house.journal.catch_up()
    assert await statuses(ana) == {
        "run_1": "paused",
        "run_2": "cancelled",
        "run_3": "paused",
        "run_4": "paused",
        "run_5": "paused",
    }


async def test_restarted_runs_are_named_by_the_items(ana, house):
    body = {"action": "restart", "runs": ["run_1", "run_2"]}
    order = await settled(ana, house, await ana.post("/runs/bulk", json=body))
    items = (await ana.get(f"/runs/{order['handle']}/steps/runs/items")).json()["items"]
    assert [item["output"]["run"] for item in items] == ["run_1", "run_2"]
    made = [item["output"]["made"] for item in items]
    assert sorted(made) == ["run_7", "run_8"]
    assert (await ana.get(f"/runs/{made[1]}")).json()["source"] == {"run": "run_2", "how": "restart"}


async def test_a_canary_that_ends_badly_leaves_the_others_alone(ana, house):
    await ana.patch("/workflows/1", json={"definition": {**HOLD, "steps": HOLD["steps"][1:]}})
    body = {
        "action": "fork",
        "from": "book",
        "inputs": {"fails": True},
        "runs": ["run_1", "run_2", "run_3"],
        "canary": {"count": 1, "within": "10s"},
        "version": "draft",
    }
    order = await settled(ana, house, await ana.post("/runs/bulk", json=body))
    assert (order["status"], order["failed_step"]) == ("failed", "watch")
    assert order["message"] == "run_7 did not end well, so the other runs are left alone."
    assert {step["id"]: step["status"] for step in order["steps"]} == {
        "canary": "done",
        "watch": "failed",
        "runs": "cancelled",
    }
    assert [run["handle"] for run in (await ana.get("/runs?workflow=1")).json()["items"]] == [
        "run_7",
        "run_5",
        "run_4",
        "run_3",
        "run_2",
        "run_1",
    ]


async def test_a_canary_that_ends_well_lets_the_others_follow(ana, house):
    body = {"action": "cancel", "filter": {"workflow": "1"}, "canary": {"count": 2, "within": "10s"}}
    order = await settled(ana, house, await ana.post("/runs/bulk", json=body))
    assert (order["status"], order["output"]) == ("succeeded", {"succeeded": 5, "failed": 0})
    assert order["steps"][1]["output"] == {"ended": ["run_1", "run_2"]}


async def test_what_does_not_fit_is_refused(ana, eve, cleo):
    unknown = await ana.post("/runs/bulk", json={"action": "cancel", "runs": ["run_1", "run_77", "x"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "runs_not_found")
    assert [(fault["path"], fault["message"]) for fault in unknown.json()["errors"]] == [
        ("runs[1]", "run_77 is no run here"),
        ("runs[2]", "x is no run here"),
    ]
    both = await ana.post("/runs/bulk", json={"action": "cancel", "runs": ["run_1"], "filter": {}})
    assert both.json()["errors"][0]["message"] == "give `runs` or `filter`, one of them"
    fork = await ana.post("/runs/bulk", json={"action": "fork", "runs": ["run_1"]})
    assert fork.json()["errors"][0]["message"] == "give `from` with `fork`, and only with it"
    assert (await cleo.post("/runs/bulk", json={"action": "cancel", "runs": ["run_1"]})).status_code == 403
    assert (await eve.post("/runs/bulk", json={"action": "cancel", "runs": ["run_1"]})).status_code == 422


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_filter_that_names_what_no_run_has_is_refused_with_its_path(ana, dry_run):
    filters = {"workflow": "workflow_7", "parent": "run_77", "source": "x"}
    body = {"action": "cancel", "filter": filters, "dry_run": dry_run}
    unknown = await ana.post("/runs/bulk", json=body)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "filter_names_nothing")
    assert [(fault["path"], fault["message"]) for fault in unknown.json()["errors"]] == [
        ("filter.workflow", "no run here is of a workflow 'workflow_7'"),
        ("filter.parent", "'run_77' is no run here"),
        ("filter.source", "'x' is no run here"),
    ]
    workflow = (await ana.get("/workflows/1")).json()["id"]
    for known in ({"parent": "run_1"}, {"workflow": workflow}, {"workflow": "workflow_1", "status": ["failed"]}):
        found = await ana.post("/runs/bulk", json={"action": "cancel", "filter": known, "dry_run": True})
        assert found.status_code == 200


async def test_the_items_tell_when_a_run_had_ended_as_all_moments_are_told(ana, house):
    await ana.post("/runs/run_1/cancel")
    await house.settled((await ana.get("/runs/run_1")).json()["id"])
    ended_at = (await ana.get("/runs/run_1")).json()["ended_at"]
    order = await settled(ana, house, await ana.post("/runs/bulk", json={"action": "restart", "runs": ["run_1"]}))
    [item] = (await ana.get(f"/runs/{order['handle']}/steps/runs/items")).json()["items"]
    assert datetime.fromisoformat(item["output"]["ended_at"]) == datetime.fromisoformat(ended_at)


async def test_too_many_runs_are_refused(ana):
    for _ in range(16):
        await ana.post("/workflows/1/execute")
    many = await ana.post("/runs/bulk", json={"action": "cancel", "filter": {"workflow": "1"}})
    assert (many.status_code, many.json()["code"]) == (422, "too_many_runs")
    assert many.json()["detail"] == "More than 20 runs match; one order takes 20."


async def test_nobody_else_uses_the_kinds_of_bulk_orders(ana, house):
    steps = [{"id": "mine", "use": "runs.control", "with": {"run": "run_1", "action": "cancel"}}]
    await ana.post("/workflows", json={"definition": {"workflow": "mine", "steps": steps}})
    run = await settled(ana, house, await ana.post("/workflows/2/execute"))
    assert (run["status"], run["failure"]) == ("failed", "denied")
    assert run["message"] == "Only bulk orders control runs; send one with POST /runs/bulk."
    assert "runs.control" not in [kind["name"] for kind in (await ana.get("/steps")).json()]


async def test_a_run_that_has_just_ended_is_found_by_a_filter(ana, house):
    failing = (await ana.post("/workflows/1/execute", json={"inputs": {"fails": True}})).json()
    await house.waiting(failing["id"], "paid")
    await ana.post(f"/runs/{failing['handle']}/signal", json={"step": "paid", "signal": "paid"})
    assert await house.engine.wait(UUID(failing["id"]), 10) is not None  # and no list has been told
    body = {"action": "retry", "filter": {"workflow": "1", "status": ["failed"]}, "dry_run": True}
    assert (await ana.post("/runs/bulk", json=body)).json()["runs"] == [
        {"run": failing["handle"], "status": "failed", "possible": True}
    ]


async def test_a_filter_by_a_workflow_that_has_no_runs_matches_nothing(ana, house):
    made = await ana.post("/workflows", json={"definition": {**HOLD, "workflow": "idle"}})
    for name in (made.json()["handle"], made.json()["id"], "2"):
        body = {"action": "cancel", "filter": {"workflow": name}}
        told = await ana.post("/runs/bulk", json={**body, "dry_run": True})
        assert (told.status_code, told.json()["total"]) == (200, 0)
    order = await settled(ana, house, await ana.post("/runs/bulk", json=body))
    assert (order["status"], order["output"]) == ("succeeded", {"succeeded": 0, "failed": 0})


async def test_an_origin_that_there_is_not_is_refused_with_those_that_there_are(ana):
    message = "Input should be 'api', 'cli', 'workflow', 'error_workflow', 'test', 'system' or 'engine'"
    refused = await ana.post("/runs/bulk", json={"action": "cancel", "filter": {"origin": "apo"}, "dry_run": True})
    assert refused.status_code == 422
    assert [(fault["path"], fault["message"]) for fault in refused.json()["errors"]] == [("filter.origin", message)]
    listed = await ana.get("/runs?origin=apo")
    assert [(fault["path"], fault["message"]) for fault in listed.json()["errors"]] == [("query.origin", message)]
    known = await ana.post("/runs/bulk", json={"action": "cancel", "filter": {"origin": "api"}, "dry_run": True})
    assert known.json()["total"] == 5


async def test_a_filter_that_says_nothing_is_refused_unless_all_is_said(ana):
    for chosen in ({"filter": {}}, {"filter": {"children": True}}, {"filter": {"status": []}}):
        refused = await ana.post("/runs/bulk", json={"action": "cancel", "dry_run": True, **chosen})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["message"] == (
            'the filter chooses all runs; narrow it, or say `"all": true`'
        )
    every = await ana.post("/runs/bulk", json={"action": "cancel", "dry_run": True, "filter": {}, "all": True})
    assert (every.status_code, every.json()["total"]) == (200, 5)


@pytest.mark.parametrize(
    "body",
    [
        {"action": "retry", "filter": {"status": ["failed"]}, "canary": {"count": True}},
        {"action": "restart", "runs": ["run_1"], "version": True},
    ],
)
async def test_true_is_no_number(ana, body):
    assert (await ana.post("/runs/bulk", json=body)).status_code == 422
