"""When runs start, and which requests are the same run: over HTTP with the real engine and its clock."""

import asyncio

import pytest
from sqlalchemy import Engine, event

HOLD = {"workflow": "hold", "priority": 2, "steps": [{"id": "paid", "use": "wait", "with": {"signal": "paid"}}]}
QUICK = {"workflow": "quick", "steps": []}


@pytest.fixture
async def hold(ana):
    """`workflow_1` waits for a payment; `workflow_2` ends at once."""
    for definition in (HOLD, QUICK):
        assert (await ana.post("/workflows", json={"definition": definition})).status_code == 201


pytestmark = pytest.mark.usefixtures("hold")


async def test_a_repeated_key_is_the_same_run_until_it_has_ended(ana, house):
    body = {"deduplicate": {"key": "invoice-114"}}
    first = await ana.post("/workflows/1/execute", json=body)
    assert (first.status_code, first.json()["deduplicated"]) == (202, False)
    await house.waiting(first.json()["id"], "paid")
    second = await ana.post("/workflows/1/execute", json=body)
    assert (second.status_code, second.json()["handle"], second.json()["deduplicated"]) == (200, "run_1", True)
    other = await ana.post("/workflows/1/execute", json={"deduplicate": {"key": "invoice-115"}})
    assert (other.status_code, other.json()["handle"]) == (202, "run_2")
    elsewhere = await ana.post("/workflows/2/execute", json=body)
    assert (elsewhere.status_code, elsewhere.json()["handle"]) == (202, "run_3")
    await ana.post("/runs/run_1/cancel")
    await house.settled(first.json()["id"])
    third = await ana.post("/workflows/1/execute", json=body)
    assert (third.status_code, third.json()["handle"]) == (202, "run_4")


async def test_a_key_is_remembered_for_as_long_as_asked(ana, house):
    body = {"deduplicate": {"key": "invoice-114", "within": "1h"}}
    first = (await ana.post("/workflows/2/execute", json=body)).json()
    await house.settled(first["id"])
    again = await ana.post("/workflows/2/execute", json=body)
    assert (again.status_code, again.json()["handle"], again.json()["status"]) == (200, "run_1", "succeeded")


async def test_many_requests_at_once_with_one_key_are_one_run(ana):
    body = {"deduplicate": {"key": "invoice-114"}}
    answers = await asyncio.gather(*(ana.post("/workflows/1/execute", json=body) for _ in range(20)))
    assert {answer.json()["handle"] for answer in answers} == {"run_1"}
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]


async def test_another_workspace_has_keys_of_its_own(ana, eve):
    await eve.post("/workflows", json={"definition": HOLD})
    body = {"deduplicate": {"key": "invoice-114"}}
    mine = await ana.post("/workflows/1/execute", json=body)
    theirs = await eve.post("/workflows/1/execute", json=body)
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_of_debounced_requests_only_the_newest_runs(ana, house):
    body = {"debounce": {"key": "folder-7", "for": "400ms"}}
    runs = [(await ana.post("/workflows/2/execute", json=body)).json() for _ in range(3)]
    assert [run["status"] for run in runs] == ["queued", "queued", "queued"]
    for run in runs:
        await house.settled(run["id"])
    listed = (await ana.get("/runs?sort=created_at")).json()["items"]
    assert [(run["handle"], run["status"], run["message"]) for run in listed] == [
        ("run_1", "cancelled", "superseded by run_2"),
        ("run_2", "cancelled", "superseded by run_3"),
        ("run_3", "succeeded", None),
    ]
    assert listed[2]["started_at"] >= listed[2]["start_at"]


async def test_a_run_may_start_later_and_be_cancelled_before(ana, house):
    later = (await ana.post("/workflows/2/execute", json={"start_at": "2126-01-01T00:00:00Z"})).json()
    assert (later["status"], later["start_at"]) == ("queued", "2126-01-01T00:00:00Z")
    await house.recorded(later["id"], "started", None)
    assert (await ana.get("/runs/run_1")).json()["status"] == "queued"
    assert (await ana.post("/runs/run_1/cancel")).status_code == 202
    await house.settled(later["id"])
    assert (await ana.get("/runs/run_1")).json()["status"] == "cancelled"


