"""What is restricted is not told by searches, counts, suggestions, exports and live events either."""

import asyncio
from datetime import UTC, datetime

import pytest

from docchain.features.realtime.rendering import may_hear, render, veiled
from docchain.platform.events import Event
from docchain.platform.ids import new_id
from docchain.platform.reach import Reach
from docchain.platform.work import Actor


async def _found(who, path, key):
    answer = await who.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()[key]


@pytest.fixture
async def payroll(owner):
    """A document of a restricted collection, and one of none, both found by one word."""
    await owner.made("/documents/collections", {"name": "Payroll"})
    for name, filed in (("a.txt", {"collections": ["Payroll"]}), ("b.txt", {"tags": ["open"]})):
        made = (await owner.post(f"/documents?name={name}", content=b"zarzuela is the word")).json()
        assert (await owner.patch(f"/documents/{made['id']}", json=filed)).status_code == 200
    for _ in range(300):
        if await _found(owner, "/search?q=zarzuela&mode=text", "total") == 2:
            break
        await asyncio.sleep(0.05)
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})


@pytest.mark.usefixtures("payroll")
async def test_a_search_finds_counts_and_suggests_only_what_one_sees(owner, editor):
    assert await owner.seen("/search?q=zarzuela&mode=text") == ["document_1", "document_2"]
    answer = (await editor.get("/search?q=zarzuela&mode=text&facet=collection")).json()
    assert [hit["handle"] for hit in answer["hits"]] == ["document_2"]
    assert (answer["total"], answer["facets"]) == (1, {})
    assert (await editor.get("/search/similar/document_1")).status_code == 404
    assert "document_1" not in (await editor.get("/search/similar/document_2")).text
    assert (await editor.get("/search/suggest?q=zarz")).json() == {"suggestions": []}


@pytest.mark.usefixtures("payroll")
async def test_an_export_and_duplicates_hold_only_what_one_sees(editor):
    told = await editor.post("/documents/export", json={"format": "json", "filter": {}})
    assert told.status_code == 200
    assert ("document_2" in told.text, "document_1" in told.text) == (True, False)
    named = await editor.post("/documents/export", json={"format": "json", "documents": ["document_1"]})
    assert named.status_code in {404, 422}
    assert "document_1" not in (await editor.get("/documents/document_2/duplicates?at_least=0.1")).text
    assert "a.txt" not in (await editor.get("/intake")).text


def _event(type_, kind, subject, **data):
    workspace = new_id()
    return render(Event(1, new_id(), workspace, type_, kind, subject, "ana", datetime.now(UTC), data))


def test_events_of_what_is_restricted_are_not_heard():
    restricted, open_ = new_id(), new_id()
    everything = frozenset({"runs:read", "documents:read", "approvals:read", "workflows:read"})
    reach = Reach(frozenset({("read", "workflow", restricted)}))
    barred = Actor(None, "edu", new_id(), permissions=everything, reach=reach)
    free = Actor(None, "olga", new_id(), permissions=everything)
    for told, hears in (
        (_event("run.finished", "run", new_id(), workflow_id=str(restricted)), False),
        (_event("run.finished", "run", new_id(), workflow_id=str(open_)), True),
        (_event("workflow.updated", "workflow", restricted), False),
        (_event("approval.requested", "approval", new_id(), run_id="x"), False),
        (_event("document.uploaded", "document", new_id()), True),
    ):
        assert may_hear(free, told)
        assert may_hear(barred, told) is hears, told.type


def test_events_are_masked_for_whom_payload_is_hidden():
    told = _event("event.published", "custom", new_id(), payload={"iban": "ES91"})
    assert "ES91" in told.text
    shown = veiled(told, frozenset({"run.payload"}))
    assert "ES91" not in shown.text + shown.alone
    fields = veiled(told, frozenset({"document.fields.iban"}))
    assert '"iban":"•••"' in fields.text


async def test_what_was_made_of_restricted_documents_does_not_lead_to_them(owner, editor, product):
    await owner.made("/documents/collections", {"name": "Payroll"})
    first = (await owner.post("/documents?name=secret.html", content=b"<p>About Ana</p>")).json()
    await owner.patch(f"/documents/{first['id']}", json={"collections": ["Payroll"]})
    steps = [{"id": "text", "use": "document.parse", "with": {"document": "${inputs.paper}"}}]
    definition = {"workflow": "reads", "inputs": {"paper": {"type": "document"}}, "steps": steps}
    await owner.made("/workflows", {"definition": definition})
    run = await owner.made("/workflows/workflow_1/execute", {"inputs": {"paper": "document_1"}, "wait": 30})
    await product.services.journal.catch_up()
    assert run["status"] == "succeeded", run
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    made = await editor.seen("/documents")
    assert "document_1" not in made
    for handle in made:
        for path in ("lineage", "prov", "versions", "duplicates?at_least=0.1", "pages"):
            answer = await editor.get(f"/documents/{handle}/{path}")
            assert answer.status_code < 500, (path, answer.text)
            assert "About Ana" not in answer.text
            assert "document_1" not in answer.text, path
    assert (await editor.get("/documents/document_1/thumbnail")).status_code == 404
    assert (await editor.get("/runs/run_1")).status_code == 200
