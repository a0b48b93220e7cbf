"""What is restricted is there only for those to whom it was granted: in lists, by handle and id, in every door."""

import pytest

from conftest import WAITING


@pytest.fixture
async def two(owner, product):
    """Two workflows with a waiting run each; `workflow_1` is restricted."""
    for name in ("secret", "open"):
        await owner.made("/workflows", {"definition": WAITING | {"workflow": name}})
    runs = [await owner.made(f"/workflows/workflow_{number}/execute", {}) for number in (1, 2)]

    for _ in range(200):
        await product.settled()
        if len(await owner.seen("/approvals")) == 2:
            break
    await owner.made("/security/restrictions", {"kind": "workflow", "thing": "workflow_1"})
    first = (await owner.get("/workflows/workflow_1")).json()
    return {"workflow": first["id"], "run": runs[0]["id"]}


async def test_others_see_none_of_a_restricted_workflow(two, owner, editor):
    assert sorted(await owner.seen("/workflows")) == ["workflow_1", "workflow_2"]
    assert await editor.seen("/workflows") == ["workflow_2"]
    assert await editor.seen("/runs") == ["run_2"]
    assert await editor.seen("/approvals") == ["approval_2"] or await editor.seen("/approvals") == ["approval_1"]
    for path in (f"/workflows/{two['workflow']}", "/workflows/workflow_1", "/workflows/workflow_1/versions"):
        assert (await editor.get(path)).status_code == 404, path
    for path in (f"/runs/{two['run']}", "/runs/run_1", "/runs/run_1/history", "/runs/run_1/logs"):
        assert (await editor.get(path)).status_code == 404, path
    for path in ("/workflows/workflow_1/execute", "/runs/run_1/cancel", "/runs/run_1/pause"):
        assert (await editor.post(path, json={})).status_code == 404, path
    assert (await editor.delete("/workflows/workflow_1")).status_code == 404


@pytest.mark.usefixtures("two")
async def test_a_grant_opens_what_it_names_at_once_and_taking_it_back_closes_it(owner, editor):
    grant = {"kind": "workflow", "thing": "workflow_1", "user": "edu", "actions": ["read"]}
    made = await owner.made("/security/grants", grant)
    assert sorted(await editor.seen("/workflows")) == ["workflow_1", "workflow_2"]
    refused = await editor.post("/workflows/workflow_1/execute", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")
    assert refused.json()["detail"] == "This workflow is restricted: you may not execute it."
    await owner.made("/security/grants", grant | {"actions": ["read", "execute"]})
    assert (await editor.post("/workflows/workflow_1/execute", json={})).status_code == 202
    assert (await owner.delete(f"/security/grants/{made['id']}")).status_code == 204
    assert await editor.seen("/workflows") == ["workflow_2"]


@pytest.mark.usefixtures("two")
async def test_lifting_a_restriction_opens_it_to_all(owner, editor):
    assert (await owner.delete("/security/restrictions/workflow/workflow_1")).status_code == 204
    assert sorted(await editor.seen("/workflows")) == ["workflow_1", "workflow_2"]


@pytest.mark.parametrize("kind", ["collection", "document_type"])
async def test_one_restricted_thing_leaves_writes_to_unrelated_things_alone(owner, editor, kind):
    for number in (1, 2):
        assert (await owner.post(f"/documents?name={number}.txt", content=b"Text %d" % number)).status_code == 201
    await owner.made("/workflows", {"definition": WAITING})
    path = "/documents/collections" if kind == "collection" else "/documents/types"
    await owner.made(path, {"name": "Secret"})
    await owner.made("/security/restrictions", {"kind": kind, "thing": "Secret"})

    assert (await editor.post("/documents?name=new.txt", content=b"New")).status_code == 201
    changed = await editor.patch("/documents/document_1", json={"add_tags": ["seen"]})
    assert (changed.status_code, changed.json()["tags"]) == (200, ["seen"])
    assert (await editor.delete("/documents/document_2")).status_code == 204
    assert (await editor.post("/workflows/workflow_1/publish", json={})).status_code == 201
