"""A run that failed starts its error workflow: once, with what happened, whatever is stopped in between."""

DOOMED = [{"id": "stop", "use": "fail", "with": {"message": "No total", "failure": "bad_input"}}]
TOLD = {"run": {}, "failed_step": {}, "failure": {}, "message": {}, "workflow": {}, "inputs": {}}
TELL = [{"id": "told", "use": "value.set", "with": {"values": "${inputs}"}}]


async def handler(product, name="mend", steps=TELL, **more):
    return await product.workflow(name, steps, inputs=TOLD, output="${inputs}", **more)


async def runs(product, **query):
    await product.services.journal.catch_up()
    return (await product.get("/runs", **query))["items"]


async def ended_handlers(product, count):
    path = "/runs"
    told = await product.eventually(
        path,
        lambda found: [run["status"] for run in found["items"]] == ["succeeded"] * count,
        origin="error_workflow",
    )
    return told["items"]


async def test_it_is_told_what_failed(product):
    mend = await handler(product)
    doomed = await product.workflow("doomed", DOOMED, error_workflow="mend")
    run = await product.run(doomed, {"order": 17})
    [mended] = await ended_handlers(product, 1)
    assert (mended["workflow"], mended["origin"], mended["warnings"]) == (mend, "error_workflow", [])
    assert mended["source"] == {"run": run["handle"], "how": "error"}
    assert mended["output"] == {
        "run": run["handle"],
        "workflow": doomed,
        "failed_step": "stop",
        "failure": "bad_input",
        "message": "No total",
        "inputs": {"order": 17},
    }


async def test_a_run_whose_error_workflow_could_not_start_says_why(product):
    mend = await handler(product)
    doomed = await product.workflow("doomed", DOOMED, error_workflow="mend")
    await product.post(f"/workflows/{mend}/status", {"status": "archived"})
    run = await product.run(doomed)
    why = "The error workflow 'mend' was not started: workflow_1 is archived; only draft and active workflows run."
    told = await product.eventually(f"/runs/{run['handle']}", lambda found: found["warnings"] != [], lists=False)
    assert told["warnings"] == [why]
    await product.post(f"/runs/{run['handle']}/retry")
    await product.eventually(
        f"/runs/{run['handle']}", lambda found: len(found["steps"][0]["attempts"]) == 2, lists=False
    )
    await product.until(run["handle"], "failed")
    await runs(product)
    assert (await product.get(f"/runs/{run['handle']}"))["warnings"] == [why]
    again = await product.post(f"/runs/{run['handle']}/restart")
    assert again["warnings"] == []


async def test_it_starts_once_although_everything_was_stopped_right_behind_the_failure(product):
    await handler(product)
    doomed = await product.workflow("doomed", DOOMED, error_workflow="mend")
    run = await product.start(doomed)
    await product.eventually(f"/runs/{run}", lambda told: told["status"] == "failed", lists=False)
    await product.restart()
    await ended_handlers(product, 1)
    await product.restart()
    assert len(await runs(product, origin="error_workflow")) == 1


async def test_each_time_a_run_ends_in_failure_counts(product):
    await handler(product)
    doomed = await product.workflow("doomed", DOOMED, error_workflow="mend")
    run = await product.run(doomed)
    await ended_handlers(product, 1)
    await product.post(f"/runs/{run['handle']}/retry")
    await ended_handlers(product, 2)


async def test_an_error_workflow_that_fails_starts_no_other(product):
    await handler(product, steps=DOOMED, error_workflow="mend")
    doomed = await product.workflow("doomed", DOOMED, error_workflow="mend")
    await product.run(doomed)
    await product.eventually(
        "/runs", lambda found: [run["status"] for run in found["items"]] == ["failed"], origin="error_workflow"
    )
    assert len(await runs(product)) == 2


async def test_what_was_cancelled_or_only_tried_starts_none(product):
    await handler(product)
    steps = [{"id": "wait", "use": "wait", "with": {"signal": "go"}}, *DOOMED]
    patient = await product.workflow("patient", steps, error_workflow="mend")
    run = await product.start(patient)
    await product.until(run, "waiting")
    await product.post(f"/runs/{run}/cancel")
    await product.until(run, "cancelled")
    dry = await product.run(patient, dry_run=True)
    assert (dry["status"], dry["mode"]) == ("failed", "dry")
    assert await runs(product, origin="error_workflow") == []


async def test_a_called_workflow_s_own_error_workflow_is_started(product):
    await handler(product)
    await product.workflow("doomed", DOOMED, error_workflow="mend")
    caller = await product.workflow("caller", [{"id": "call", "use": "workflow", "with": {"workflow": "doomed"}}])
    run = await product.run(caller)
    [mended] = await ended_handlers(product, 1)
    [child] = await runs(product, parent=run["handle"])
    assert mended["output"]["run"] == child["handle"]


async def test_one_that_cannot_be_started_holds_up_nothing(product):
    doomed = await product.workflow("doomed", DOOMED, error_workflow="nobody")
    assert (await product.run(doomed))["status"] == "failed"
    assert await runs(product, origin="error_workflow") == []
    await handler(product, name="nobody")
    await product.run(doomed)
    await ended_handlers(product, 1)
