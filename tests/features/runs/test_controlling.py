"""Runs inspected and controlled over HTTP, with the real engine."""

import asyncio

import pytest

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, OutcomeUnknown, Params, Result, StepError, StepKind
from docchain.features.runs.service import RunService

SIGNALLED = {
    "workflow": "payment",
    "steps": [
        {"id": "order", "use": "value.set", "with": {"values": {"amount": 12}}},
        {"id": "paid", "use": "wait", "with": {"signal": "paid"}},
        {"id": "note", "use": "text.template", "with": {"template": "{{ by }}", "data": {"by": "${steps.paid.by}"}}},
    ],
    "output": "${steps.note.text}",
}


async def _start(ana, house, step="paid", definition=SIGNALLED):
    await ana.post("/workflows", json={"definition": definition})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.waiting(run["id"], step)
    return run


async def test_a_waiting_run_says_what_it_waits_for_and_goes_on_with_a_signal(ana, house):
    run = await _start(ana, house)
    listed = (await ana.get("/runs?status=waiting")).json()["items"]
    assert [(item["handle"], item["waits"]) for item in listed] == [("run_1", {"paid": "paid"})]
    wrong = await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "payed"})
    assert (wrong.status_code, wrong.json()["detail"]) == (
        409,
        "Step 'paid' does not wait for 'payed', it waits for paid.",
    )
    assert (await ana.post("/runs/run_1/signal", json={"step": "pay", "signal": "paid"})).json()["detail"] == (
        "The run has no step 'pay'. Its steps are order, paid, note."
    )
    sent = await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    assert sent.status_code == 202
    await house.settled(run["id"])
    done = (await ana.get("/runs/run_1")).json()
    assert (done["status"], done["output"], done["waits"]) == ("succeeded", "bank", {})
    assert [(step["id"], step["status"]) for step in done["steps"]] == [
        ("order", "done"),
        ("paid", "done"),
        ("note", "done"),
    ]
    assert (done["steps"][2]["input"], done["steps"][2]["output"]) == (
        {"template": "{{ by }}", "data": {"by": "bank"}},
        {"text": "bank"},
    )
    assert [attempt["outcome"] for attempt in done["steps"][1]["attempts"]] == ["done"]


@pytest.mark.parametrize("word", ["approval", "time", "in_doubt", "resolve"])
async def test_a_signal_may_have_any_name(ana, house, word):
    wait = {"id": "paid", "use": "wait", "with": {"signal": word}}
    run = await _start(ana, house, definition={"workflow": "words", "steps": [wait]})
    other = await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "other"})
    assert other.json()["detail"] == f"Step 'paid' does not wait for 'other', it waits for {word}."
    parked = await ana.post("/runs/run_1/resolve", json={"step": "paid", "outcome": "failed"})
    assert (parked.status_code, parked.json()["detail"]) == (409, f"Step 'paid' is not parked, it waits for {word}.")
    sent = await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": word})
    assert sent.status_code == 202, sent.json()
    await house.settled(run["id"])


async def test_a_signal_after_the_end_is_refused(ana, house):
    run = await _start(ana, house)
    await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    await house.settled(run["id"])
    late = await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid"})
    assert (late.status_code, late.json()["detail"]) == (409, "run_1 has ended: succeeded.")


async def test_a_cancelled_run_ends_and_says_so(ana, house):
    run = await _start(ana, house)
    assert (await ana.post("/runs/run_1/cancel", json={"reason": "wrong file"})).status_code == 202
    await house.settled(run["id"])
    cancelled = (await ana.get("/runs/run_1")).json()
    assert (cancelled["status"], cancelled["message"]) == ("cancelled", "wrong file")
    assert [step["status"] for step in cancelled["steps"]] == ["done", "cancelled", "cancelled"]
    again = await ana.post("/runs/run_1/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_ended")


async def test_the_history_tells_every_fact(ana, house):
    run = await _start(ana, house)
    history = (await ana.get("/runs/run_1/history")).json()
    assert [(entry["fact"], entry["step"]) for entry in history] == [
        ("started", None),
        ("done", "order"),
        ("waiting", "paid"),
    ]
    assert history[1]["data"]["output"] == {"amount": 12}
    await ana.post("/runs/run_1/cancel")
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1/history")).json()[-1]["fact"] == "ended"


async def test_a_run_tells_the_world_three_things(ana, house):
    run = await _start(ana, house)
    await ana.post("/runs/run_1/signal", json={"step": "paid", "signal": "paid", "payload": {"by": "bank"}})
    await house.settled(run["id"])
    told = [(type_, data) for type_, data in await house.events() if type_.startswith("run.")]
    workflow = (await ana.get("/workflows/1")).json()
    about = {"run": "run_1", "workflow": "payment", "workflow_id": workflow["id"]}
    assert told == [
        ("run.started", about),
        ("run.waiting", {**about, "step": "paid", "for": "paid"}),
        ("run.finished", {**about, "status": "succeeded"}),
    ]


async def test_runs_are_paged_newest_first(ana, house):
    await ana.post("/workflows", json={"name": "empty"})
    runs = [(await ana.post("/workflows/1/execute?wait=10")).json()["id"] for _ in range(3)]
    await house.settled(runs[-1])
    page = (await ana.get("/runs?limit=2&total=true")).json()
    assert ([run["handle"] for run in page["items"]], page["total"]) == (["run_3", "run_2"], 3)
    rest = (await ana.get(f"/runs?limit=2&cursor={page['next_cursor']}")).json()
    assert ([run["handle"] for run in rest["items"]], rest["next_cursor"]) == (["run_1"], None)
    assert [run["handle"] for run in (await ana.get("/runs?sort=created_at&workflow=1")).json()["items"]] == [
        "run_1",
        "run_2",
        "run_3",
    ]
    assert (await ana.get("/runs?workflow=workflow_2")).json()["items"] == []
    assert (await ana.get("/runs?status=lost")).json()["errors"][0]["path"] == "query.status[0]"


