"""What is made from a restricted document is kept from the same people, whenever it was made, filed or restricted."""

import pytest
import typst

READS = {
    "workflow": "reads",
    "inputs": {"paper": {"type": "document"}},
    "steps": [{"id": "text", "use": "document.parse", "with": {"document": "${inputs.paper}"}}],
}


def paper() -> bytes:
    return typst.compile(b"About Ana #pagebreak() About Bea")


@pytest.fixture(autouse=True)
async def _kept(owner):
    """Two collections, and a document."""
    for name in ("Payroll", "Other"):
        await owner.made("/documents/collections", {"name": name})
    assert (await owner.post("/documents?name=secret.pdf", content=paper())).status_code == 201


async def read_it(owner, product):
    await owner.made("/workflows", {"definition": READS})
    run = await owner.made("/workflows/workflow_1/execute", {"inputs": {"paper": "document_1"}, "wait": 30})
    assert run["status"] == "succeeded", run
    await product.services.journal.catch_up()


async def file_it(owner, *collections):
    assert (await owner.patch("/documents/document_1", json={"collections": list(collections)})).status_code == 200


async def restrict(owner):
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})


ORDERS = [(file_it, read_it, restrict), (read_it, file_it, restrict), (file_it, restrict, read_it)]


@pytest.mark.parametrize("order", [0, 1, 2], ids=["made after", "made before", "restricted before"])
async def test_products_are_kept_from_the_same_people(owner, editor, product, order):
    for act in ORDERS[order]:
        await act(owner, *({file_it: ("Payroll",), read_it: (product,)}.get(act, ())))
    assert sorted(await owner.seen("/documents")) == ["document_1", "document_2"]
    assert await editor.seen("/documents") == []
    text = (await owner.get("/documents/document_2")).json()
    assert text["collections"] == []
    for path in ("document_2", text["id"], "document_2/content", "document_2/lineage", "document_2/versions"):
        assert (await editor.get(f"/documents/{path}")).status_code == 404, path
    assert (await editor.patch("/documents/document_2", json={"tags": ["x"]})).status_code == 404
    grant = {"kind": "collection", "thing": "Payroll", "user": "edu", "actions": ["read"]}
    await owner.made("/security/grants", grant)
    assert sorted(await editor.seen("/documents")) == ["document_1", "document_2"]


async def test_a_product_is_filed_by_itself_and_stays_held(owner, editor, product):
    await file_it(owner, "Payroll")
    await read_it(owner, product)
    await restrict(owner)
    assert (await owner.patch("/documents/document_2", json={"collections": ["Other"]})).status_code == 200
    await file_it(owner, "Other")
    assert await editor.seen("/documents") == ["document_1"]
    assert (await owner.delete("/security/restrictions/collection/Payroll")).status_code == 204
    assert sorted(await editor.seen("/documents")) == ["document_1", "document_2"]


async def test_parts_and_merged_pages_are_held(owner, editor):
    assert (await owner.post("/documents?name=other.pdf", content=paper())).status_code == 201
    await file_it(owner, "Payroll")
    merged = await owner.made("/documents/merge", {"documents": ["document_1", "document_2"], "name": "both.pdf"})
    split = await owner.made(f"/documents/{merged['handle']}/pages/split", {"ranges": ["1", "2-4"]})
    assert [part["document"]["handle"] for part in split["parts"]] == ["document_4", "document_5"]
    await restrict(owner)
    assert await editor.seen("/documents") == ["document_2"]
    assert len(await owner.seen("/documents")) == 5


async def test_who_is_confined_to_a_collection_does_not_see_what_was_made_of_it_and_others(owner, product):
    await file_it(owner, "Payroll")
    await read_it(owner, product)
    role = {"name": "nobody", "permissions": ["keys:write"]}
    await owner.made("/security/roles", role)
    clerk = await product.member("clara", "nobody")
    grant = {"kind": "collection", "thing": "Payroll", "user": "clara", "actions": ["read"]}
    await owner.made("/security/grants", grant)
    assert await clerk.seen("/documents") == ["document_1"]
