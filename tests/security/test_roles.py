"""Roles of one's own: nobody makes more than they are, and changes count with the next request."""

VIEW = {"name": "clerk", "description": "Sees runs", "permissions": ["runs:read"]}


async def test_a_change_of_a_role_counts_with_the_next_request(owner, product):
    made = await owner.post("/security/roles", json=VIEW)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    clerk = await product.member("carl", "clerk")
    assert (await clerk.get("/runs")).status_code == 200
    assert (await clerk.get("/documents")).status_code == 403
    assert (await clerk.get("/auth/me")).json()["permissions"] == ["runs:read"]
    changed = await owner.put("/security/roles/clerk", json={"permissions": ["documents:read"]})
    assert (changed.status_code, changed.json()["revision"], changed.json()["members"]) == (200, 2, 1)
    assert (await clerk.get("/runs")).status_code == 403
    assert (await clerk.get("/documents")).status_code == 200


async def test_nobody_makes_or_changes_a_role_beyond_their_own(owner, product):
    await owner.made("/security/roles", {"name": "chief", "permissions": ["rights:write", "rights:read", "runs:read"]})
    await owner.made("/security/roles", {"name": "strong", "permissions": ["documents:manage"]})
    chief = await product.member("cesar", "chief")
    refused = await chief.post("/security/roles", json=VIEW | {"permissions": ["runs:read", "admin"]})
    assert (refused.status_code, refused.json()["detail"]) == (403, "You do not have admin.")
    for answer in (
        await chief.put("/security/roles/strong", json={"permissions": ["runs:read"]}),
        await chief.put("/security/roles/chief", json={"permissions": ["audit:read"]}),
        await chief.delete("/security/roles/strong"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond_your_own")
    assert (await chief.post("/security/roles", json=VIEW)).status_code == 201


async def test_built_in_roles_stay_and_names_are_taken_once(owner):
    names = [role["name"] for role in (await owner.get("/security/roles")).json()]
    assert names == ["owner", "admin", "editor", "operator", "reviewer", "auditor", "viewer"]
    for answer, code in (
        (await owner.put("/security/roles/viewer", json={"permissions": ["admin"]}), "role_built_in"),
        (await owner.delete("/security/roles/owner"), "role_built_in"),
        (await owner.post("/security/roles", json=VIEW | {"name": "admin"}), "role_taken"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    unknown = await owner.post("/security/roles", json=VIEW | {"permissions": ["runs:fly"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "permission_unknown")
    assert (await owner.get("/security/roles/nobody")).status_code == 404


async def test_a_role_that_somebody_has_stays(owner, product):
    await owner.made("/security/roles", VIEW)
    await product.member("carl", "clerk")
    refused = await owner.delete("/security/roles/clerk")
    assert (refused.status_code, refused.json()["code"]) == (409, "role_in_use")


async def test_roles_of_another_workspace_are_not_there(owner, product):
    await owner.made("/security/roles", VIEW)
    eve = await product.member("eve", "owner", "elsewhere")
    assert (await eve.get("/security/roles/clerk")).status_code == 404
    assert (await eve.delete("/security/roles/clerk")).status_code == 404


async def test_an_operator_runs_what_others_built(owner, product):
    definition = {"workflow": "w", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}
    await owner.made("/workflows", {"definition": definition})
    operator = await product.member("oscar", "operator")
    assert (await operator.post("/workflows/workflow_1/execute", json={})).status_code == 202
    assert (await operator.post("/workflows", json={"definition": definition})).status_code == 403
    assert (await operator.get("/security/roles")).status_code == 403


async def test_what_changes_rights_is_in_the_audit_log(owner):
    await owner.made("/security/roles", VIEW)
    await owner.put("/security/roles/clerk", json={"permissions": ["documents:read"]})
    await owner.delete("/security/roles/clerk")
    found = (await owner.get("/security/audit/logs?resource_kind=role")).json()["items"]
    assert [entry["type"] for entry in found] == ["role.deleted", "role.changed", "role.created"]
