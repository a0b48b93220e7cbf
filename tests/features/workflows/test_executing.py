"""Workflows executed over HTTP by the real engine."""

from uuid import UUID

GREETING = {
    "workflow": "greeting",
    "inputs": {"name": {"type": "string", "default": "world"}},
    "steps": [
        {"id": "who", "use": "value.set", "with": {"values": {"name": "${inputs.name}"}}},
        {"id": "text", "use": "text.template", "with": {"template": "Hello {{ name }}!", "data": "${steps.who}"}},
    ],
    "output": "${steps.text.text}",
}


async def test_a_run_is_waited_for(ana):
    await ana.post("/workflows", json={"definition": GREETING})
    answer = await ana.post("/workflows/workflow_1/execute", json={"inputs": {"name": "Ana"}, "wait": 10})
    assert answer.status_code == 200
    run = answer.json()
    assert (run["handle"], run["status"], run["output"]) == ("run_1", "succeeded", "Hello Ana!")
    assert (run["workflow"], run["workflow_version"], run["actor"]) == ("workflow_1", None, "ana")
    assert answer.headers["location"] == "/api/v3/runs/run_1"


async def test_without_waiting_the_run_is_accepted_and_found_later(ana, house):
    await ana.post("/workflows", json={"definition": GREETING})
    answer = await ana.post("/workflows/1/execute")
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    await house.settled(answer.json()["id"])
    listed = (await ana.get("/runs")).json()
    assert [(run["handle"], run["status"], run["output"]) for run in listed["items"]] == [
        ("run_1", "succeeded", "Hello world!")
    ]


async def test_an_empty_workflow_executes_by_its_number_and_keeps_undeclared_parameters(ana):
    created = await ana.post("/workflows", json={"name": "My Workflow", "description": "First steps"})
    assert created.status_code == 201
    body = {"workflow_id": 1, "parameters": {"topic": "news"}}
    answer = await ana.post("/advanced/workflows/execute?wait=10", json=body)
    assert answer.status_code == 200
    run = answer.json()
    assert (run["status"], run["label"], run["inputs"]) == ("succeeded", "my_workflow", {"topic": "news"})
    assert run["warnings"] == ["inputs.topic is not declared by the workflow; it was kept"]


async def test_wrong_inputs_are_all_named_and_start_nothing(ana):
    definition = {
        "workflow": "strict",
        "inputs": {"amount": {"type": "number"}, "day": {"type": "date"}, "file": {"type": "document"}},
        "steps": [],
    }
    await ana.post("/workflows", json={"definition": definition})
    answer = await ana.post("/workflows/1/execute", json={"inputs": {"amount": "ten", "day": "2026-13-01"}})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["inputs.amount", "inputs.day", "inputs.file"]
    assert (await ana.get("/runs?total=true")).json()["total"] == 0


async def test_a_document_that_is_not_there_is_named(ana):
    definition = {"workflow": "reading", "inputs": {"file": {"type": "document"}}, "steps": []}
    await ana.post("/workflows", json={"definition": definition})
    answer = await ana.post("/workflows/1/execute", json={"inputs": {"file": "document_9"}})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["inputs.file"]


async def test_a_paused_workflow_does_not_run(ana):
    await ana.post("/workflows", json={"definition": GREETING})
    await ana.post("/workflows/1/publish")
    await ana.post("/workflows/1/status", json={"status": "paused"})
    answer = await ana.post("/workflows/1/execute")
    assert answer.status_code == 409
    assert answer.json()["code"] == "workflow_not_executable"
    assert answer.json()["detail"] == "workflow_1 is paused; only draft and active workflows run."


async def test_the_published_version_runs_although_the_draft_went_on(ana):
    await ana.post("/workflows", json={"definition": GREETING})
    await ana.post("/workflows/1/publish")
    changed = {**GREETING, "output": "draft"}
    await ana.patch("/workflows/1", json={"definition": changed})
    first = (await ana.post("/workflows/1/execute?wait=10")).json()
    assert (first["output"], first["workflow_version"]) == ("Hello world!", 1)
    await ana.post("/workflows/1/publish")
    second = (await ana.post("/workflows/1/execute?wait=10")).json()
    assert (second["output"], second["workflow_version"]) == ("draft", 2)
    pinned = (await ana.post("/workflows/1/execute?wait=10", json={"version": 1})).json()
    assert (pinned["output"], pinned["workflow_version"]) == ("Hello world!", 1)


async def test_a_failing_step_says_why_and_what_to_do(ana):
    steps = [{"id": "stop", "use": "fail", "with": {"message": "The total is missing", "hint": "Scan it again"}}]
    await ana.post("/workflows", json={"definition": {"workflow": "doomed", "steps": steps}})
    run = (await ana.post("/workflows/1/execute?wait=10")).json()
    assert (run["status"], run["failure"], run["message"], run["failed_step"]) == (
        "failed",
        "bad_input",
        "The total is missing",
        "stop",
    )
    step = (await ana.get("/runs/run_1")).json()["steps"][0]
    assert (step["status"], step["hint"]) == ("failed", "Scan it again")


async def test_another_workspace_neither_reads_nor_executes(ana, eve):
    await ana.post("/workflows", json={"definition": GREETING})
    created = (await ana.get("/workflows/1")).json()
    assert (await eve.get(f"/workflows/{created['id']}")).status_code == 404
    assert (await eve.post(f"/workflows/{created['id']}/execute")).status_code == 404


async def test_a_viewer_may_not_execute(ana, cleo):
    await ana.post("/workflows", json={"definition": GREETING})
    answer = await cleo.post("/workflows/1/execute")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs the permission workflows:execute in the workspace."


async def test_a_run_that_has_just_ended_is_a_past_run_to_try(ana, house):
    await ana.post("/workflows", json={"definition": GREETING})
    run = (await ana.post("/workflows/1/execute")).json()
    assert await house.engine.wait(UUID(run["id"]), 10) is not None  # and no list has been told
    tried = await ana.post("/workflows/1/what-if", json={"last": 10})
    assert [past["run"] for past in tried.json()["inputs"]["runs"]] == [run["handle"]]


async def test_a_wrong_version_is_one_fault_at_its_own_place(ana):
    refused = await ana.post("/workflows/1/execute", json={"version": 0})
    assert [(refused.status_code, fault["path"]) for fault in refused.json()["errors"]] == [(422, "version")]
    refused = await ana.get("/workflows/1/diff?from=0")
    assert [(refused.status_code, fault["path"]) for fault in refused.json()["errors"]] == [(422, "query.from")]
