"""Runs that were called by others, as lists and details show them."""


def _handles(admin, **wanted):
    return [run["handle"] for run in admin.get("/runs", params=wanted).json()["items"]]


def test_a_child_run_is_hidden_in_lists_and_named_where_it_was_called(admin):
    called = admin.workflow([{"id": "hold", "use": "wait", "with": {"signal": "go"}}], output={"said": "yes"})
    caller = admin.workflow(
        [{"id": "sub", "use": "workflow", "with": {"workflow": called}}], output="${steps.sub.said}"
    )
    run = admin.run(caller, wait=0)["handle"]
    [child] = admin.eventually(lambda: _handles(admin, parent=run))

    told = admin.get(f"/runs/{child}").json()
    assert (told["parent"], told["origin"]) == ({"run": run, "step": "sub"}, "workflow")
    assert admin.get(f"/runs/{run}").json()["steps"][0]["child"] == child
    assert child not in _handles(admin)
    assert child in _handles(admin, children="true")

    admin.until(child, "waiting")
    admin.post(f"/runs/{child}/signal", json={"step": "hold", "signal": "go"})
    assert admin.until(run, "succeeded")["output"] == "yes"
    assert admin.get(f"/runs/{run}").json()["steps"][0]["child"] == child


def test_a_cancelled_caller_takes_its_child_along(admin):
    called = admin.workflow([{"id": "hold", "use": "wait", "with": {"signal": "go"}}])
    caller = admin.workflow([{"id": "sub", "use": "workflow", "with": {"workflow": called}}])
    run = admin.run(caller, wait=0)["handle"]
    [child] = admin.eventually(lambda: _handles(admin, parent=run))
    admin.until(child, "waiting")
    admin.post(f"/runs/{run}/cancel", json={"reason": "Wrong file"})
    admin.until(child, "cancelled")
    assert admin.until(run, "cancelled")["message"] == "Wrong file"
