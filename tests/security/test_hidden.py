"""What a role hides is shown as `•••` in every door: runs, documents, search, approvals, exports, events."""

import asyncio
import json

import pytest

from docchain.features.documents.proving.prov import prov_of
from docchain.features.documents.proving.schemas import DocumentLineage
from docchain.features.documents.proving.veiling import veiled
from docchain.features.documents.schemas import FieldLineage
from docchain.platform.ids import new_id
from docchain.platform.veil import Veil

IBAN = "ES9121000418450200051332"
ROLE = {
    "name": "clerk",
    "permissions": [
        "runs:read",
        "approvals:read",
        "documents:read",
        "documents:write",
        "workflows:read",
        "workflows:execute",
    ],
    "hidden": ["run.payload", "document.fields.iban"],
}
DEFINITION = {
    "workflow": "pays",
    "inputs": {"iban": {"type": "string"}, "note": {"type": "string"}},
    "steps": [
        {"id": "keep", "use": "value.set", "with": {"values": {"to": "${inputs.iban}"}}},
        {"id": "ask", "use": "human.approval", "with": {"title": "Pay?", "data": {"to": "${inputs.iban}"}}},
    ],
}
INPUTS = {"iban": IBAN, "note": "hush"}


@pytest.fixture
async def clerk(owner, product):
    await owner.made("/security/roles", ROLE)
    return await product.member("carl", "clerk")


@pytest.fixture
async def run(owner, product):
    await owner.made("/workflows", {"definition": DEFINITION})
    made = await owner.made("/workflows/workflow_1/execute", {"inputs": INPUTS})
    for _ in range(200):
        await product.settled()
        if await owner.seen("/approvals"):
            return made
        await asyncio.sleep(0.01)
    raise AssertionError("Nobody was asked.")


@pytest.mark.usefixtures("run")
async def test_payload_of_runs_is_masked_in_every_door(owner, clerk):
    assert (await owner.get("/runs/run_1")).json()["inputs"] == INPUTS
    for path in ("/runs", "/runs/run_1", "/runs/run_1/history", "/approvals", "/approvals/approval_1"):
        shown, open_ = await clerk.get(path), await owner.get(path)
        assert (shown.status_code, shown.headers["hidden-fields"]) == (200, "run.payload"), path
        assert IBAN in open_.text, path
        assert "hidden-fields" not in open_.headers
        for secret in (IBAN, "hush"):
            assert secret not in shown.text, path
    detail = (await clerk.get("/runs/run_1")).json()
    assert detail["inputs"] == {"iban": "•••", "note": "•••"}
    assert next(step["output"] for step in detail["steps"]) == {"to": "•••"}
    assert (await clerk.get("/approvals/approval_1")).json()["data"] == {"to": "•••"}


@pytest.mark.usefixtures("run")
async def test_what_a_masked_member_orders_is_masked_in_the_answer(clerk):
    answer = await clerk.post("/workflows/workflow_1/execute", json={"inputs": INPUTS})
    assert answer.status_code == 202
    assert answer.json()["inputs"] == {"iban": "•••", "note": "•••"}


async def _document(owner):
    fields = [{"name": "iban", "kind": "text"}, {"name": "city", "kind": "text"}]
    await owner.made("/documents/types", {"name": "Account", "fields": fields})
    made = (await owner.post("/documents?name=a.txt", content=b"An account")).json()
    body = {"type": "Account", "fields": {"iban": IBAN, "city": "Vigo"}}
    changed = await owner.patch(f"/documents/{made['id']}", json=body)
    assert changed.status_code == 200, changed.text


async def test_fields_of_documents_are_masked_by_name(owner, clerk):
    await _document(owner)
    for path in ("/documents", "/documents/document_1"):
        shown = await clerk.get(path)
        assert shown.headers["hidden-fields"] == "document.fields.iban"
        assert IBAN not in shown.text
    assert (await clerk.get("/documents/document_1")).json()["fields"] == {"iban": "•••", "city": "Vigo"}
    assert (await owner.get("/documents/document_1")).json()["fields"]["iban"] == IBAN


async def test_prov_masks_what_is_hidden(owner, clerk):
    await _document(owner)
    told = await clerk.get("/documents/document_1/prov")
    assert (told.status_code, told.headers["hidden-fields"]) == (200, "document.fields.iban")
    assert IBAN not in told.text
    edits = [activity for activity in told.json()["activity"].values() if "dc:changes" in activity]
    assert "•••" in edits[-1]["dc:changes"]
    assert IBAN not in (await clerk.get("/documents/document_1/lineage")).text
    open_ = await owner.get("/documents/document_1/prov")
    assert IBAN in open_.text
    assert "hidden-fields" not in open_.headers