async def test_another_workspace_sees_no_run(ana, eve, house):
    run = await _start(ana, house)
    assert (await eve.get("/runs")).json()["items"] == []
    assert (await eve.get(f"/runs/{run['id']}")).status_code == 404
    assert (await eve.post(f"/runs/{run['id']}/cancel")).status_code == 404


async def test_a_viewer_controls_nothing(ana, cleo, house):
    await _start(ana, house)
    assert (await cleo.get("/runs/run_1")).status_code == 200
    assert (await cleo.post("/runs/run_1/cancel")).status_code == 403


async def test_what_a_person_hands_a_run_is_no_larger_than_what_a_step_does(ana, house):
    await _start(ana, house)
    too_large = "is larger than 1,048,576 bytes; hand large values on as a document"
    for order, field in (("signal", "payload"), ("resolve", "output")):
        body = {"step": "paid", field: "x" * 1_048_575} | (
            {"signal": "paid"} if order == "signal" else {"outcome": "confirmed"}
        )
        refused = await ana.post(f"/runs/run_1/{order}", json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"path": field, "message": too_large, "code": "invalid"}]
    body = {"decision": "approve", "values": {"note": "x" * 1_048_575}}
    refused = await ana.post("/approvals/approval_1/answer", json=body)
    assert [fault["message"] for fault in refused.json()["errors"]] == [too_large]


class Send(StepKind):
    """Send something whose answer never comes."""

    name = "test.send"
    effect = Effect.EXTERNAL
    params = Params
    result = Result

    async def run(self, _params, _context):
        raise OutcomeUnknown("no answer came")


async def test_of_many_who_say_what_became_of_an_effect_one_is_heard(ana, house):
    house.kinds.extend([Send()])
    await ana.post("/workflows", json={"definition": {"workflow": "sent", "steps": [{"id": "s", "use": "test.send"}]}})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.recorded(run["id"], "unknown", "s")
    outcomes = ["confirmed", "failed"] * 4
    answers = await asyncio.gather(
        *(ana.post("/runs/run_1/resolve", json={"step": "s", "outcome": outcome}) for outcome in outcomes)
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {told["detail"] for told in refused} <= {
        "Step 's' was answered a moment ago.",
        "Step 's' is not parked, it is done.",
        "Step 's' is not parked, it is failed.",
        "run_1 has ended: succeeded.",
        "run_1 has ended: failed.",
    }
    await house.settled(run["id"])
    heard = outcomes[[answer.status_code for answer in answers].index(202)]
    assert (await ana.get("/runs/run_1")).json()["status"] == {"confirmed": "succeeded", "failed": "failed"}[heard]


async def test_a_list_leaves_out_a_long_output_and_names_it(ana, house):
    steps = [{"id": "made", "use": "value.set", "with": {"values": {"text": "${inputs.text}"}}}]
    definition = {"workflow": "made", "inputs": {"text": {"type": "string"}}, "steps": steps}
    await ana.post("/workflows", json={"definition": {**definition, "output": "${steps.made.text}"}})
    await ana.post("/workflows", json={"definition": definition})
    for workflow, text in ((1, "x" * 20_000), (1, "short"), (2, "no output")):
        run = (await ana.post(f"/workflows/{workflow}/execute", json={"inputs": {"text": text}})).json()
        await house.settled(run["id"])
    listed = (await ana.get("/runs?sort=created_at")).json()["items"]
    assert [(run["output"], run["omitted"]) for run in listed] == [
        (None, ["inputs", "output"]),
        ("short", []),
        (None, []),
    ]
    whole = (await ana.get("/runs/run_1")).json()
    assert (whole["output"], whole["omitted"]) == ("x" * 20_000, [])


FLAKY = {"workflow": "flaky", "steps": [{"id": "pay", "use": "flaky"}]}


class Flaky(StepKind):
    """Fails at first."""

    name = "flaky"
    params = Params
    result = Result

    async def run(self, params, context):  # noqa: ARG002 (the contract of a kind)
        if context.attempt == 1:
            raise StepError("away", FailureClass.BAD_INPUT)
        return Result()


async def test_a_retry_waits_for_the_next_end_if_that_is_preferred(ana, house):
    house.kinds.add(Flaky())
    await ana.post("/workflows", json={"definition": FLAKY})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.settled(run["id"])
    assert (await ana.get("/runs/run_1")).json()["status"] == "failed"

    headers = {"Prefer": "wait=10", "Idempotency-Key": "again"}
    answer = await ana.post("/runs/run_1/retry", headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.headers["preference-applied"] == "wait=10"
    repeated = await ana.post("/runs/run_1/retry", headers=headers)
    assert (repeated.status_code, repeated.json()["status"]) == (200, "succeeded")


async def test_a_run_that_is_tried_again_can_be_cancelled_before_the_list_says_so(ana, house):
    house.kinds.add(Flaky())
    await ana.post("/workflows", json={"definition": FLAKY})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.settled(run["id"])

    def tried_and_cancelled(work):
        runs = RunService(work)
        return runs.retry("run_1").status, runs.cancel("run_1", "not again").status

    said = await house.database.write(tried_and_cancelled, house.actors["ana"])

    assert said == ("failed", "failed")
    orders = [name for name, _ in await house.events() if name.endswith("_ordered")]
    assert orders == ["run.retry_ordered", "run.cancel_ordered"]
