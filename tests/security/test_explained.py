"""Why somebody may or may not do something: the answer is what happens when they try, with every rule in words."""

import pytest

DEFINITION = {"workflow": "w", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}
EXPLAIN = "/security/permissions/explain"


@pytest.fixture
async def workflow(owner):
    await owner.made("/workflows", {"definition": DEFINITION})


async def _said(asker, **asked):
    answer = await asker.get(EXPLAIN, params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["allowed"], [f"{rule['rule']}: {rule['because']}" for rule in found["rules"]]


@pytest.mark.usefixtures("workflow", "viewer")
async def test_role_grant_and_restriction_are_told(owner):
    asked = {"user": "vera", "action": "workflows:execute", "resource": "workflow:workflow_1"}
    member = "member: vera is a member with the role viewer."
    role = "role: The role viewer does not have workflows:execute."
    assert await _said(owner, **asked) == (
        False,
        [
            member,
            role,
            "grant: workflows:execute was not granted here.",
            "restriction: It is not restricted.",
        ],
    )
    grant = {"kind": "workflow", "thing": "workflow_1", "user": "vera", "actions": ["execute"]}
    await owner.made("/security/grants", grant)
    assert (await _said(owner, **asked))[0] is True
    await owner.made("/security/restrictions", {"kind": "workflow", "thing": "workflow_1"})
    assert await _said(owner, **asked) == (
        False,
        [
            member,
            role,
            "grant: workflows:execute was granted here.",
            "restriction: It is restricted, and this was not granted.",
        ],
    )
    await owner.made("/security/grants", grant | {"actions": ["read", "execute"]})
    assert (await _said(owner, **asked))[0] is True
    assert await _said(owner, action="workflows:read", resource="workflow:workflow_1") == (
        True,
        [
            "member: olga is a member with the role owner.",
            "role: The role owner has workflows:read.",
            "grant: workflows:read was not granted here.",
            "owner: It is restricted, but not for owners.",
        ],
    )


@pytest.mark.usefixtures("workflow", "editor")
async def test_others_may_be_asked_about_with_the_permission_only(owner, viewer):
    assert (await _said(viewer, action="runs:read"))[0] is True
    refused = await viewer.get(EXPLAIN, params={"user": "edu", "action": "runs:read"})
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")
    assert (await _said(owner, user="edu", action="workflows:write"))[0] is True
    nobody = await owner.get(EXPLAIN, params={"user": "nobody", "action": "runs:read"})
    assert nobody.status_code == 404
    unknown = await owner.get(EXPLAIN, params={"action": "runs:fly"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "permission_unknown")


@pytest.mark.usefixtures("workflow")
async def test_a_key_is_told_what_it_lacks(owner, product):
    made = await owner.made("/security/api-keys", {"name": "k", "permissions": ["runs:read"]})
    program = product.somebody(made["key"])
    allowed, rules = await _said(program, action="workflows:execute")
    assert (allowed, rules[-1]) == (False, "key: The API key that asks does not have it.")
    assert (await _said(program, action="runs:read"))[0] is True


@pytest.mark.parametrize("role", ["editor", "operator", "reviewer", "viewer", "auditor"])
@pytest.mark.usefixtures("workflow")
async def test_what_is_explained_is_what_happens(product, role):
    member = await product.member("m", role)
    tries = {
        "workflows:execute": await member.post("/workflows/workflow_1/execute", json={}),
        "documents:write": await member.post("/documents?name=a.txt", content=b"a"),
        "audit:read": await member.get("/security/audit/logs"),
        "rights:read": await member.get("/security/roles"),
        "runs:read": await member.get("/runs"),
    }
    for action, answer in tries.items():
        assert (await _said(member, action=action))[0] is (answer.status_code != 403), action
