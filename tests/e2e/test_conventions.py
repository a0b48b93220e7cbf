"""What holds for every resource: handles, pages, problem documents, request ids, and a description with examples."""

import pytest


def test_a_workflow_is_named_by_id_handle_or_bare_number(admin):
    handle = admin.workflow([])
    number = handle.removeprefix("workflow_")
    by_handle = admin.get(f"/workflows/{handle}").json()
    assert admin.get(f"/workflows/{number}").json() == by_handle
    assert admin.get(f"/workflows/{by_handle['id']}").json() == by_handle


def test_an_empty_workflow_succeeds_at_once_and_keeps_undeclared_parameters(admin):
    number = int(admin.workflow([]).removeprefix("workflow_"))
    body = {"workflow_id": number, "parameters": {"topic": "AI", "audience": ["all"]}, "wait": 20}
    answer = admin.post("/advanced/workflows/execute", json=body)
    run = answer.json()
    assert (answer.status_code, run["status"], run["workflow"]) == (200, "succeeded", f"workflow_{number}")
    assert run["inputs"] == {"topic": "AI", "audience": ["all"]}
    assert [warning.split()[0].strip("`'\"") for warning in run["warnings"]] == ["inputs.topic", "inputs.audience"]


def test_a_list_is_paged_by_cursor_without_gap_or_repeat(admin):
    tag = "paged"
    made = [admin.post("/workflows", json={"tags": [tag]}).json()["handle"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"tag": tag, "limit": 2, "total": "true", "sort": "created_at"} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/workflows", params=query).json()
        assert page["total"] == 5
        assert len(page["items"]) <= 2
        seen += [item["handle"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made


def test_a_cursor_serves_only_the_list_that_handed_it_out(admin):
    handles = [admin.post("/workflows", json={"tags": ["bound"]}).json()["handle"] for _ in range(3)]
    for handle in handles[:2]:
        for text in ("one", "two"):
            step = {"use": "value.set", "with": {"values": {"x": text}}}
            assert admin.post(f"/workflows/{handle}/nodes", json=step).status_code == 201
            assert admin.post(f"/workflows/{handle}/publish", json={}).status_code == 201
    cursor = admin.get("/workflows", params={"tag": "bound", "limit": 1}).json()["next_cursor"]
    mine = {"tag": "bound", "cursor": cursor}
    assert len(admin.get("/workflows", params=mine | {"limit": 2, "total": "true"}).json()["items"]) == 2
    versions = f"/workflows/{handles[0]}/versions"
    version = admin.get(versions, params={"limit": 1}).json()["next_cursor"]
    assert admin.get(versions, params={"cursor": version}).json()["items"][0]["number"] == 1
    others = [
        *(
            ("/workflows", mine | other)
            for other in ({"sort": "name"}, {"tag": "free"}, {"q": "a"}, {"deleted": "true"})
        ),
        *((path, {"cursor": cursor}) for path in ("/workflows", "/runs", "/documents", "/approvals", versions)),
        *((path, {"cursor": version}) for path in (f"/workflows/{handles[1]}/versions", "/runs", "/approvals")),
    ]
    for path, query in others:
        refused = admin.get(path, params=query)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor"), (path, query)
        assert "belongs to another list" in refused.json()["detail"], (path, query)


def test_every_answer_carries_the_request_id(admin):
    given = admin.get("/workflows", headers={"X-Request-ID": "my-own.id_7"})
    assert given.headers["x-request-id"] == "my-own.id_7"
    refused = admin.get("/workflows/workflow_999999", headers={"X-Request-ID": "with spaces"})
    assert refused.headers["x-request-id"] != "with spaces"
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/workflows/workflow_999999", {}, 404, "workflow_not_found"),
        ("GET", "/runs/run_999999", {}, 404, "run_not_found"),
        ("GET", "/documents/document_999999", {}, 404, "document_not_found"),
        ("GET", "/approvals/approval_999999", {}, 404, "approval_not_found"),
        ("GET", "/nowhere", {}, 404, "path_not_found"),
        ("PUT", "/workflows", {}, 405, "method_not_allowed"),
        ("GET", "/workflows", {"params": {"limit": 0}}, 422, "invalid"),
        ("GET", "/workflows", {"params": {"cursor": "forged"}}, 400, "bad_cursor"),
        ("GET", "/workflows", {"params": {"limitt": 1}}, 422, "invalid"),
        ("GET", "/runs", {"params": {"status": "sleeping"}}, 422, "invalid"),
        ("POST", "/workflows", {"json": {"nam": "x"}}, 422, "invalid"),
        (
            "POST",
            "/workflows",
            {"content": b"name: x", "headers": {"content-type": "text/plain"}},
            415,
            "unsupported_media_type",
        ),
        ("POST", "/workflows", {"content": b"x" * 5_000_000}, 413, "too_large"),
        ("POST", "/documents", {"content": b"x" * 4_500_000, "params": {"name": "a"}}, 413, None),
        ("GET", "/workflows", {"headers": {"authorization": "Bearer forged"}}, 401, None),
        ("GET", "/workflows", {"headers": {"authorization": "Basic YTpi"}}, 401, "unauthenticated"),
        ("GET", "/workflows", {"headers": {"x-workspace": "no-such-place"}}, 403, "not_a_member"),
    ],
)
def test_a_refusal_is_a_problem_document(admin, method, path, sent, status, code):
    answer = admin.request(method, path, **sent)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"]
    assert answer.status_code == status, problem
    assert code is None or problem["code"] == code
    assert problem["type"] == f"urn:docchain:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_status_it_cannot_take_is_refused_with_the_legal_ones(admin):
    workflow = admin.workflow([])
    refused = admin.post(f"/workflows/{workflow}/status", json={"status": "paused"})
    assert refused.status_code == 409
    assert refused.json()["detail"] == f"{workflow} is draft; from there it can become active or archived, not paused."


def test_a_stale_change_is_refused(admin):
    workflow = admin.workflow([])
    etag = admin.get(f"/workflows/{workflow}").headers["etag"]
    assert admin.patch(f"/workflows/{workflow}", json={"tags": ["a"]}, headers={"If-Match": etag}).status_code == 200
    stale = admin.patch(f"/workflows/{workflow}", json={"tags": ["b"]}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "workflow_changed")
    assert admin.get(f"/workflows/{workflow}").json()["tags"] == ["a"]


def test_only_members_of_a_workspace_may_name_it(shared):
    with shared.client() as other:
        registered = other.post(
            "/security/auth/register", json={"username": "outsider", "password": "correct horse battery"}
        )
        assert registered.status_code == 201
        other.headers["authorization"] = f"Bearer {registered.json()['access_token']}"
        refused = other.get("/workflows", headers={"X-Workspace": "default"})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


def test_health_needs_no_sign_in_and_names_its_parts_to_administrators(shared, admin):
    for path in ("/api/v3/health", "/health", "/health/ready"):
        told = admin.get(f"{shared.url}{path}", headers={"authorization": ""}).json()
        assert told == {"status": "ok", "version": None, "uptime_seconds": None, "checks": {}}
        health = admin.get(f"{shared.url}{path}").json()
        assert (health["status"], health["version"]) == ("ok", "0.1.0")
        assert {"database", "engine", "storage"} <= health["checks"].keys()
    assert admin.get(f"{shared.url}/health/live").json()["status"] == "ok"
