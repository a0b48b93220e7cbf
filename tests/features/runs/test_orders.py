"""Runs paused, resumed and tried again over HTTP, with the real engine."""

import httpx
import pytest

CHAIN = {
    "workflow": "payment",
    "steps": [
        {"id": "order", "use": "value.set", "with": {"values": {"amount": 12}}},
        {"id": "paid", "use": "wait", "with": {"signal": "paid"}},
        {"id": "note", "use": "text.template", "with": {"template": "{{ by }}", "data": {"by": "${steps.paid.by}"}}},
    ],
    "output": "${steps.note.text}",
}
MAPPED = {
    "workflow": "letters",
    "inputs": {"names": {"type": "list"}},
    "steps": [
        {
            "id": "greet",
            "use": "text.template",
            "for_each": "${inputs.names}",
            "with": {
                "template": "{% if name == 'Bo' %}{{ nobody.here }}{% endif %}Dear {{ name }}",
                "data": {"name": "${item}"},
            },
        },
        {"id": "count", "use": "value.set", "with": {"values": {"sent": "${steps.greet.succeeded}"}}},
    ],
}


async def _start(ana, definition, inputs=None):
    assert (await ana.post("/workflows", json={"definition": definition})).status_code == 201
    return (await ana.post("/workflows/1/execute", json={"inputs": inputs or {}})).json()


async def _steps(ana, run="run_1"):
    return {step["id"]: step["status"] for step in (await ana.get(f"/runs/{run}")).json()["steps"]}


async def test_a_paused_run_takes_signals_and_starts_no_step_until_it_is_resumed(ana, house):
    run = await _start(ana, CHAIN)
    await house.waiting(run["id"], "paid")
    paused = await ana.post("/runs/run_1/pause", json={"reason": "The bank is closed"})
    assert paused.status_code == 202
    await house.recorded(run["id"], "paused", None)
    await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    await house.recorded(run["id"], "signalled", "paid")
    assert (await ana.get("/runs/run_1")).json()["status"] == "paused"
    assert await _steps(ana) == {"order": "done", "paid": "done", "note": "pending"}
    assert [item["status"] for item in (await ana.get("/runs?status=paused")).json()["items"]] == ["paused"]

    again = await ana.post("/runs/run_1/pause")
    assert (again.status_code, again.json()["code"]) == (409, "not_possible_now")
    assert again.json()["detail"] == (
        "run_1 is paused: pause is not possible; possible now: resume, cancel, signal, restart, fork."
    )
    assert (await ana.post("/runs/run_1/resume")).status_code == 202
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1")).json()["output"] == "bank"
    told = [(type_, data) for type_, data in await house.events() if type_.endswith("_ordered")]
    assert told == [
        ("run.pause_ordered", {"run": "run_1", "workflow": "payment", "reason": "The bank is closed"}),
        ("run.resume_ordered", {"run": "run_1", "workflow": "payment"}),
    ]


async def test_what_a_state_does_not_allow_is_refused_with_what_it_does(ana, house):
    run = await _start(ana, CHAIN)
    await house.waiting(run["id"], "paid")
    wrong = await ana.post("/runs/run_1/resume")
    assert (wrong.status_code, wrong.json()["detail"]) == (
        409,
        "run_1 is waiting: resume is not possible; possible now: pause, cancel, signal, restart, fork.",
    )
    await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    await house.settled(run["id"])
    for order in ("pause", "resume", "cancel"):
        late = await ana.post(f"/runs/run_1/{order}")
        assert (late.status_code, late.json()["detail"]) == (409, "run_1 has ended: succeeded.")
    late = await ana.post("/runs/run_1/retry")
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "run_1 is succeeded: retry is not possible; possible now: restart, fork.",
    )


async def test_a_cancelled_run_goes_on_where_it_was(ana, house):
    run = await _start(ana, CHAIN)
    await house.waiting(run["id"], "paid")
    await ana.post("/runs/run_1/cancel")
    await house.settled(run["id"])
    assert (await ana.post("/runs/run_1/retry")).status_code == 202
    await house.recorded(run["id"], "reopened", None)
    await house.waiting(run["id"], "paid")
    assert (await ana.get("/runs?status=waiting")).json()["items"][0]["handle"] == "run_1"
    await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    await house.settled(run["id"])
    ended = (await ana.get("/runs/run_1")).json()
    assert (ended["status"], ended["output"]) == ("succeeded", "bank")


