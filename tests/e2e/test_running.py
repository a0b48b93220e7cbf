"""Runs under their users' hands: cancelled, signalled, timed, tried again, and told step by step."""

import httpx


def test_a_run_that_waits_can_be_cancelled(admin):
    run = admin.run(admin.workflow([{"id": "hold", "use": "wait", "with": {"for": "1h"}}]), wait=0)
    admin.until(run["handle"], "waiting")
    cancelled = admin.post(f"/runs/{run['handle']}/cancel", json={"reason": "Wrong file"})
    assert cancelled.status_code == 202
    ended = admin.until(run["handle"], "cancelled")
    assert "Wrong file" in ended["message"]
    again = admin.post(f"/runs/{run['handle']}/cancel", json={})
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")


def test_a_signal_ends_the_wait_and_its_payload_is_the_output(admin):
    steps = [{"id": "payment", "use": "wait", "with": {"signal": "paid", "for": "1h"}}]
    run = admin.run(admin.workflow(steps, output="${steps.payment.amount}"), wait=0)
    assert admin.until(run["handle"], "waiting")["waits"] == {"payment": "paid"}

    wrong = admin.post(f"/runs/{run['handle']}/signal", json={"step": "payment", "signal": "refunded"})
    assert wrong.status_code == 409
    body = {"step": "payment", "signal": "paid", "payload": {"amount": "12.50"}}
    assert admin.post(f"/runs/{run['handle']}/signal", json=body).status_code == 202
    assert admin.until(run["handle"], "succeeded")["output"] == "12.50"


def test_a_wait_ends_by_itself(admin):
    run = admin.run(admin.workflow([{"id": "pause", "use": "wait", "with": {"for": "200ms"}}], output="over"))
    assert (run["status"], run["output"]) == ("succeeded", "over")


def test_attempts_are_told_with_their_class_and_hint(admin):
    fail = {"message": "The bank is away", "failure": "unavailable", "hint": "Ask again tomorrow."}
    steps = [{"id": "pay", "use": "fail", "with": fail, "retry": {"attempts": 3, "initial": "20ms"}}]
    run = admin.run(admin.workflow(steps))
    assert (run["status"], run["failure"], run["failed_step"]) == ("failed", "unavailable", "pay")
    step = run["steps"][0]
    assert [attempt["outcome"] for attempt in step["attempts"]] == ["failed", "failed", "failed"]
    assert {attempt["message"] for attempt in step["attempts"]} == {"The bank is away"}
    assert step["hint"] == "Ask again tomorrow."


def test_what_is_not_worth_repeating_is_tried_once(admin):
    fail = {"message": "No such account"}
    run = admin.run(admin.workflow([{"id": "pay", "use": "fail", "with": fail, "retry": {"attempts": 5}}]))
    assert len(run["steps"][0]["attempts"]) == 1


def test_a_run_keeps_the_version_it_began_with(admin):
    workflow = admin.workflow([{"id": "hold", "use": "wait", "with": {"signal": "go"}}], output="first")
    admin.post(f"/workflows/{workflow}/publish")
    run = admin.run(workflow, wait=0)
    admin.until(run["handle"], "waiting")
    changed = {"workflow": "changed", "steps": [], "output": "second"}
    admin.patch(f"/workflows/{workflow}", json={"definition": changed})
    assert admin.post(f"/workflows/{workflow}/publish").json()["number"] == 2

    admin.post(f"/runs/{run['handle']}/signal", json={"step": "hold", "signal": "go"})
    assert admin.until(run["handle"], "succeeded")["output"] == "first"
    assert admin.run(workflow)["output"] == "second"


def test_the_list_follows_the_runs(admin):
    workflow = admin.workflow([])
    run = admin.run(workflow)

    def listed():
        items = admin.get("/runs", params={"workflow": workflow}).json()["items"]
        return [(item["handle"], item["status"]) for item in items]

    admin.eventually(lambda: listed() == [(run["handle"], "succeeded")])


def test_a_private_address_is_not_called(admin):
    """A step may not be used to reach what only the server can reach."""
    steps = [{"id": "peek", "use": "http.request", "with": {"url": "http://127.0.0.1:1/secret"}}]
    run = admin.run(admin.workflow(steps))
    assert (run["status"], run["failed_step"]) == ("failed", "peek")
    assert "127.0.0.1" in run["message"]


def test_a_repeated_request_with_its_key_starts_one_run(admin):
    workflow = admin.workflow([])
    key = {"Idempotency-Key": f"order-{workflow}"}
    first, second = (admin.post(f"/workflows/{workflow}/execute", json={}, headers=key).json() for _ in range(2))
    assert first["handle"] == second["handle"]
    assert admin.post(f"/workflows/{workflow}/execute", json={}).json()["handle"] != first["handle"]


def test_the_address_of_a_call_back_leads_to_the_server_as_it_is(admin):
    steps = [{"id": "answer", "use": "wait", "with": {"callback": True, "for": "1h"}}]
    run = admin.run(admin.workflow(steps, output="${steps.answer.data.paid}"), wait=0)
    address = admin.until(run["handle"], "waiting")["steps"][0]["request"]["url"]
    assert httpx.post(address, json={"paid": True}).status_code == 202
    assert admin.until(run["handle"], "succeeded")["output"] is True
