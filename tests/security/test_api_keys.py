"""API keys: never more than their maker may now, gone at once when revoked, and no write for each use."""

from datetime import timedelta

import pytest

from docchain.features.identity import UserAdministration
from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.platform.work import SYSTEM

READER = {"name": "reports", "permissions": ["runs:read", "workflows:read"]}
DEFINITION = {"workflow": "w", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}


async def _key(maker, product, **wanted):
    made = await maker.made("/security/api-keys", READER | wanted)
    return made, product.somebody(made["key"])


async def test_a_key_may_what_it_was_made_for_and_no_more(owner, product):
    made, program = await _key(owner, product)
    assert made["key"].startswith(made["prefix"] + "_")
    assert made["prefix"].startswith("dck_")
    assert (await program.get("/runs")).status_code == 200
    assert (await program.get("/documents")).status_code == 403
    assert (await program.post("/workflows", json={"definition": DEFINITION})).status_code == 403
    assert (await program.get("/auth/me")).json()["permissions"] == ["runs:read", "workflows:read"]


async def test_a_key_is_listed_without_its_secret(owner, product):
    made, _ = await _key(owner, product)
    listed = (await owner.get("/security/api-keys")).json()["items"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert "key" not in listed[0]
    assert made["key"].removeprefix(made["prefix"]) not in str(listed)
    rows = await product.services.database.read(lambda work: work.session.query(ApiKeyRow).all(), SYSTEM)
    assert made["key"] not in str(vars(rows[0]))
    assert len(rows[0].digest) == 64


async def test_a_key_loses_what_its_maker_loses_at_once(owner, product):
    await owner.made("/security/roles", {"name": "maker", "permissions": [*READER["permissions"], "keys:write"]})
    maker = await product.member("mara", "maker")
    _, program = await _key(maker, product)
    assert (await program.get("/runs")).status_code == 200
    await owner.put("/security/roles/maker", json={"permissions": ["workflows:read"]})
    assert (await program.get("/runs")).status_code == 403
    assert (await program.get("/workflows")).status_code == 200


async def test_who_was_removed_and_comes_back_begins_anew(owner, product):
    maker = await product.member("mara", "admin")
    made, program = await _key(maker, product)
    await owner.made("/workflows", {"definition": DEFINITION})
    grant = {"kind": "workflow", "thing": "workflow_1", "user": "mara", "actions": ["execute"]}
    await owner.made("/security/grants", grant)
    assert (await program.get("/runs")).status_code == 200
    assert (await owner.delete("/workspace/members/mara")).status_code == 204
    await product.services.database.write(
        lambda work: UserAdministration(work).place("mara", "default", "viewer"), SYSTEM
    )
    assert (await maker.get("/runs")).status_code == 200
    refused = await program.get("/runs")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_api_key")
    assert (await maker.post("/workflows/workflow_1/execute", json={})).status_code == 403
    assert (await owner.get("/security/grants")).json()["items"] == []
    listed = (await owner.get("/security/api-keys", params={"everybody": "true"})).json()["items"]
    assert [(item["id"], item["revoked_at"] is not None) for item in listed] == [(made["id"], True)]


async def test_nobody_makes_a_key_beyond_their_own_rights(viewer):
    refused = await viewer.post("/security/api-keys", json=READER | {"permissions": ["runs:read", "admin"]})
    assert (refused.status_code, refused.json()["detail"]) == (403, "You do not have admin.")
    unknown = await viewer.post("/security/api-keys", json=READER | {"permissions": ["runs:fly"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "permission_unknown")


async def test_a_key_that_names_nothing_only_reads(owner, product):
    made, program = await _key(owner, product, permissions=[])
    assert {name.partition(":")[2] for name in made["permissions"]} == {"read"}
    assert (await program.get("/documents")).status_code == 200
    assert (await program.post("/documents?name=a.txt", content=b"a")).status_code == 403
    both, _ = await _key(owner, product, permissions=["runs:read", "runs:control"], read_only=True)
    assert both["permissions"] == ["runs:read"]


async def test_a_revoked_key_opens_nothing_from_that_moment(owner, product):
    made, program = await _key(owner, product)
    assert (await program.get("/runs")).status_code == 200
    assert (await owner.delete(f"/security/api-keys/{made['id']}")).status_code == 204
    refused = await program.get("/runs")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_api_key")
    assert (await owner.get(f"/security/api-keys/{made['id']}")).json()["revoked_at"] is not None


@pytest.mark.parametrize("wrong", ["dck_", "dck_x_y", "dck_" + "0" * 12 + "_" + "A" * 43])
async def test_a_made_up_key_is_refused(product, wrong):
    refused = await product.somebody(wrong).get("/runs")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_api_key")


async def test_a_key_with_another_secret_is_refused(owner, product):
    made, _ = await _key(owner, product)
    for wrong in (made["key"][:-1], made["key"] + "A", made["key"].swapcase().replace("DCK", "dck")):
        assert (await product.somebody(wrong).get("/runs")).status_code == 401


async def test_rotation_overlaps_and_then_ends(owner, product):
    made, before = await _key(owner, product)
    rotated = await owner.made(f"/security/api-keys/{made['id']}/rotate", {"overlap_hours": 1})
    after = product.somebody(rotated["key"])
    assert rotated["prefix"] == made["prefix"]
    assert rotated["key"] != made["key"]
    assert [(await one.get("/runs")).status_code for one in (before, after)] == [200, 200]
    again = await owner.made(f"/security/api-keys/{made['id']}/rotate", {"overlap_hours": 0})
    last = product.somebody(again["key"])
    assert [(await one.get("/runs")).status_code for one in (before, after, last)] == [401, 401, 200]


async def test_a_key_ends_when_it_was_said_to(owner, product):
    clock = product.services.database.clock
    past = (clock.now() - timedelta(minutes=1)).isoformat()
    refused = await owner.post("/security/api-keys", json=READER | {"expires_at": past})
    assert (refused.status_code, refused.json()["code"]) == (422, "api_key_expiry")
    never = await owner.post("/security/api-keys", json=READER | {"expires_at": "9999-12-31T23:59:59-14:00"})
    assert (never.status_code, never.json()["errors"][0]["path"]) == (422, "expires_at")
    made, program = await _key(owner, product, expires_at=(clock.now() + timedelta(minutes=1)).isoformat())
    assert (await program.get("/runs")).status_code == 200

    class Later:
        @staticmethod
        def now():
            return clock.now() + timedelta(minutes=2)

    product.services.database.clock = Later
    assert (await program.get("/runs")).status_code == 401
    product.services.database.clock = clock
    assert made["expires_at"] is not None


async def test_a_key_works_from_its_networks_only(owner, product):
    made, program = await _key(owner, product, networks=["10.1.0.0/16", "2001:db8::/32"])
    refused = await program.get("/runs")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_network")
    for address in ("10.1.2.3", "2001:db8::7", "::ffff:10.1.2.3"):
        near = product.somebody(made["key"], client=(address, 1))
        assert (await near.get("/runs")).status_code == 200, address
    wrong = await owner.post("/security/api-keys", json=READER | {"networks": ["here"]})
    assert wrong.status_code == 422


async def test_a_key_stays_in_its_workspace(owner, product):
    _, program = await _key(owner, product)
    elsewhere = await program.get("/runs", headers={"x-workspace": "examples"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "key_elsewhere")


async def test_a_key_reaches_only_the_things_it_names(owner, product):
    for name in ("a", "b"):
        await owner.made("/workflows", {"definition": DEFINITION | {"workflow": name}})
    _, program = await _key(
        owner, product, permissions=["workflows:read", "workflows:execute"], things=["workflow:workflow_2"]
    )
    assert await program.seen("/workflows") == ["workflow_2"]
    assert (await program.get("/workflows/workflow_1")).status_code == 404
    assert (await program.post("/workflows/workflow_1/execute", json={})).status_code == 404
    assert (await program.post("/workflows/workflow_2/execute", json={})).status_code == 202


async def test_keys_change_no_rights_unless_made_for_it(owner, product):
    _, program = await _key(owner, product)
    answer = await program.post("/security/roles", json={"name": "mine", "permissions": []})
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")


async def test_no_key_makes_a_key_or_gets_the_secret_of_another(owner, product):
    strong, _ = await _key(owner, product, permissions=["admin", "runs:read"])
    _, thief = await _key(owner, product, permissions=["keys:write", "runs:read"])
    for answer in (
        await thief.post("/security/api-keys", json=READER | {"permissions": ["runs:read"]}),
        await thief.post(f"/security/api-keys/{strong['id']}/rotate", json={"overlap_hours": 24}),
        await thief.patch(f"/security/api-keys/{strong['id']}", json={"name": "mine"}),
        await thief.delete(f"/security/api-keys/{strong['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "key_not_accepted")
    assert (await thief.get("/security/api-keys")).status_code == 200


async def test_a_key_opens_nothing_of_its_makers_account(owner, product):
    _, program = await _key(owner, product, permissions=["admin", "keys:write", "rights:write"])
    for path in ("/auth/account", "/auth/sessions"):
        refused = await program.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "key_not_accepted"), path
    refused = await program.post("/auth/password", json={"current": "x" * 12, "new": "correct horse battery"})
    assert refused.status_code in {403, 422}


async def test_use_is_noted_once_a_minute_not_for_each_request(owner, product):
    made, program = await _key(owner, product)
    writes = []
    before = product.services.database.write

    async def counted(transaction, actor):
        if transaction.__qualname__.startswith("KeyReader."):  # others sweep meanwhile
            writes.append(actor)
        return await before(transaction, actor)

    product.services.database.write = counted
    for _ in range(5):
        assert (await program.get("/runs")).status_code == 200
    product.services.database.write = before
    for _ in range(100):
        shown = (await owner.get(f"/security/api-keys/{made['id']}")).json()
        if shown["last_used_at"]:
            break
    assert (len(writes), shown["last_address"]) == (1, "127.0.0.1")


async def test_the_audit_log_tells_which_key_acted(owner, product):
    made, program = await _key(owner, product, permissions=["workflows:write", "workflows:read"])
    assert (await program.post("/workflows", json={"definition": DEFINITION})).status_code == 201
    [entry] = (await owner.get("/security/audit/logs?type=workflow.created")).json()["items"]
    assert (entry["actor"], entry["source"]["key"]) == ("olga", made["id"])


async def test_others_keys_are_there_for_who_manages_keys_only(owner, viewer, product):
    made, _ = await _key(viewer, product)
    other = await product.member("otto", "editor")
    assert (await other.get(f"/security/api-keys/{made['id']}")).status_code == 404
    assert (await other.delete(f"/security/api-keys/{made['id']}")).status_code == 404
    assert (await other.get("/security/api-keys?everybody=true")).status_code == 403
    assert [item["id"] for item in (await owner.get("/security/api-keys?everybody=true")).json()["items"]] == [
        made["id"]
    ]
    assert (await owner.post(f"/security/api-keys/{made['id']}/rotate", json={})).status_code == 403
    assert (await owner.delete(f"/security/api-keys/{made['id']}")).status_code == 204
    eve = await product.member("eve", "owner", "elsewhere")
    assert (await eve.get(f"/security/api-keys/{made['id']}")).status_code == 404
