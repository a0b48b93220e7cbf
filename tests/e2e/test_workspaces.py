"""Workspaces are walls: whoever is in another one finds nothing, by any address."""

import re
from pathlib import Path

import httpx
import pytest

INVOICE = Path(__file__).parents[2] / "examples" / "invoice_matching" / "documents" / "facturae.xml"


@pytest.fixture(scope="module")
def names(admin, documents):
    """Something of everything, in the administrator's workspace."""
    document = admin.upload(documents / "factura_jardineria.pdf")
    steps = [
        {"id": "text", "use": "document.parse", "with": {"document": "${inputs.document}"}},
        {"id": "fields", "use": "extract.fields", "with": {"document": "${steps.text.document}"}},
        {"id": "ask", "use": "human.approval", "with": {"title": "Fine?"}},
    ]
    steps[1]["with"]["schema"] = {"$ref": "invoice"}
    workflow = admin.workflow(steps, inputs={"document": {"type": "document"}})
    admin.post(f"/workflows/{workflow}/publish")
    run = admin.run(workflow, {"document": document["handle"]})
    assert run["status"] == "waiting", run["message"]
    tus = {"tus-resumable": "1.0.0", "upload-length": "10"}
    hook = {"kind": "hook", "name": "scanner"}
    return {
        "item": admin.get("/intake").json()["items"][0]["id"],
        "source": admin.post("/intake/sources", json=hook).json()["id"],
        "upload": admin.post("/files/tus", headers=tus).headers["location"].rpartition("/")[2],
        "workflow": admin.get(f"/workflows/{workflow}").json()["id"],
        "document": document["id"],
        "run": run["id"],
        "approval": admin.approval_of(run["id"])["id"],
        "number": "1",
        "step": "fields",
        "node": "fields",
        "field": "total",
        "picture": "1.png",
        "page": "1",
        "name": "suppliers",
        **_made(admin),
    }


def _made(admin):
    """What a document may be filed under, where it came from, and what looks for it."""
    told = {"type": "documents/types", "correspondent": "documents/correspondents"}
    told |= {"collection": "documents/collections"}
    made = {name: admin.post(f"/{path}", json={"name": f"walls {name}"}).json()["id"] for name, path in told.items()}
    hook = admin.post("/intake/sources", json={"kind": "hook", "name": "walls"})
    saved = admin.post("/search/saved", json={"name": "walls", "query": {"q": "factura"}})
    upload = admin.post("/files/tus", headers={"tus-resumable": "1.0.0", "upload-length": "5"})
    table = admin.put("/tables/suppliers", content=b"tax_id,name\nB1,Acme\n", headers={"content-type": "text/csv"})
    key = admin.post("/security/api-keys", json={"name": "walls", "permissions": ["runs:read"]})
    role = admin.post("/security/roles", json={"name": "walls", "permissions": ["runs:read"]})
    made |= {"key": key.json().get("id"), "role": "walls"}
    for answer in (hook, saved, upload, table, key, role):
        assert answer.is_success, answer.text
    item = admin.get("/intake").json()["items"][0]["id"]
    upload_id = upload.headers["location"].rpartition("/")[2]
    return {**made, "source": hook.json()["id"], "saved": saved.json()["id"], "upload": upload_id, "item": item}


@pytest.fixture(scope="module")
def special(admin):
    """What some addresses need: a run with items that has ended, and what it would have made of another definition."""
    step = {"id": "each", "use": "value.set", "for_each": [1, 2], "with": {"values": {"a": "${item}"}}}
    workflow = admin.workflow([step])
    run = admin.run(workflow, {})
    trial = admin.post(f"/workflows/{workflow}/what-if", json={"version": "draft", "last": 1})
    assert trial.status_code == 202, trial.text
    return {
        "what-if": {"workflow": workflow, "run": trial.json()["id"]},
        "items": {"run": run["id"], "step": "each"},
        "events": {"run": run["id"]},
        "einvoice": {"document": admin.upload(INVOICE)["id"]},
    }


@pytest.fixture(scope="module")
def stranger(shared):
    body = {"username": "stranger", "password": "correct horse battery"}
    signed_in = httpx.post(f"{shared.url}/api/v3/auth/register", json=body).json()
    token = {"authorization": f"Bearer {signed_in['access_token']}"}
    with httpx.Client(base_url=shared.url, headers=token) as client:
        yield client


def test_every_address_that_is_read_hides_what_is_elsewhere(shared, admin, stranger, names, special):
    paths = httpx.get(f"{shared.url}/openapi.json").json()["paths"]
    reads = [path for path, operations in paths.items() if "get" in operations and "{" in path]
    reads.remove("/api/v3/files/{token}")  # a link is for whoever knows it
    reads.remove("/api/v3/security/audit/reports/{report}")  # everywhere the same names, of what is one's own
    asked = 0
    for path in reads:
        own_names = next((found for word, found in special.items() if word in path), {})
        known = {**names, **own_names}
        if "/admin/" in path or not set(re.findall(r"{(\w+)}", path)) <= known.keys():
            continue  # of users, roles, keys and settings: tests/security asks them
        address = path.format(**known)
        asked += 1
        versions = {"old": "1", "new": "1"} if "/diff" in path and "{document}" in path else None
        own = admin.get(f"{shared.url}{address}", params=versions)
        assert own.status_code in {200, 202}, f"{address}: {own.text}"  # a picture may still be made
        foreign = stranger.get(address, params=versions)
        assert (foreign.status_code, foreign.headers["content-type"]) == (404, "application/problem+json"), address
    assert asked >= 30


def test_lists_of_another_workspace_are_empty(admin, stranger, names):
    assert admin.get(f"/runs/{names['run']}").status_code == 200
    for path in ("runs", "workflows", "documents", "approvals"):
        assert admin.get(f"/{path}").json()["items"]
        assert stranger.get(f"/api/v3/{path}", params={"total": "true"}).json() == {
            "items": [],
            "next_cursor": None,
            "total": 0,
            "total_capped": False,
        }


def test_nothing_elsewhere_can_be_changed(admin, stranger, names):
    for method, path, body in [
        ("DELETE", "/workflows/{workflow}", None),
        ("PATCH", "/workflows/{workflow}", {"name": "mine"}),
        ("POST", "/workflows/{workflow}/execute", {}),
        ("POST", "/workflows/{workflow}/publish", {}),
        ("POST", "/runs/{run}/cancel", {}),
        ("POST", "/runs/{run}/signal", {"step": "ask", "signal": "decision"}),
        ("POST", "/approvals/{approval}/answer", {"decision": "approve"}),
        ("DELETE", "/documents/{document}", None),
    ]:
        answer = stranger.request(method, "/api/v3" + path.format(**names), json=body, headers={"If-Match": "*"})
        assert answer.status_code == 404, path
    assert admin.get(f"/runs/{names['run']}").json()["status"] == "waiting"
    assert admin.get(f"/documents/{names['document']}").status_code == 200


def test_a_document_of_another_workspace_is_no_input(admin, stranger, names):
    definition = {"workflow": "borrow", "inputs": {"document": {"type": "document"}}, "output": "${inputs.document}"}
    handle = stranger.post("/api/v3/workflows", json={"definition": definition}).json()["handle"]
    assert handle == "workflow_1"
    reference = admin.get(f"/runs/{names['run']}").json()["inputs"]["document"]
    for given in (names["document"], reference):
        refused = stranger.post("/api/v3/workflows/1/execute", json={"inputs": {"document": given}})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == "inputs.document"
