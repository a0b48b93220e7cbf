"""Members, invitations and quotas of workspaces, as members and those who would like to be see them."""

from uuid import UUID

import pytest
from account_place import STRONG, Place
from sqlalchemy import text

from docchain.features.identity import Eraser, IdentityService, Quotas
from docchain.features.identity.workspaces.errors import QuotaExceeded
from docchain.features.identity.workspaces.holdings_repository import held_tables
from docchain.features.identity.workspaces.invitations import claim_invitation
from docchain.features.identity.workspaces.quotas import prepare_quotas
from docchain.features.identity.workspaces.schemas import Quota
from docchain.platform.settings import AccountSettings
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor
from mail_server import MailServer

TOLD = text("SELECT type FROM event WHERE type LIKE 'membership.%' ORDER BY position")


@pytest.fixture(scope="module")
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def place(database, passwords, server):
    server.mails.clear()
    place = Place(database, passwords, server)
    place.sign_in.invites(claim_invitation)
    return place


@pytest.fixture
async def admin(place):
    return await place.signed_in("admin", "admin123")


@pytest.fixture
async def ana(place):
    return await place.registered("ana", name="Ana Ruiz")


async def role_of(client, username):
    members = (await client.get("/workspace/members")).json()["items"]
    return {member["username"]: member["role"] for member in members}.get(username)


