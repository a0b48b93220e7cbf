"""Flows that cross runs, over a real server that is killed in the middle."""

CALL = {"id": "each", "use": "workflow", "for_each": "${inputs.orders}", "with": {"inputs": {"order": "${item}"}}}


def test_events_calls_and_error_workflows_survive_a_kill(fresh):
    with fresh.client() as client:
        told = [{"id": "told", "use": "value.set", "with": {"values": "${inputs}"}}]
        mend = client.workflow(told, workflow="mend", inputs={"run": {}, "message": {}}, output="${steps.told.message}")
        steps = [
            {"id": "paid", "use": "wait", "with": {"event": "paid", "key": "${inputs.order}"}},
            {"id": "late", "use": "fail", "when": "steps.paid.data.days > 30", "with": {"message": "Paid late"}},
        ]
        inputs = {"order": {"type": "string"}}
        client.workflow(steps, workflow="payment", inputs=inputs, output="${steps.paid.data.days}")
        call = {**CALL, "with": {**CALL["with"], "workflow": "payment"}}
        caller = client.workflow(
            [call], workflow="payments", inputs={"orders": {"type": "list"}}, error_workflow="mend"
        )
        started = client.post(f"/workflows/{caller}/execute", json={"inputs": {"orders": ["a", "b"]}}).json()
        run = started["handle"]

        def children(*statuses):
            found = client.get("/runs", params={"parent": run}).json()["items"]
            return sorted(child["status"] for child in found) == [*statuses]

        client.eventually(lambda: children("waiting", "waiting"))
        assert client.post("/events", json={"event_type": "paid", "key": "a", "data": {"days": 3}}).status_code == 202
        fresh.kill()
        fresh.start()
        client.eventually(lambda: children("succeeded", "waiting"))
        assert client.post("/events", json={"event_type": "paid", "key": "b", "data": {"days": 40}}).status_code == 202
        ended = client.until(run, "failed", "succeeded")
        assert (ended["status"], ended["failed_step"]) == ("failed", "each")
        assert ended["steps"][0]["items"]["counts"] == {"done": 1, "failed": 1}
        fresh.kill()
        fresh.start()
        handlers = client.eventually(lambda: client.get("/runs", params={"origin": "error_workflow"}).json()["items"])
        [mended] = handlers
        assert client.until(mended["handle"], "succeeded")["output"] == ended["message"]
        assert mended["workflow"] == mend