async def test_a_priority_is_the_definitions_or_the_requests(ana):
    assert (await ana.post("/workflows/1/execute")).json()["priority"] == 2
    assert (await ana.post("/workflows/1/execute", json={"priority": -5})).json()["priority"] == -5
    refused = await ana.post("/workflows/1/execute", json={"priority": 11})
    assert [fault["path"] for fault in refused.json()["errors"]] == ["priority"]


async def test_options_that_do_not_go_together_are_refused(ana):
    both = {"deduplicate": {"key": "a"}, "debounce": {"key": "a", "for": "1s"}}
    refused = await ana.post("/workflows/1/execute", json=both)
    assert refused.json()["errors"][0]["message"] == "give `deduplicate` or `debounce`, not both"
    long = await ana.post("/workflows/1/execute", json={"deduplicate": {"key": "a", "within": "400d"}})
    assert long.json()["errors"] == [
        {
            "path": "deduplicate.within",
            "message": "is longer than a year; keys are kept for a year at most",
            "code": "invalid",
        }
    ]


async def test_a_workspace_with_too_many_queued_runs_is_told_to_wait(ana, eve, house):
    """Here fifty; runs that start later count, too."""
    later = {"start_at": "2126-01-01T00:00:00Z"}
    for _ in range(50):
        assert (await ana.post("/workflows/2/execute", json=later)).status_code == 202
    refused = await ana.post("/workflows/2/execute", json=later)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "queue_full", "5")
    assert refused.json()["detail"] == "50 runs of this workspace have not started yet; no more are taken."
    assert (await ana.post("/runs/run_1/restart")).status_code == 429
    await eve.post("/workflows", json={"definition": QUICK})
    assert (await eve.post("/workflows/1/execute")).status_code == 202
    run = (await ana.post("/runs/run_1/cancel")).json()
    await house.settled(run["id"])
    house.seconds += 0.6
    assert (await ana.post("/workflows/2/execute")).status_code == 202


async def test_queued_runs_are_counted_once_for_all_who_start_at_one_moment(ana, house):
    assert (await ana.post("/workflows/1/execute")).status_code == 202
    house.seconds += 6
    counted: list[str] = []

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT count("):
            counted.append(statement)

    event.listen(Engine, "before_cursor_execute", executed)
    try:
        answers = await asyncio.gather(*(ana.post("/workflows/2/execute") for _ in range(20)))
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
    assert [answer.status_code for answer in answers] == [202] * 20
    assert len(counted) == 1


@pytest.mark.parametrize("calm", ["0s", 0, "0ms"])
async def test_a_debounce_of_no_time_is_refused(ana, calm):
    refused = await ana.post("/workflows/2/execute", json={"debounce": {"key": "a", "for": calm}})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"path": "debounce.for", "message": "is no time at all; say for how long, such as 30s", "code": "invalid"}],
    )


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
async def test_a_start_beyond_the_ends_of_time_is_refused(ana, moment):
    refused = await ana.post("/workflows/2/execute", json={"start_at": moment})
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [
            {
                "path": "start_at",
                "message": "is out of range; moments reach from year 1 to year 9990, told in UTC",
                "code": "invalid",
            }
        ],
    )


async def test_a_run_cancelled_before_its_moment_and_retried_begins_at_once_and_says_so(ana, house):
    later = (await ana.post("/workflows/1/execute", json={"start_at": "2126-01-01T00:00:00Z"})).json()
    await house.recorded(later["id"], "started", None)
    assert (await ana.post("/runs/run_1/cancel")).status_code == 202
    await house.settled(later["id"])
    assert (await ana.post("/runs/run_1/retry")).status_code == 202
    await house.waiting(later["id"], "paid")
    shown, [listed] = (await ana.get("/runs/run_1")).json(), (await ana.get("/runs")).json()["items"]
    assert [(run["status"], run["start_at"], run["started_at"] is not None) for run in (shown, listed)] == [
        ("waiting", None, True),
        ("waiting", None, True),
    ]
