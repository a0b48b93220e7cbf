"""The main job over HTTP, on a server nobody has used: an invoice in; read, approved and delivered; and traced."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def user(fresh):
    with fresh.client() as client:
        yield client


def test_an_invoice_is_read_approved_delivered_and_traced(fresh, user, documents, intake):
    invoice = user.upload(documents / "factura_equipos.pdf")
    assert (invoice["handle"], invoice["media_type"]) == ("document_1", "application/pdf")

    created = user.post("/workflows", json={"definition": intake}).json()
    assert (created["handle"], created["status"], created["name"]) == ("workflow_1", "draft", "invoice_intake")
    published = user.post("/workflows/workflow_1/publish", json={"note": "First"})
    assert (published.status_code, published.json()["number"]) == (201, 1)

    started = user.post("/workflows/1/execute", json={"inputs": {"document": "document_1"}})
    assert started.status_code == 202
    assert started.headers["location"] == "/api/v3/runs/run_1"

    waiting = user.until("run_1", "waiting")
    assert waiting["waits"] == {"approve": "approval"}
    assert waiting["workflow_version"] == 1
    approval = user.approval_of(waiting["id"])
    assert approval["title"] == "Invoice OT26-003377 of Ofimática Turia, S.A."
    assert approval["data"]["values"]["total"] == {"amount": "5938.68", "currency": "EUR"}
    assert user.get(f"/approvals/{approval['handle']}").json()["status"] == "pending"

    answer = user.post(f"/approvals/{approval['handle']}/answer", json={"decision": "approve", "comment": "Ordered"})
    assert (answer.status_code, answer.json()["status"], answer.json()["answered_by"]) == (200, "approved", "admin")
    again = user.post(f"/approvals/{approval['handle']}/answer", json={"decision": "reject"})
    assert again.status_code == 409

    done = user.until("run_1", "succeeded")
    assert done["output"]["value"]["number"] == "OT26-003377"
    assert done["output"]["value"]["date"] == "2026-09-14"
    _check_delivered(fresh.data_dir, done["output"]["delivered"])
    _check_lineage(user, done)
    _check_summary(user, done)


def _check_delivered(data_dir: Path, delivered: list[str]) -> None:
    values, summary = map(Path, delivered)
    assert values.parent == data_dir / "deliveries" / "invoices"
    assert json.loads(values.read_text())["value"]["total"] == {"amount": "5938.68", "currency": "EUR"}
    assert summary.read_bytes().startswith(b"%PDF-")
    assert {path.name for path in values.parent.iterdir()} == {values.name, summary.name}


def _check_lineage(user, run) -> None:
    """The total goes back to its place on the page of the document that was uploaded."""
    field = user.get("/runs/run_1/steps/fields/fields/total/lineage").json()
    assert field["value"] == {"amount": "5938.68", "currency": "EUR"}
    assert (field["page"], field["text"]) == (1, "5.938,68 €")
    left, top, right, bottom = field["box"]
    assert 300 < left < right < 596
    assert 200 < top < bottom < 842
    assert field["step_kind"] == "extract.fields"
    assert [source["document_id"] for source in field["sources"]] == [run["inputs"]["document"]["document_id"]]


def _check_summary(user, run) -> None:
    summary = next(step for step in run["steps"] if step["id"] == "summary")["output"]["document"]
    content = user.get(f"/documents/{summary['document_id']}/content")
    assert content.headers["content-type"] == "application/pdf"
    assert content.content.startswith(b"%PDF-")
    lineage = user.get(f"/documents/{summary['document_id']}/lineage").json()
    made = lineage["versions"][0]
    assert (made["origin"], made["made_by"]["step"], made["made_by"]["run_id"]) == ("step", "summary", run["id"])
    assert "factura_equipos.pdf" in {
        version["name"] for version in lineage["versions"] if version["origin"] == "upload"
    }


def test_calls_of_the_first_page_work_on_a_fresh_server(user):
    """Handles start at 1 in the default workspace, and an empty workflow runs at once."""
    assert user.post("/workflows", json={"name": "Mi primer flujo"}).json()["handle"] == "workflow_1"
    body = {"workflow_id": 1, "parameters": {"topic": "AI", "style": "formal"}}
    run = user.post("/advanced/workflows/execute", json=body, params={"wait": 30})
    assert run.status_code == 200
    found = run.json()
    assert (found["handle"], found["status"], found["output"]) == ("run_1", "succeeded", None)
    assert found["inputs"] == {"topic": "AI", "style": "formal"}
    assert len(found["warnings"]) == 2
    assert "topic" in found["warnings"][0]
    by_handle = user.post("/advanced/workflows/execute", json={"workflow_id": "workflow_1", "parameters": {}})
    assert by_handle.json()["handle"] == "run_2"
