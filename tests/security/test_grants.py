"""Grants give a permission on one thing to whom their role does not give it, and there only."""

import pytest

from conftest import WAITING

GRANT = {"kind": "workflow", "thing": "workflow_1", "user": "vera", "actions": ["execute"]}


async def _workflows(owner, count=2):
    for number in range(count):
        await owner.made("/workflows", {"definition": WAITING | {"workflow": f"w{number}"}})


async def test_a_viewer_may_execute_what_they_were_granted_and_nothing_else(owner, viewer):
    await _workflows(owner)
    assert (await viewer.post("/workflows/workflow_1/execute", json={})).status_code == 403
    await owner.made("/security/grants", GRANT)
    assert (await viewer.post("/workflows/workflow_1/execute", json={})).status_code == 202
    assert (await viewer.post("/workflows/workflow_2/execute", json={})).status_code == 404
    assert sorted(await viewer.seen("/workflows")) == ["workflow_1", "workflow_2"]
    assert (await viewer.post("/workflows", json={"definition": WAITING})).status_code == 403


async def test_who_may_write_one_workflow_by_a_grant_makes_no_new_ones(owner, viewer):
    await _workflows(owner)
    await owner.made("/security/grants", GRANT | {"actions": ["write"]})
    assert (await viewer.delete("/workflows/workflow_2")).status_code == 404
    made = await viewer.post("/workflows", json={"definition": WAITING})
    assert (made.status_code, made.json()["code"]) == (403, "denied")
    assert (await viewer.delete("/workflows/workflow_1")).status_code == 204


async def test_a_grant_to_a_role_reaches_all_who_have_it(owner, viewer):
    await _workflows(owner, 1)
    await owner.made("/security/grants", {key: GRANT[key] for key in GRANT if key != "user"} | {"role": "viewer"})
    assert (await viewer.post("/workflows/workflow_1/execute", json={})).status_code == 202


async def test_nobody_grants_what_they_do_not_have(owner, product):
    await _workflows(owner, 1)
    await owner.made("/security/roles", {"name": "giver", "permissions": ["rights:write", "workflows:read"]})
    giver = await product.member("gina", "giver")
    refused = await giver.post("/security/grants", json=GRANT | {"user": "gina"})
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_your_own")
    assert refused.json()["detail"] == "You do not have runs:control, workflows:execute."


@pytest.mark.usefixtures("viewer")
async def test_what_cannot_be_granted_is_refused_with_what_can(owner):
    await owner.made("/documents/collections", {"name": "Contracts"})
    wrong = {"kind": "collection", "thing": "Contracts", "user": "vera", "actions": ["execute"]}
    refused = await owner.post("/security/grants", json=wrong)
    assert (refused.status_code, refused.json()["detail"]) == (422, "On a collection one can grant read, write.")
    nobody = await owner.post("/security/grants", json=wrong | {"actions": ["read"], "user": "nobody"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "subject_not_found")
    nothing = await owner.post("/security/grants", json=wrong | {"actions": ["read"], "thing": "Nothing"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "thing_not_found")


async def _filed(owner, name, **filed):
    made = (await owner.post(f"/documents?name={name}", content=f"about {name}".encode())).json()
    changed = await owner.patch(f"/documents/{made['id']}", json=filed)
    assert changed.status_code == 200, changed.text
    return made


async def test_documents_of_a_restricted_collection_or_type_are_there_for_nobody_else(owner, editor):
    await owner.made("/documents/collections", {"name": "Payroll"})
    await owner.made("/documents/types", {"name": "Medical"})
    first = await _filed(owner, "a.txt", collections=["Payroll"])
    second = await _filed(owner, "b.txt", type="Medical")
    await _filed(owner, "c.txt", tags=["open"])
    assert sorted(await editor.seen("/documents")) == ["document_1", "document_2", "document_3"]
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    await owner.made("/security/restrictions", {"kind": "document_type", "thing": "Medical"})
    assert await editor.seen("/documents") == ["document_3"]
    assert await editor.seen("/documents/collections") == []
    assert await editor.seen("/documents/types") == []
    for made in (first, second):
        for name in (made["id"], made["handle"], made["current"]["id"]):
            for path in (f"/documents/{name}", f"/documents/{name}/content", f"/documents/{name}/versions"):
                assert (await editor.get(path)).status_code == 404, path
        assert (await editor.delete(f"/documents/{made['id']}")).status_code == 404
    workflow = WAITING | {"inputs": {"paper": {"type": "document"}}}
    await owner.made("/workflows", {"definition": workflow})
    started = await editor.post("/workflows/workflow_1/execute", json={"inputs": {"paper": "document_1"}})
    assert started.status_code == 422, started.text
    assert started.json()["errors"][0]["code"] == "document_not_found"


async def test_who_may_only_read_a_restricted_collection_changes_nothing_there(owner, editor):
    await owner.made("/documents/collections", {"name": "Payroll"})
    made = await _filed(owner, "a.txt", collections=["Payroll"])
    await owner.made("/security/restrictions", {"kind": "collection", "thing": "Payroll"})
    grant = {"kind": "collection", "thing": "Payroll", "user": "edu", "actions": ["read"]}
    await owner.made("/security/grants", grant)
    path = f"/documents/{made['id']}"
    assert (await editor.get(path)).status_code == 200
    for refused in (
        await editor.patch(path, json={"tags": ["mine"]}),
        await editor.delete(path),
        await editor.post(f"{path}/versions?name=a.txt", content=b"other"),
        await editor.patch(path, json={"collections": []}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "denied"), refused.text
    await owner.made("/security/grants", grant | {"actions": ["read", "write"]})
    assert (await editor.patch(path, json={"tags": ["mine"]})).status_code == 200
