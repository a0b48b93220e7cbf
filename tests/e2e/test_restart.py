"""What a server knows outlives it: stopped in good order or killed."""

APPROVAL = [
    {"id": "ask", "use": "human.approval", "with": {"title": "Pay?"}},
    {"id": "told", "use": "value.set", "with": {"values": {"by": "${steps.ask.answered_by}"}}},
]


def test_a_restart_keeps_everything_and_stops_within_three_seconds(fresh):
    with fresh.client() as user:
        workflow = user.workflow(APPROVAL, output="${steps.told.by}")
        document = user.post("/documents", params={"name": "nota.txt"}, content=b"Hola").json()
        run = user.run(workflow, wait=10)
        assert run["status"] == "waiting"
        approval = user.approval_of(run["id"])
        token = user.headers["authorization"]
    assert fresh.stop() < 3

    fresh.start()
    with fresh.client() as user:
        user.headers["authorization"] = token  # a sign-in outlives a restart too
        assert user.get(f"/workflows/{workflow}").json()["status"] == "draft"
        assert user.get(f"/documents/{document['handle']}/content").content == b"Hola"
        assert user.get(f"/runs/{run['handle']}").json()["waits"] == {"ask": "approval"}
        answer = user.post(f"/approvals/{approval['handle']}/answer", json={"decision": "approve"})
        assert answer.json()["status"] == "approved"
        assert user.until(run["handle"], "succeeded")["output"] == "admin"


def test_a_killed_server_goes_on_where_it_was(fresh):
    with fresh.client() as user:
        timed = user.workflow([{"id": "pause", "use": "wait", "with": {"for": "1s"}}], output="done")
        asking = user.workflow(APPROVAL[:1])
        pausing = user.run(timed, wait=0)["handle"]
        waiting = user.run(asking, wait=10)
    fresh.kill()

    fresh.start()
    with fresh.client() as user:
        assert user.until(pausing, "succeeded")["output"] == "done"
        approval = user.approval_of(waiting["id"])
        user.post(f"/approvals/{approval['handle']}/answer", json={"decision": "reject", "comment": "No budget"})
        assert user.until(waiting["handle"], "rejected")["message"]
