"""Many runs under one order on a real server: what was killed in the middle is finished, and nothing is done twice."""

RUNS = 60


def _counts(user, order):
    steps = user.get(f"/runs/{order}").json()["steps"]
    return steps[-1]["items"]["counts"] if steps and steps[-1]["items"] else {}


def test_an_order_that_was_killed_in_the_middle_starts_every_run_once(fresh):
    with fresh.client() as user:
        workflow = user.workflow([{"id": "ask", "use": "value.set", "with": {"values": {"a": 1}}}], output="done")
        for _ in range(RUNS):
            user.post(f"/workflows/{workflow}/execute", json={})
        user.eventually(
            lambda: user.get(f"/runs?workflow={workflow}&status=succeeded&total=true").json()["total"] == RUNS
        )
        body = {"action": "restart", "filter": {"workflow": workflow}, "canary": {"count": 2, "within": "30s"}}
        order = user.post("/runs/bulk", json=body).json()["handle"]
        user.eventually(lambda: _counts(user, order).get("done", 0) > 5)
        assert _counts(user, order).get("done", 0) < RUNS - 2
    fresh.kill()

    fresh.start()
    with fresh.client() as user:
        assert user.until(order, "succeeded")["output"] == {"succeeded": RUNS, "failed": 0}
        assert _counts(user, order) == {"done": RUNS - 2}
        url = f"/runs?workflow={workflow}&status=succeeded&total=true&limit=200"
        user.eventually(lambda: user.get(url).json()["total"] == 2 * RUNS)
        made = [run["source"]["run"] for run in user.get(url).json()["items"] if run["source"]]
        assert len(made) == RUNS
        assert len(set(made)) == RUNS


def test_runs_are_paused_and_resumed_by_filter_across_a_restart(fresh):
    with fresh.client() as user:
        workflow = user.workflow([{"id": "hold", "use": "wait", "with": {"signal": "go"}}], output="over")
        runs = [user.run(workflow, wait=0)["handle"] for _ in range(20)]
        paused = user.post("/runs/bulk", json={"action": "pause", "runs": runs}).json()["handle"]
        assert user.until(paused, "succeeded")["output"] == {"succeeded": 20, "failed": 0}
        user.eventually(lambda: user.get("/runs?status=paused&total=true").json()["total"] == 20)
    fresh.stop()

    fresh.start()
    with fresh.client() as user:
        body = {"action": "resume", "filter": {"status": ["paused"]}}
        resumed = user.post("/runs/bulk", json=body).json()["handle"]
        assert user.until(resumed, "succeeded")["output"] == {"succeeded": 20, "failed": 0}
        for run in runs:
            user.until(run, "waiting")
            assert user.post(f"/runs/{run}/signal", json={"step": "hold", "signal": "go"}).status_code == 202
            assert user.until(run, "succeeded")["output"] == "over"
