"""Approvals asked by real runs and answered over HTTP."""

from uuid import UUID

import pytest

FORM = {
    "cost_centre": {"type": "enum", "options": ["A", "B"], "required": True},
    "paid_on": {"type": "date"},
    "amount": {"type": "money"},
    "copies": {"type": "number"},
    "urgent": {"type": "boolean"},
}


def _definition(**step):
    with_ = {"title": "Pay ${inputs.who}?", "assignees": ["role:finance"], "form": FORM, **step.pop("with_", {})}
    return {
        "workflow": "payment",
        "inputs": {"who": {"type": "string", "default": "Acme"}},
        "steps": [{"id": "approve", "use": "human.approval", "with": with_, **step}],
        "output": "${steps.approve}",
    }


async def _asked(ana, house, definition):
    await ana.post("/workflows", json={"definition": definition})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.waiting(run["id"], "approve")
    return run


async def test_a_role_finds_the_question_and_its_answer_moves_the_run_on(ana, ben, house):
    run = await _asked(ana, house, _definition())
    inbox = (await ben.get("/approvals?mine=true&status=pending")).json()["items"]
    assert [(item["handle"], item["title"], item["assignees"]) for item in inbox] == [
        ("approval_1", "Pay Acme?", ["role:finance"])
    ]
    assert inbox[0]["run_id"] == run["id"]
    answer = {"decision": "approve", "comment": "fine", "values": {"cost_centre": "A", "paid_on": "2026-11-22"}}
    answered = await ben.post("/approvals/approval_1/answer", json=answer)
    assert (answered.status_code, answered.json()["status"], answered.json()["answered_by"]) == (200, "approved", "ben")
    await house.settled(run["id"])
    ended = (await ana.get("/runs/run_1")).json()
    assert (ended["status"], ended["output"]) == (
        "succeeded",
        {
            "decision": "approved",
            "comment": "fine",
            "values": {"cost_centre": "A", "paid_on": "2026-11-22"},
            "answered_by": "ben",
        },
    )
    assert (await ben.get("/approvals?mine=true&status=pending")).json()["items"] == []
    told = [(type_, data.get("decision")) for type_, data in await house.events() if type_.startswith("approval.")]
    assert told == [("approval.requested", None), ("approval.answered", "approved")]


async def test_a_caller_who_waits_is_told_at_once_that_people_are_asked(ana):
    await ana.post("/workflows", json={"definition": _definition()})
    answer = await ana.post("/workflows/1/execute?wait=300")
    assert (answer.status_code, answer.json()["waits"]) == (202, {"approve": "approval"})
    (asked,) = (await ana.get("/approvals?status=pending")).json()["items"]
    assert (asked["handle"], asked["run_id"]) == ("approval_1", answer.json()["id"])
    (listed,) = (await ana.get("/runs")).json()["items"]
    assert (listed["status"], listed["waits"]) == ("waiting", {"approve": "approval"})


async def test_whoever_reads_that_people_are_asked_finds_the_question(ana, house):
    await ana.post("/workflows", json={"definition": _definition()})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.engine.wait(UUID(run["id"]), 10, or_asked=True)
    assert (await ana.get("/runs/run_1")).json()["status"] == "waiting"
    assert [item["handle"] for item in (await ana.get("/approvals")).json()["items"]] == ["approval_1"]


async def test_a_rejection_that_no_step_heeds_ends_the_run_rejected(ana, ben, house):
    run = await _asked(ana, house, _definition())
    rejected = await ben.post("/approvals/approval_1/answer", json={"decision": "reject", "comment": "too dear"})
    assert rejected.json()["status"] == "rejected"
    await house.settled(run["id"])
    ended = (await ana.get("/runs/run_1")).json()
    assert (ended["status"], ended["message"], ended["failed_step"]) == ("rejected", "too dear", "approve")


async def test_the_first_answer_counts(ana, ben, house):
    await _asked(ana, house, _definition())
    await ben.post("/approvals/approval_1/answer", json={"decision": "reject"})
    second = await ana.post(
        "/approvals/approval_1/answer", json={"decision": "approve", "values": {"cost_centre": "A"}}
    )
    assert (second.status_code, second.json()["code"], second.json()["detail"]) == (
        409,
        "approval_settled",
        "approval_1 is rejected by ben; it cannot be answered again.",
    )


async def test_an_answer_must_fit_the_form(ana, ben, house):
    await _asked(ana, house, _definition())
    values = {"paid_on": "22/11/2026", "amount": {"amount": 12.5, "currency": "EUR"}, "copies": True, "colour": "red"}
    answer = await ben.post("/approvals/approval_1/answer", json={"decision": "approve", "values": values})
    assert answer.status_code == 422
    assert {fault["path"]: fault["message"] for fault in answer.json()["errors"]} == {
        "values.cost_centre": "is missing; fill it in",
        "values.paid_on": "must be a date such as 2026-12-31",
        "values.amount": 'must be money such as {"amount": "12.50", "currency": "EUR"}',
        "values.copies": "must be a number",
        "values.colour": "is no field of the form; remove it",
    }
    wrong = await ben.post("/approvals/approval_1/answer", json={"decision": "approve", "values": {"cost_centre": "C"}})
    assert wrong.json()["errors"][0]["message"] == "must be one of A, B"
    assert (await ben.get("/approvals/approval_1")).json()["status"] == "pending"


