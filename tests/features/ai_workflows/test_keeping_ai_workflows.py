"""AI workflows kept over HTTP: they are workflows with handles of their own."""

HELLO = {
    "workflow": "hello",
    "inputs": {"name": {"type": "string"}},
    "steps": [{"id": "say", "use": "text.template", "with": {"template": "Hola {{ name }}", "data": "${inputs}"}}],
    "output": "${steps.say.text}",
}
BODY = {"name": "Saludo", "workflow_type": "custom", "input_data": {"name": "Ana"}, "definition": HELLO}
PLAIN = {"definition": {"workflow": "plain", "steps": []}}
ANY = {"if-match": "*"}


async def test_an_ai_workflow_and_a_workflow_both_have_number_one(offline):
    ai = await offline.post("/ai-workflows", BODY)
    plain = await offline.post("/workflows", PLAIN)
    assert (ai["handle"], plain["handle"]) == ("ai_workflow_1", "workflow_1")
    assert (await offline.get("/ai-workflows/1"))["name"] == "Saludo"
    assert (await offline.get("/workflows/1"))["name"] == "plain"
    assert (await offline.get("/workflows/ai_workflow_1"))["name"] == "Saludo"


async def test_lists_of_workflows_show_both_and_lists_of_ai_workflows_one(offline):
    await offline.post("/ai-workflows", BODY)
    await offline.post("/workflows", PLAIN)
    await offline.post("/ai-workflows", {**BODY, "name": "Otro"})
    both = await offline.get("/workflows")
    assert [one["handle"] for one in both["items"]] == ["ai_workflow_2", "workflow_1", "ai_workflow_1"]
    first = await offline.get("/ai-workflows", limit=1, total=True)
    assert ([one["handle"] for one in first["items"]], first["total"]) == (["ai_workflow_2"], 2)
    rest = await offline.get("/ai-workflows", limit=1, cursor=first["next_cursor"])
    assert ([one["handle"] for one in rest["items"]], rest["next_cursor"]) == (["ai_workflow_1"], None)
    oldest = await offline.get("/ai-workflows", sort="created_at")
    assert [one["handle"] for one in oldest["items"]] == ["ai_workflow_1", "ai_workflow_2"]
    assert (await offline.get("/ai-workflows", workflow_type="extraction"))["items"] == []
    assert [one["name"] for one in (await offline.get("/ai-workflows", q="otro"))["items"]] == ["Otro"]


async def test_a_workflow_is_no_ai_workflow(offline):
    plain = await offline.post("/workflows", PLAIN)
    for reference in (plain["id"], "workflow_1", "1", "ai_workflow_7", "nonsense"):
        answer = await offline.client.get(f"/ai-workflows/{reference}")
        assert (answer.status_code, answer.json()["code"]) == (404, "ai_workflow_not_found")


async def test_a_run_is_given_the_input_data_and_what_the_request_adds(offline):
    await offline.post("/ai-workflows", BODY)
    first = await offline.client.post("/ai-workflows/1/execute?wait=20")
    assert (first.status_code, first.json()["output"], first.json()["workflow"]) == (200, "Hola Ana", "ai_workflow_1")
    second = await offline.post(
        "/ai-workflows/ai_workflow_1/execute", {"input_data": {"name": "Eva"}}, 200, prefer="wait=20"
    )
    assert second["output"] == "Hola Eva"
    third = await offline.post("/ai-workflows/1/execute", {"parameters": {"name": "Leo"}, "wait": 20}, 200)
    assert third["output"] == "Hola Leo"
    runs = await offline.get("/ai-workflows/1/runs")
    assert [run["handle"] for run in runs["items"]] == ["run_3", "run_2", "run_1"]
    assert [run["handle"] for run in (await offline.get("/runs", workflow="ai_workflow_1"))["items"]] == [
        "run_3",
        "run_2",
        "run_1",
    ]
    plain = await offline.post("/workflows", PLAIN)
    assert (await offline.get("/runs", workflow=plain["handle"]))["items"] == []


async def test_an_empty_one_of_no_template_runs_as_its_definition_says(offline):
    made = await offline.post("/ai-workflows", {"workflow_type": "custom", "definition": {"steps": []}})
    run = await offline.post(f"/ai-workflows/{made['id']}/execute", {"wait": 20}, 200)
    assert run["status"] == "succeeded"


async def test_a_repeated_request_makes_one(offline):
    once = [await offline.post("/ai-workflows", BODY, **{"idempotency-key": "k1"}) for _ in range(2)]
    assert [one["handle"] for one in once] == ["ai_workflow_1", "ai_workflow_1"]
    runs = [await offline.post("/ai-workflows/1/execute", {}, 202, **{"idempotency-key": "k2"}) for _ in range(2)]
    assert runs[0]["handle"] == runs[1]["handle"] == "run_1"


