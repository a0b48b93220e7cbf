"""A run inspected over HTTP: what its steps logged and cost, and its course in time."""

import asyncio

import pytest

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Params, Result, StepError, StepKind


class TalkParams(Params):
    value: int = 0


class Talk(StepKind):
    """Log and charge; the first attempt fails when its value is negative."""

    name = "talk"
    params = TalkParams
    result = Result

    async def run(self, params, context):
        context.log("asked the model", value=params.value, token="t-1")
        context.charge("0.10", "USD", tokens_in=10, tokens_out=2, what="model-a")
        if params.value < 0 and context.attempt == 1:
            context.log("the model is busy", level="warning")
            raise StepError("busy", FailureClass.UNAVAILABLE, hint="Wait.")
        await asyncio.sleep(0.01)
        return Result()


FLOW = {
    "workflow": "talks",
    "steps": [
        {"id": "one", "use": "talk", "with": {"value": -1}, "retry": {"attempts": 2, "initial": "20ms"}},
        {"id": "many", "use": "talk", "for_each": {"items": [7, 8], "concurrency": 1}, "with": {"value": "${item}"}},
        {"id": "aside", "use": "value.set", "with": {"values": {}}, "needs": ["one"]},
        {"id": "never", "use": "talk", "when": False},
    ],
}


@pytest.fixture
async def talked(ana, house):
    house.kinds.add(Talk())
    stored = await ana.post("/workflows", json={"definition": FLOW})
    assert stored.status_code == 201, stored.text
    run = (await ana.post("/workflows/1/execute")).json()
    await house.settled(run["id"])
    return run


@pytest.mark.usefixtures("talked")
async def test_the_lines_of_a_run_are_read_page_by_page(ana):
    first = (await ana.get("/runs/run_1/logs?limit=3")).json()
    assert [(line["number"], line["step"], line["attempt"], line["level"]) for line in first["items"]] == [
        (1, "one", 1, "info"),
        (2, "one", 1, "warning"),
        (3, "one", 2, "info"),
    ]
    assert (first["items"][0]["message"], first["items"][0]["fields"]) == (
        "asked the model",
        {"value": -1, "token": "***"},
    )
    second = (await ana.get("/runs/run_1/logs", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [(line["number"], line["step"]) for line in second["items"]] == [(4, "many[0]"), (5, "many[1]")]
    assert second["next_cursor"] is None


@pytest.mark.usefixtures("talked")
async def test_lines_are_filtered_by_level_step_and_attempt(ana):
    async def numbers(path):
        return [line["number"] for line in (await ana.get(path)).json()["items"]]

    assert await numbers("/runs/run_1/logs?level=warning") == [2]
    assert await numbers("/runs/run_1/logs?step=many") == [4, 5]
    assert await numbers("/runs/run_1/steps/many/logs") == [4, 5]
    assert await numbers("/runs/run_1/steps/many[1]/logs") == [5]
    assert await numbers("/runs/run_1/steps/one/logs?attempt=2") == [3]
    assert await numbers("/runs/run_1/steps/never/logs") == []


@pytest.mark.usefixtures("talked")
async def test_refusals_of_lines_say_what_is_wrong(ana):
    unknown = await ana.get("/runs/run_1/steps/two/logs")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "step_not_found")
    cursor = (await ana.get("/runs/run_1/logs?limit=1")).json()["next_cursor"]
    foreign = await ana.get("/runs/run_1/logs", params={"limit": 1, "level": "warning", "cursor": cursor})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "bad_cursor")
    assert (await ana.get("/runs/run_1/logs?level=loud")).status_code == 422


async def test_another_workspace_sees_nothing_of_it(house, talked):
    for path in ("logs", "timeline", "steps/one/logs"):
        assert (await house.clients["eve"].get(f"/runs/{talked['id']}/{path}")).status_code == 404


@pytest.mark.usefixtures("talked")
async def test_costs_add_up_from_attempt_to_step_to_run(ana):
    run = (await ana.get("/runs/run_1")).json()
    one, many, aside, _ = run["steps"]
    assert [attempt["cost"]["amounts"] for attempt in one["attempts"]] == [[{"amount": "0.10", "currency": "USD"}]] * 2
    assert one["cost"]["amounts"] == [{"amount": "0.20", "currency": "USD"}]
    assert many["cost"]["amounts"] == [{"amount": "0.20", "currency": "USD"}]
    assert many["items"]["items"][0]["cost"]["tokens_in"] == 10
    assert aside["cost"] is None
    assert run["cost"] == {
        "amounts": [{"amount": "0.40", "currency": "USD"}],
        "tokens_in": 40,
        "tokens_out": 8,
        "parts": [{"what": "model-a", "amount": "0.40", "currency": "USD", "tokens_in": 40, "tokens_out": 8}],
    }
    assert (one["logged"], many["logged"], aside["logged"]) == (3, 2, 0)


@pytest.mark.usefixtures("talked")
async def test_an_attempt_tells_when_it_began(ana):
    one = (await ana.get("/runs/run_1")).json()["steps"][0]
    second = one["attempts"][1]
    assert second["started_at"] < second["at"]


@pytest.mark.usefixtures("talked")
async def test_the_timeline_has_a_bar_for_every_attempt_and_item(ana):
    told = (await ana.get("/runs/run_1/timeline")).json()
    bars = {(bar["name"], bar["attempt"]): bar for bar in told["bars"]}
    assert set(bars) == {("one", 1), ("one", 2), ("many", 1), ("many[0]", 1), ("many[1]", 1), ("aside", 1)}
    assert [bars["one", number]["status"] for number in (1, 2)] == ["failed", "done"]
    (wait,) = bars["one", 2]["waits"]
    assert wait["reason"] == "retry"
    assert wait["ended_ms"] == bars["one", 2]["queued_ms"]
    assert bars["many[1]", 1]["item"] == 1
    assert bars["many[1]", 1]["started_ms"] >= bars["many[0]", 1]["ended_ms"]
    assert {bar["name"] for bar in told["bars"] if bar["critical"]} == {"one", "many", "many[1]"}
    assert (told["run"], told["status"], told["left_out"]) == ("run_1", "succeeded", {})
    assert told["duration_ms"] >= 30


@pytest.mark.usefixtures("talked")
async def test_a_timeline_leaves_out_items_beyond_what_was_asked_for(ana):
    told = (await ana.get("/runs/run_1/timeline?items=0")).json()
    assert told["left_out"] == {"many": 1}  # the other one is on the critical path


@pytest.mark.usefixtures("talked")
async def test_facts_of_the_history_are_what_happened_not_what_was_noted(ana):
    history = (await ana.get("/runs/run_1/history")).json()
    assert "noted" not in {entry["fact"] for entry in history}


async def test_a_wait_is_told_with_its_reason_and_has_no_end_yet(ana, house):
    wait = {"id": "paid", "use": "wait", "with": {"signal": "paid"}}
    await ana.post("/workflows", json={"definition": {"workflow": "w", "steps": [wait]}})
    run = (await ana.post("/workflows/1/execute")).json()
    await house.waiting(run["id"], "paid")

    (bar,) = (await ana.get("/runs/run_1/timeline")).json()["bars"]
    assert (bar["status"], bar["ended_at"], bar["critical"]) == ("waiting", None, True)
    assert [(wait["reason"], wait["ended_at"]) for wait in bar["waits"]] == [("paid", None)]