async def test_only_those_who_are_asked_may_answer(ana, ben, cleo, eve, house):
    await _asked(ana, house, _definition(with_={"assignees": "cleo"}))
    refused = await ben.post("/approvals/approval_1/answer", json={"decision": "approve"})
    assert (refused.status_code, refused.json()["detail"]) == (403, "Only user:cleo may answer this approval.")
    assert (await cleo.post("/approvals/approval_1/answer", json={"decision": "approve"})).status_code == 403
    assert [item["handle"] for item in (await cleo.get("/approvals?mine=true")).json()["items"]] == ["approval_1"]
    approval = (await ana.get("/approvals/approval_1")).json()
    assert (await eve.get(f"/approvals/{approval['id']}")).status_code == 404
    assert (await eve.get("/approvals")).json()["items"] == []


async def test_an_administrator_answers_for_those_who_left(ana, house):
    await _asked(ana, house, _definition(with_={"assignees": "zoe", "form": {}}))
    assert (await ana.post("/approvals/approval_1/answer", json={"decision": "approve"})).status_code == 200


async def test_a_plain_signal_does_not_answer_an_approval(ana, ben, house):
    await _asked(ana, house, _definition())
    signal = {"step": "approve", "signal": "answer", "payload": {"decision": "approved"}}
    refused = await ben.post("/runs/run_1/signal", json=signal)
    assert (refused.status_code, refused.json()["code"]) == (409, "answered_elsewhere")


async def test_reading_never_decides(ana, ben, house):
    await _asked(ana, house, _definition())
    await ben.get("/approvals/approval_1")
    assert (await ben.get("/approvals/approval_1/answer")).status_code == 405
    assert (await ben.get("/approvals/approval_1")).json()["status"] == "pending"


async def test_a_cancelled_run_takes_its_question_back(ana, ben, house):
    run = await _asked(ana, house, _definition())
    await ana.post("/runs/run_1/cancel")
    await house.settled(run["id"])
    assert (await ben.get("/approvals/approval_1")).json()["status"] == "cancelled"
    late = await ben.post("/approvals/approval_1/answer", json={"decision": "reject"})
    assert (late.status_code, late.json()["detail"]) == (409, "approval_1 is cancelled; it cannot be answered again.")


async def test_a_question_nobody_answers_expires(ana, ben, house):
    run = await _asked(ana, house, _definition(timeout={"after": "20ms", "then": "continue"}))
    await house.settled(run["id"])
    assert (await ben.get("/approvals/approval_1")).json()["status"] == "expired"
    assert (await ana.get("/runs/run_1")).json()["output"] == {"decision": "timed_out"}


async def test_an_escalated_question_asks_others(ana, ben, house):
    definition = _definition(
        with_={"assignees": "zoe", "escalate_to": "role:finance", "form": {}},
        timeout={"after": "20ms", "then": "escalate"},
    )
    run = await _asked(ana, house, definition)
    await house.recorded(run["id"], "escalated", "approve")
    approval = (await ben.get("/approvals?mine=true")).json()["items"][0]
    assert (approval["assignees"], approval["escalated"], approval["expires_at"]) == (["role:finance"], True, None)
    assert (await ben.post("/approvals/approval_1/answer", json={"decision": "approve"})).status_code == 200
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1")).json()["status"] == "succeeded"


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"type": "colour"}, "steps[0].with.form.x.type"),
        ({"type": "enum"}, "steps[0].with.form.x"),
        ({"options": ["a"]}, "steps[0].with.form.x"),
    ],
)
async def test_a_wrong_form_is_found_before_any_run(ana, field, path):
    definition = _definition(with_={"form": {"x": field}})
    validation = (await ana.post("/workflows/validate", json={"definition": definition})).json()
    assert [fault["path"] for fault in validation["errors"]] == [path]


async def test_a_list_leaves_out_what_is_long_and_names_it(ana, ben, house):
    form = {f"field_{n}": {"type": "string", "title": "t" * 100} for n in range(40)}
    data = {"lines": ["x" * 100] * 50}
    step = {"with_": {"form": form, "data": data, "message": "é" * 2_049}}
    run = await _asked(ana, house, _definition(**step))
    [listed] = (await ben.get("/approvals?mine=true")).json()["items"]
    assert listed["omitted"] == ["message", "form", "data"]
    assert (listed["message"], listed["form"], listed["data"]) == ("", {}, None)
    assert (listed["title"], listed["assignees"], listed["document"]) == ("Pay Acme?", ["role:finance"], None)
    whole = (await ben.get("/approvals/approval_1")).json()
    assert (whole["omitted"], whole["data"], whole["message"]) == ([], data, "é" * 2_049)
    assert list(whole["form"]) == list(form)
    answer = {"decision": "approve", "comment": "c" * 4_097, "values": {"field_1": "v" * 4_096}}
    assert (await ben.post("/approvals/approval_1/answer", json=answer)).json()["comment"] == "c" * 4_097
    await house.settled(run["id"])
    [settled] = (await ben.get("/approvals?status=approved")).json()["items"]
    assert settled["omitted"] == ["message", "form", "data", "comment", "values"]
    assert (settled["comment"], settled["values"], settled["answered_by"]) == ("", {}, "ben")


async def test_a_list_shows_what_is_short_as_the_page_does(ana, ben, house):
    await _asked(ana, house, _definition(with_={"message": "Look", "data": {"total": "5.00"}}))
    [listed] = (await ben.get("/approvals")).json()["items"]
    assert listed == (await ben.get("/approvals/approval_1")).json()
    assert (listed["omitted"], listed["message"], listed["data"]) == ([], "Look", {"total": "5.00"})