async def test_it_is_changed_and_deleted_as_it_was_read(offline):
    made = await offline.client.post("/ai-workflows", json=BODY)
    tag = made.headers["etag"]
    path = made.headers["location"].removeprefix("/api/v3")
    changed = await offline.client.patch(path, json={"input_data": {"name": "Zoe"}}, headers={"if-match": tag})
    assert (changed.status_code, changed.json()["input_data"], changed.json()["revision"]) == (200, {"name": "Zoe"}, 2)
    stale = await offline.client.patch(path, json={"name": "x"}, headers={"if-match": tag})
    assert stale.status_code == 412
    assert (await offline.client.patch(path, json={"name": "x"})).status_code == 428
    assert (await offline.get("/ai-workflows/1"))["input_data"] == {"name": "Zoe"}
    assert (await offline.client.delete(path, headers={"if-match": "*"})).status_code == 204
    assert (await offline.client.get(path)).status_code == 404
    restored = await offline.client.post("/workflows/ai_workflow_1/restore", headers=ANY)
    assert restored.json()["handle"] == "ai_workflow_1"


async def test_faults_of_a_definition_are_told(offline):
    body = {"workflow_type": "custom", "definition": {"steps": [{"id": "a", "use": "ai.nothing"}]}}
    answer = await offline.client.post("/ai-workflows", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_kind")
    assert answer.json()["errors"][0]["path"] == "steps[0].use"


async def test_it_is_found_by_its_handle_in_events_and_audit(offline):
    await offline.post("/ai-workflows", BODY)
    found = await offline.get("/security/audit/logs", type="workflow.created")
    assert found["items"][0]["data"]["workflow"] == "ai_workflow_1"


async def test_other_workflows_call_it_by_its_handle(offline):
    await offline.post("/ai-workflows", BODY)
    step = {"id": "call", "use": "workflow", "with": {"workflow": "ai_workflow_1", "inputs": {"name": "Iris"}}}
    await offline.post("/workflows", {"definition": {"steps": [step], "output": "${steps.call}"}})
    run = await offline.post("/workflows/1/execute", {"wait": 20}, 200)
    assert (run["status"], run["output"]) == ("succeeded", "Hola Iris"), run["message"]
    called = (await offline.get("/runs", parent=run["handle"]))["items"]
    assert [one["workflow"] for one in called] == ["ai_workflow_1"]


async def test_versions_rights_and_exports_know_its_handle(offline):
    await offline.post("/ai-workflows", BODY)
    published = await offline.client.post("/workflows/ai_workflow_1/publish", headers=ANY)
    assert (published.status_code, published.json()["workflow"]) == (201, "ai_workflow_1")
    kept = await offline.post("/security/restrictions", {"kind": "workflow", "thing": "ai_workflow_1"})
    assert kept["thing"] == "ai_workflow_1"
    exported = await offline.client.get("/workflows/ai_workflow_1/export")
    assert exported.text.startswith("workflow: hello")
    bulk = await offline.post("/workflows/bulk", {"action": "tag", "workflows": ["ai_workflow_1"], "tags": ["x"]}, 200)
    assert bulk["items"][0]["workflow"] == "ai_workflow_1"


async def test_what_was_exported_is_an_ai_workflow_again(offline):
    await offline.post("/ai-workflows", {"name": "R", "template_name": "summarize_text", "tags": ["demo"]})
    await offline.post("/workflows", {"definition": {"workflow": "plain", "steps": []}})
    bundle = (await offline.client.get("/workflows/bundle")).content
    headers = {"content-type": "application/zip"}
    done = await offline.client.post("/workflows/bundle?on_conflict=allow", content=bundle, headers=headers)
    assert sorted(item["workflow"] for item in done.json()["items"]) == ["ai_workflow_2", "workflow_2"]
    again = await offline.get("/ai-workflows/2")
    assert (again["name"], again["workflow_type"], again["tags"]) == ("R", "summarization", ["demo"])
    assert (again["ai_provider"], again["input_data"], again["template_name"]) == ("auto", {}, "")
    changed = await offline.client.patch(
        "/ai-workflows/2", json={"input_data": {"text": "Uno."}}, headers={"if-match": "*"}
    )
    assert (await offline.get("/ai-workflows/2"))["input_data"] == changed.json()["input_data"] == {"text": "Uno."}
    run = await offline.post("/ai-workflows/2/execute", {"wait": 30}, 200)
    assert (run["status"], run["workflow"]) == ("succeeded", "ai_workflow_2")