def test_prov_masks_values_that_were_read():
    def field(name, value):
        ids = {"run_id": new_id(), "step": "read", "attempt": 1, "step_kind": "ai.extract", "step_kind_version": 1}
        place = {"page": 1, "box": (1, 2, 3, 4), "text": value, "confidence": 0.9}
        return FieldLineage(**ids, field=name, value=value, **place, sources=[])

    lineage = DocumentLineage(
        version_id=new_id(), versions=[], complete=True, fields=[field("iban", IBAN), field("total", "5")]
    )
    entities = prov_of(veiled(lineage, Veil(frozenset({"document.fields.iban"}))))["entity"].values()
    values = {told["prov:label"]: (told["dc:value"], told.get("dc:text"), told.get("dc:page")) for told in entities}
    assert values == {"iban": ("•••", None, None), "total": ("5", "5", 1)}
    every = prov_of(veiled(lineage, Veil(frozenset({"document.fields.*"}))))["entity"].values()
    assert {told["dc:value"] for told in every} == {"•••"}


@pytest.mark.parametrize("format_", ["csv", "json"])
async def test_exports_are_masked_too(owner, clerk, format_):
    await _document(owner)
    answer = await clerk.post("/documents/export", json={"format": format_, "filter": {}})
    assert answer.status_code == 200, answer.text
    assert IBAN not in answer.text
    assert "Vigo" in answer.text
    assert IBAN in (await owner.post("/documents/export", json={"format": format_, "filter": {}})).text


async def test_nothing_is_found_by_a_hidden_field(owner, clerk):
    await _document(owner)
    for path in (f"/documents?field=iban={IBAN}", f"/search?q=field.iban:{IBAN}", f"/search?filter=field.iban:{IBAN}"):
        refused = await clerk.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "field_hidden"), path
    assert await owner.seen(f"/documents?field=iban={IBAN}") == ["document_1"]
    assert (await clerk.get("/documents?field=city=Vigo")).status_code == 200


async def test_every_field_can_be_hidden(owner, product):
    await owner.made("/security/roles", ROLE | {"name": "blind", "hidden": ["document.fields.*"]})
    await _document(owner)
    blind = await product.member("bea", "blind")
    assert (await blind.get("/documents/document_1")).json()["fields"] == {"iban": "•••", "city": "•••"}


async def test_the_count_of_a_list_is_no_field(owner, product):
    await owner.made("/security/roles", ROLE | {"name": "summer", "hidden": ["document.fields.total"]})
    await _document(owner)
    summer = await product.member("sue", "summer")
    assert (await summer.get("/documents?total=true")).json()["total"] == 1


async def test_what_is_hidden_from_somebody_is_hidden_from_their_keys(owner, product):
    await owner.made("/security/roles", ROLE | {"permissions": [*ROLE["permissions"], "keys:write"]})
    clerk = await product.member("carl", "clerk")
    await _document(owner)
    made = await clerk.made("/security/api-keys", {"name": "k", "permissions": ["documents:read"]})
    assert IBAN not in (await product.somebody(made["key"]).get("/documents/document_1")).text


async def test_who_is_not_shown_something_makes_no_role_that_is(owner, product):
    more = ["rights:write", *ROLE["permissions"]]
    await owner.made("/security/roles", ROLE | {"permissions": more})
    clerk = await product.member("carl", "clerk")
    refused = await clerk.post("/security/roles", json={"name": "seer", "permissions": ["runs:read"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_your_own")
    assert json.loads(refused.text)["detail"] == "You do not have document.fields.iban, run.payload."


async def test_hiding_every_field_hides_them_in_lineage_and_prov(owner, product):
    await owner.made("/security/roles", ROLE | {"name": "blind", "hidden": ["document.fields.*"]})
    blind = await product.member("bea", "blind")
    await _document(owner)
    for path in ("/documents/document_1", "/documents/document_1/lineage"):
        shown = await blind.get(path)
        assert (shown.status_code, shown.headers["hidden-fields"]) == (200, "document.fields.*"), path
        assert IBAN not in shown.text, path
        assert "Vigo" not in shown.text, path
    told = await blind.get("/documents/document_1/prov")
    assert told.status_code == 200
    assert IBAN not in told.text
    assert "Vigo" not in told.text


async def test_who_is_not_shown_some_fields_gets_no_answers_of_models_about_documents(owner, product):
    await owner.made("/security/roles", ROLE | {"name": "asker", "permissions": ["ai:use", "documents:read"]})
    asker = await product.member("ana", "asker")
    made = await owner.post("/documents", params={"name": "a.txt"}, content=f"IBAN: {IBAN}".encode())
    document = made.json()["handle"]
    asked = {"ask": {"question": "Which IBAN?"}, "summarize": {}, "generate": {"prompt": "Resume"}}
    for task, body in asked.items():
        refused = await asker.post(f"/ai/{task}", json={**body, "document": document})
        assert (refused.status_code, refused.json()["code"]) == (403, "field_hidden"), task
        assert IBAN not in refused.text
    refused = await asker.post("/ai/ask", json={"question": "Which IBAN?", "documents": [document]})
    assert (refused.status_code, refused.json()["code"]) == (403, "field_hidden")
    batch = {"operation": "analyze", "items": [{"document": document}, {"text": "Todo bien."}]}
    told = (await asker.post("/ai/batch", json=batch)).json()
    assert [item["status"] for item in told["items"]] == ["failed", "ok"]