async def test_items_are_told_page_by_page_and_only_failed_ones_are_tried_again(ana, house):
    run = await _start(ana, MAPPED, {"names": ["Al", "Bo", "Cy"]})
    await house.settled(run["id"])
    failed = (await ana.get("/runs/run_1")).json()
    assert (failed["status"], failed["failed_step"]) == ("failed", "greet")
    greet = failed["steps"][0]
    assert greet["items"]["total"] == 3
    assert greet["items"]["counts"]["failed"] == 1
    bo = (await ana.get("/runs/run_1/steps/greet/items?status=failed")).json()["items"][0]
    assert (bo["name"], bo["index"], bo["item"], bo["failure"]) == ("greet[1]", 1, "Bo", "bad_input")
    assert bo["input"]["data"] == {"name": "Bo"}
    assert [attempt["attempt"] for attempt in bo["attempts"]] == [1]

    done = await ana.post("/runs/run_1/retry", json={"steps": ["greet[7]"]})
    assert (done.status_code, done.json()["code"]) == (404, "step_not_found")
    assert (await ana.post("/runs/run_1/retry", json={"steps": ["greet[1]"]})).status_code == 202
    await house.recorded(run["id"], "reopened", None)
    await house.settled(run["id"])
    items = (await ana.get("/runs/run_1/steps/greet/items")).json()["items"]
    assert [(item["status"], len(item["attempts"])) for item in items if item["index"] == 1] == [("failed", 2)]


async def test_pages_of_items_follow_their_places(ana, house):
    run = await _start(ana, MAPPED, {"names": ["Al", "Cy", "Di", "Ed", "Flo"]})
    await house.settled(run["id"])
    page = (await ana.get("/runs/run_1/steps/greet/items?limit=2&status=done")).json()
    assert [item["output"]["text"] for item in page["items"]] == ["Dear Al", "Dear Cy"]
    assert (page["total"], page["counts"]) == (5, {"done": 5})
    rest = (await ana.get(f"/runs/run_1/steps/greet/items?limit=3&status=done&cursor={page['next_cursor']}")).json()
    assert ([item["name"] for item in rest["items"]], rest["next_cursor"]) == (
        ["greet[2]", "greet[3]", "greet[4]"],
        None,
    )
    none = await ana.get("/runs/run_1/steps/count/items")
    assert (none.status_code, none.json()["detail"]) == (409, "Step 'count' has no items: it is no for_each step.")
    bad = await ana.get("/runs/run_1/steps/greet/items?cursor=x")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_cursor")
    for other in ("steps/greet/items?status=failed", "steps/greet/items"):
        refused = await ana.get(
            f"/runs/run_1/{other}", params=httpx.QueryParams(other.partition("?")[2]).set("cursor", page["next_cursor"])
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor")


async def test_only_what_failed_is_tried_again(ana, house):
    fail = {"id": "pay", "use": "fail", "with": {"message": "The bank is away"}}
    run = await _start(ana, {"workflow": "away", "steps": [CHAIN["steps"][0], fail]})
    await house.settled(run["id"])
    wrong = await ana.post("/runs/run_1/retry", json={"steps": ["order"]})
    assert (wrong.status_code, wrong.json()["detail"]) == (
        409,
        "Step 'order' is done; only what failed or was cancelled is tried again. Steps that can: pay.",
    )
    await ana.post("/runs/run_1/retry", json={"steps": ["pay"], "reason": "It is back"})
    await house.recorded(run["id"], "reopened", None)
    await house.settled(run["id"])
    pay = (await ana.get("/runs/run_1")).json()["steps"][1]
    assert [(attempt["attempt"], attempt["outcome"]) for attempt in pay["attempts"]] == [(1, "failed"), (2, "failed")]


async def test_a_rejected_run_asks_again(ana, ben, house):
    approve = {"id": "ok", "use": "human.approval", "with": {"title": "Pay?", "assignees": ["role:finance"]}}
    run = await _start(ana, {"workflow": "ask", "steps": [approve], "output": "${steps.ok.decision}"})
    await house.waiting(run["id"], "ok")
    await ben.post("/approvals/approval_1/answer", json={"decision": "reject"})
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1")).json()["status"] == "rejected"
    assert (await ana.post("/runs/run_1/retry")).status_code == 202
    await house.recorded(run["id"], "reopened", None)
    await house.waiting(run["id"], "ok")
    assert (await ana.get("/runs/run_1")).json()["waits"] == {"ok": "approval"}


async def test_signals_name_items(ana, house):
    steps = [{"id": "paid", "use": "wait", "for_each": "${inputs.names}", "with": {"signal": "paid"}}]
    run = await _start(
        ana, {"workflow": "each", "inputs": {"names": {"type": "list"}}, "steps": steps}, {"names": [1, 2]}
    )
    await house.waiting(run["id"], "paid[1]")
    for item in ("paid[0]", "paid[1]"):
        sent = await ana.post("/runs/run_1/signal", json={"step": item, "signal": "paid", "payload": item})
        assert sent.status_code == 202, sent.json()
    await house.settled(run["id"])
    paid = (await ana.get("/runs/run_1")).json()["steps"][0]
    assert paid["output"]["items"] == ["paid[0]", "paid[1]"]


@pytest.mark.parametrize("order", ["pause", "resume", "retry"])
async def test_nobody_orders_what_is_not_theirs(ana, cleo, eve, house, order):
    run = await _start(ana, CHAIN)
    await house.waiting(run["id"], "paid")
    assert (await cleo.post(f"/runs/run_1/{order}")).status_code == 403
    assert (await eve.post(f"/runs/run_1/{order}")).status_code == 404