async def test_a_member_is_added_gets_another_role_and_is_removed_at_once(admin, ana):
    added = await admin.post("/workspace/members", json={"user": "Ana", "role": "viewer"})
    assert (added.status_code, added.json()["role"]) == (201, "viewer")
    ana.headers["x-workspace"] = "default"
    assert (await ana.get("/workspace")).json()["members"] == 2
    refused = await ana.post("/workspace/name", json={"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")
    changed = await admin.post("/workspace/members/ana/role", json={"role": "admin"})
    assert changed.json()["role"] == "admin"
    assert (await ana.post("/workspace/name", json={"name": "Ours"})).json()["name"] == "Ours"
    assert (await admin.get("/auth/me")).json()["workspace"]["name"] == "Ours"
    assert (await admin.delete("/workspace/members/ana")).status_code == 204
    gone = await ana.get("/workspace")
    assert (gone.status_code, gone.json()["code"]) == (403, "not_a_member")


async def test_strangers_are_invited_and_nobody_learns_whether_they_exist(place, ana):
    victor = await place.registered("victor", email="victor@example.com")
    answers = [
        await ana.post("/workspace/members", json={"user": user, "role": "owner"}) for user in ("victor", "victoria")
    ]
    for answer, name in zip(answers, ("victor", "victoria"), strict=True):
        refused = answer.json()
        assert (answer.status_code, refused["code"]) == (404, "user_not_found")
        assert refused["detail"] == f"No workspace of yours has a user '{name}'."
        assert refused["hint"] == "Invite them: POST /api/v3/workspace/invitations."
    assert [one["slug"] for one in (await victor.get("/auth/me")).json()["workspaces"]] == ["victor"]


async def test_who_is_in_another_workspace_of_mine_is_added(admin, place, ana):
    ben = await place.registered("ben")
    for user in ("ana", "ben"):
        added = await admin.post("/workspace/members", json={"user": user, "role": "viewer"})
        assert added.status_code == 201, added.text
    joined = await ana.post(
        "/workspace/members", json={"user": "ben", "role": "editor"}, headers={"x-workspace": "ana"}
    )
    assert (joined.status_code, joined.json()["username"]) == (201, "ben")
    assert (await ben.get("/workspace", headers={"x-workspace": "ana"})).json()["members"] == 2


async def test_who_is_added_to_an_older_workspace_still_acts_in_their_own(database, admin, ana, clock):
    clock.advance(seconds=1)
    await admin.post("/workspace/members", json={"user": "ana", "role": "viewer"})
    assert (await ana.get("/workspace")).json()["slug"] == "ana"
    assert [one["slug"] for one in (await ana.get("/auth/me")).json()["workspaces"]] == ["ana", "default"]
    me = (await ana.get("/auth/me")).json()
    user_id = UUID(me["user"]["id"])
    homes = await database.read(lambda work: IdentityService(work).first_workspaces([user_id]), SYSTEM)
    assert homes == {user_id: UUID(me["workspace"]["id"])}


async def test_the_last_owner_stays(admin, ana):
    for answer in (
        await admin.post("/workspace/members/admin/role", json={"role": "editor"}),
        await admin.delete("/workspace/members/admin"),
        await admin.post("/workspace/leave"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    await admin.post("/workspace/members", json={"user": "ana", "role": "owner"})
    assert (await admin.post("/workspace/leave")).status_code == 204
    ana.headers["x-workspace"] = "default"
    assert await role_of(ana, "admin") is None


async def test_nobody_gives_or_takes_what_they_do_not_have(place, admin, ana):
    await admin.post("/workspace/members", json={"user": "ana", "role": "admin"})
    ana.headers["x-workspace"] = "default"
    eve = await place.registered("eve")
    for answer in (
        await ana.post("/workspace/members", json={"user": "eve", "role": "owner"}),
        await ana.post("/workspace/members/ana/role", json={"role": "owner"}),
        await ana.post("/workspace/members/admin/role", json={"role": "viewer"}),
        await ana.delete("/workspace/members/admin"),
        await ana.post("/workspace/invitations", json={"role": "owner"}),
    ):
        assert answer.status_code == 403, answer.text
    unknown = await ana.post("/workspace/members", json={"user": "eve", "role": "emperor"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "role_not_found")
    eve.headers["x-workspace"] = "default"
    assert (await eve.get("/workspace")).json()["code"] == "not_a_member"


async def test_an_invitation_is_mailed_and_opened_once(place, admin):
    made = await admin.post("/workspace/invitations", json={"role": "reviewer", "email": "ben@example.com"})
    assert (made.status_code, made.json()["mailed"], made.json()["status"]) == (201, True, "open")
    token = await place.token("invitation")
    assert token == made.json()["invitation"]
    assert place.server.mails[-1]["To"] == "ben@example.com"
    assert "admin invites you to the workspace Default" in place.server.text()
    ben = await place.registered("ben", invitation=token)
    assert (await ben.get("/workspace")).json()["slug"] == "default"
    assert await role_of(admin, "ben") == "reviewer"
    again = await place.client().post(
        "/auth/register", json={"username": "eve", "password": STRONG, "invitation": token}
    )
    assert (again.status_code, again.json()["code"]) == (403, "invitation_not_valid")
    assert [one["status"] for one in (await admin.get("/workspace/invitations")).json()["items"]] == ["accepted"]


async def test_who_has_an_account_joins_by_an_invitation(admin, ana):
    made = (await admin.post("/workspace/invitations", json={"role": "editor"})).json()
    assert made["mailed"] is False
    joined = await ana.post("/auth/invitation", json={"invitation": made["invitation"]})
    assert (joined.status_code, joined.json()["slug"]) == (200, "default")
    assert [place["slug"] for place in (await ana.get("/auth/me")).json()["workspaces"]] == ["default", "ana"]


async def test_a_revoked_or_expired_invitation_is_worth_nothing(admin, ana, clock):
    first, second = [(await admin.post("/workspace/invitations", json={"role": "viewer"})).json() for _ in range(2)]
    assert (await admin.delete(f"/workspace/invitations/{first['id']}")).status_code == 204
    refused = await ana.post("/auth/invitation", json={"invitation": first["invitation"]})
    assert refused.json()["code"] == "invitation_not_valid"
    clock.advance(days=7)
    ana = await ana.post("/auth/login", json={"username": "ana", "password": STRONG})
    late = await admin.post(
        "/auth/invitation",
        json={"invitation": second["invitation"]},
        headers={"authorization": f"Bearer {ana.json()['access_token']}"},
    )
    assert late.json()["code"] == "invitation_not_valid"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/workspace/members/ana", None),
        ("POST", "/workspace/members/ana/role", {"role": "editor"}),
        ("POST", "/admin/users/ana/disable", None),
        ("DELETE", "/admin/users/ana", None),
    ],
)
async def test_an_invitation_is_worth_what_who_made_it_may_give(place, admin, method, path, body):
    made = {"username": "ana", "password": STRONG, "workspace": "default", "role": "admin"}
    assert (await admin.post("/admin/users", json=made)).status_code == 201
    ana = await place.signed_in("ana", STRONG)
    invited = await ana.post("/workspace/invitations", json={"role": "admin"})
    assert invited.status_code == 201, invited.text
    ben = await place.registered("ben")
    assert (await admin.request(method, path, json=body)).is_success
    refused = await ben.post("/auth/invitation", json={"invitation": invited.json()["invitation"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation_not_valid")
    assert await role_of(admin, "ben") is None


async def test_an_invitation_of_another_workspace_is_not_to_be_found(admin, ana):
    made = (await admin.post("/workspace/invitations", json={"role": "viewer"})).json()
    assert (await ana.delete(f"/workspace/invitations/{made['id']}")).status_code == 404
    assert (await ana.get("/workspace/invitations")).json() == {"items": []}


async def test_a_workspace_has_no_more_members_than_its_quota(database, admin, ana):
    here = (await admin.get("/workspace")).json()["id"]
    actor = Actor(None, "system", UUID(here))
    await database.write(lambda work: Quotas(work).choose(Quota(users=1)), actor)
    made = await admin.post("/workspace/members", json={"user": "ana", "role": "viewer"})
    assert (made.status_code, made.json()["code"]) == (409, "quota_exceeded")
    assert made.json()["limit"] == 1
    assert (await admin.post("/workspace/invitations", json={"role": "viewer"})).json()["code"] == "quota_exceeded"
    assert (await admin.get("/workspace")).json()["quota"] == {"users": 1, "runs_a_day": 0}
    assert (await ana.get("/workspace")).json()["quota"] == {"users": 0, "runs_a_day": 0}


async def test_what_the_installation_says_holds_where_a_workspace_says_nothing(database, admin):
    await prepare_quotas(database, AccountSettings(quota_users=5, quota_runs=2))
    assert (await admin.get("/workspace")).json()["quota"] == {"users": 5, "runs_a_day": 2}
    actor = Actor(None, "system", UUID((await admin.get("/workspace")).json()["id"]))
    await database.write(lambda work: Quotas(work).choose(Quota(users=0)), actor)
    assert (await admin.get("/workspace")).json()["quota"] == {"users": 0, "runs_a_day": 2}

    def start(work, more, started):
        Quotas(work).check_runs(more, lambda _moment: started)

    await database.read(lambda work: start(work, 1, 1), actor)
    with pytest.raises(QuotaExceeded, match="2 runs a day"):
        await database.read(lambda work: start(work, 1, 2), actor)


async def test_only_administrators_of_the_installation_create_workspaces(place, admin, ana):
    made = await admin.post("/workspaces", json={"name": "Cuentas por pagar"})
    assert (made.status_code, made.json()["slug"], made.json()["members"]) == (201, "cuentas-por-pagar", 1)
    taken = await admin.post("/workspaces", json={"name": "x", "slug": "cuentas-por-pagar"})
    assert (taken.status_code, taken.json()["code"]) == (409, "workspace_slug_taken")
    refused = await ana.post("/workspaces", json={"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "workspace_creation_closed")
    open_to_all = Place(place.database, place.passwords, place.server, workspace_creation="anyone")
    ana = await open_to_all.signed_in("ana", STRONG)
    assert (await ana.post("/workspaces", json={"name": "Mine"})).json()["slug"] == "mine"


async def test_events_tell_who_joined_and_left(database, admin, ana):
    await admin.post("/workspace/members", json={"user": "ana", "role": "viewer"})
    await admin.delete("/workspace/members/ana")
    assert (await ana.get("/workspace")).status_code == 200  # her own
    told = await database.read(lambda work: work.session.execute(TOLD).all(), SYSTEM)
    assert [type_ for (type_,) in told][-3:] == ["membership.added", "membership.changed", "membership.removed"]


async def test_a_deletion_that_fails_says_why_and_is_tried_again(database, admin):
    await admin.post("/workspaces", json={"name": "Payable", "slug": "payable"})
    ordered = await admin.post("/admin/workspaces/payable/erase", json={"confirm": "payable"})
    assert ordered.status_code == 202, ordered.text
    broken = [True]
    assert held_tables()
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)

    async def part(_workspace_id):
        if broken:
            raise OSError("the store is away")

    eraser = Eraser(database, [part])
    with pytest.raises(OSError, match="the store is away"):
        await eraser.round()
    (line,) = (await admin.get("/admin/erasures")).json()["items"]
    assert (line["erased_at"], line["trouble"]) == (None, "OSError: the store is away")
    assert (await admin.get("/admin/workspaces/payable")).status_code == 200  # the name is not free yet
    again = await admin.post("/admin/workspaces/payable/erase", json={"confirm": "payable"})
    assert again.json()["asked_at"] == line["asked_at"]
    broken.clear()
    await eraser.round()
    (line,) = (await admin.get("/admin/erasures")).json()["items"]
    assert (line["trouble"], line["rows"]["event"] >= 1) == (None, True)
    assert (await admin.get("/admin/workspaces/payable")).json()["code"] == "workspace_not_found"
