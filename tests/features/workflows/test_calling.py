"""Workflows that call others: outputs, items, failures, versions, and names that are not there."""

GREET = [{"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!", "data": "${inputs}"}}]
INPUTS = {"name": {"type": "string"}}


def call(workflow, inputs, **more):
    return {"id": "call", "use": "workflow", "with": {"workflow": workflow, "inputs": inputs, **more}}


async def greeting(product):
    return await product.workflow("greeting", GREET, inputs=INPUTS, output="${steps.text.text}")


async def test_the_output_of_the_called_workflow_is_the_step_s(product):
    greet = await greeting(product)
    caller = await product.workflow("caller", [call("greeting", {"name": "Ana"})], output="${steps.call}")
    run = await product.run(caller)
    assert (run["status"], run["output"]) == ("succeeded", "Hello Ana!")
    [child] = (await product.get("/runs", parent=run["handle"]))["items"]
    assert (child["workflow"], child["label"], child["origin"]) == (greet, "greeting", "workflow")
    assert child["parent"] == {"run": run["handle"], "step": "call"}
    assert (child["status"], child["output"]) == ("succeeded", "Hello Ana!")


async def test_each_item_is_a_call_of_its_own_and_outlives_a_restart(product):
    steps = [{"id": "wait", "use": "wait", "with": {"signal": "go"}}, *GREET]
    await product.workflow("greeting", steps, inputs=INPUTS, output="${steps.text.text}")
    each = {**call("greeting", {"name": "${item}"}), "for_each": "${inputs.names}"}
    caller = await product.workflow("caller", [each], inputs={"names": {"type": "list"}}, output="${steps.call.items}")
    run = await product.start(caller, {"names": ["Ana", "Ben", "Eva"]})
    waiting = await product.eventually(
        "/runs",
        lambda told: [child["status"] for child in told["items"]] == ["waiting"] * 3,
        parent=run,
    )
    await product.restart()
    for child in waiting["items"]:
        await product.post(f"/runs/{child['handle']}/signal", {"step": "wait", "signal": "go"})
    ended = await product.until(run, "succeeded", "failed")
    assert ended["output"] == ["Hello Ana!", "Hello Ben!", "Hello Eva!"]


async def test_wrong_inputs_of_a_call_are_named_with_their_paths(product):
    await greeting(product)
    caller = await product.workflow("caller", [call("greeting", {"name": 7})])
    run = await product.run(caller)
    assert (run["status"], run["failure"], run["failed_step"]) == ("failed", "bad_input", "call")
    assert run["message"] == "with.inputs.name: must be a text"


async def test_a_failure_of_the_called_workflow_is_the_step_s(product):
    steps = [{"id": "stop", "use": "fail", "with": {"message": "No total", "failure": "budget"}}]
    await product.workflow("doomed", steps)
    run = await product.run(await product.workflow("caller", [call("doomed", {})]))
    assert (run["status"], run["failure"], run["failed_step"]) == ("failed", "budget", "call")
    assert "No total" in run["message"]


async def test_a_call_takes_the_published_version_the_draft_or_a_number(product):
    greet = await product.workflow("greeting", [], output="one")
    await product.post(f"/workflows/{greet}/publish")
    changed = {"definition": {"workflow": "greeting", "steps": [], "output": "two"}}
    assert (await product.client.patch(f"/workflows/{greet}", json=changed)).status_code == 200
    for version, output in (("latest", "one"), ("draft", "two"), (1, "one")):
        caller = await product.workflow("caller", [call(greet, {}, version=version)], output="${steps.call}")
        assert (await product.run(caller))["output"] == output
    caller = await product.workflow("caller", [call(greet, {}, version=9)])
    assert (await product.run(caller))["message"] == f"with.workflow: {greet} has no version 9."


async def test_a_workflow_that_calls_itself_without_end_fails(product):
    forever = await product.workflow("forever", [call("forever", {})])
    run = await product.run(forever)
    assert run["status"] == "failed"
    depth = len((await product.get("/runs", children=True, limit=200))["items"])
    assert depth == 17


async def test_a_workflow_that_is_not_there_is_a_warning_to_a_draft_and_a_fault_to_a_version(product):
    definition = {"workflow": "caller", "steps": [call("greting", {})], "error_workflow": "nobody"}
    told = [
        {"path": "steps[0].with.workflow", "code": "unknown_workflow"},
        {"path": "error_workflow", "code": "unknown_workflow"},
    ]

    def short(faults):
        return [{"path": fault["path"], "code": fault["code"]} for fault in faults]

    checked = await product.post("/workflows/validate", {"definition": definition}, 200)
    assert (checked["valid"], short(checked["warnings"])) == (True, told)
    created = await product.post("/workflows", {"definition": definition}, 201)
    assert short(created["warnings"]) == told
    refused = await product.post(f"/workflows/{created['handle']}/publish", None, 422)
    assert short(refused["errors"]) == told
    await product.workflow("greting", [])
    await product.workflow("nobody", [])
    await product.post(f"/workflows/{created['handle']}/publish", None, 201)


async def test_two_workflows_of_one_name_must_be_told_apart(product):
    one, two = await product.workflow("greeting", []), await product.workflow("greeting", [], output=2)
    run = await product.run(await product.workflow("caller", [call("greeting", {})]))
    assert run["message"] == f"with.workflow: {one}, {two} are all named 'greeting'."
    caller = await product.workflow("caller", [call(two, {})], output="${steps.call}")
    assert (await product.run(caller))["output"] == 2


async def test_cancelling_the_caller_cancels_the_called(product):
    await product.workflow("patient", [{"id": "wait", "use": "wait", "with": {"signal": "never"}}])
    run = await product.start(await product.workflow("caller", [call("patient", {})]))
    await product.eventually("/runs", lambda told: [one["status"] for one in told["items"]] == ["waiting"], parent=run)
    await product.post(f"/runs/{run}/cancel", None, 202)
    await product.until(run, "cancelled")
    cancelled = ["cancelled"]
    await product.eventually("/runs", lambda told: [one["status"] for one in told["items"]] == cancelled, parent=run)


async def test_a_called_run_is_tried_again_through_its_caller(product):
    await product.workflow("doomed", [{"id": "stop", "use": "fail", "with": {"message": "No total"}}])
    run = await product.run(await product.workflow("caller", [call("doomed", {})]))
    [child] = (await product.get("/runs", parent=run["handle"]))["items"]
    refused = await product.post(f"/runs/{child['handle']}/retry", {}, status=409)
    assert (refused["code"], refused["hint"]) == (
        "retry_the_caller",
        "POST /runs/run_1/retry calls anew; POST /runs/run_2/restart makes a run of its own.",
    )
