"""Events, calls, error workflows and what-ifs on PostgreSQL, with a restart in between."""


async def test_events_reach_their_waits_and_failures_their_workflow(on_postgres):
    product = on_postgres
    told = {"run": {}, "failure": {}}
    steps = [{"id": "told", "use": "value.set", "with": {"values": "${inputs}"}}]
    await product.workflow("mend", steps, inputs=told, output="${steps.told.failure}")
    steps = [
        {"id": "paid", "use": "wait", "for_each": ["a", "b"], "with": {"event": "paid", "key": "${item}"}},
        {"id": "stop", "use": "fail", "with": {"message": "Late", "failure": "budget"}},
    ]
    run = await product.start(await product.workflow("payment", steps, error_workflow="mend"))
    await product.eventually(f"/runs/{run}", lambda found: len(found["waits"]) == 2)
    await product.post("/events", {"event_type": "paid", "key": "a"}, 202)
    await product.restart()
    await product.post("/events", {"event_type": "paid", "key": "b"}, 202)
    assert (await product.until(run, "failed"))["failure"] == "budget"
    found = await product.eventually(
        "/runs", lambda listed: [one["status"] for one in listed["items"]] == ["succeeded"], origin="error_workflow"
    )
    assert found["items"][0]["output"] == "budget"


async def test_calls_and_what_ifs(on_postgres):
    product = on_postgres
    inputs = {"n": {"type": "number"}}
    double = await product.workflow("double", [], inputs=inputs, output="${inputs.n * 2}")
    call = {
        "id": "each",
        "use": "workflow",
        "for_each": [1, 2],
        "with": {"workflow": "double", "inputs": {"n": "${item}"}},
    }
    run = await product.run(await product.workflow("caller", [call], output="${steps.each.items}"))
    assert run["output"] == [2, 4]
    definition = {"workflow": "double", "inputs": inputs, "steps": [], "output": "${inputs.n + 1}"}
    await product.client.patch(f"/workflows/{double}", json={"definition": definition})
    started = await product.post(f"/workflows/{double}/what-if", {"last": 10})
    path = f"/workflows/{double}/what-if/{started['handle']}"
    found = await product.eventually(path, lambda listed: listed["status"] == "succeeded")
    assert found["summary"] == {"runs": 2, "same": 1, "output_changed": 1, "status_changed": 0, "pending": 0}
