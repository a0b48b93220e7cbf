"""Whoever is a member of no workspace signs in, sees who invites them, joins or declines, and may nothing else."""

import pytest
from account_place import STRONG, Place

from docchain.features.identity.workspaces.invitations import claim_invitation
from mail_server import MailServer

BEN = "ben@example.com"


@pytest.fixture(scope="module")
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def place(database, passwords, server):
    server.mails.clear()
    place = Place(database, passwords, server, quota_users=0)
    place.sign_in.invites(claim_invitation)
    return place


@pytest.fixture
async def admin(place):
    client = await place.signed_in("admin", "admin123")
    client.headers["x-workspace"] = "default"
    return client


async def alone(place, admin, *, confirmed=True):
    """Ben, who was a member of one workspace, and was taken out of it."""
    client = await place.registered("ben", email=BEN)
    if confirmed:
        await client.post("/auth/email", json={"email": BEN, "password": STRONG})
        await place.client().post("/auth/email/confirm", json={"token": await place.token("email")})
    taken = await admin.put("/admin/users/admin/workspaces/ben", json={"role": "owner"})
    assert taken.status_code == 200, taken.text
    assert (await client.post("/workspace/leave")).status_code == 204
    return await place.signed_in("ben", STRONG)


async def invited(admin, **order):
    made = await admin.post("/workspace/invitations", json={"role": "reviewer", **order})
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_sign_in_leads_nowhere_and_says_so(place, admin):
    await alone(place, admin)
    client = place.client()
    told = (await client.post("/auth/login", json={"username": "ben", "password": STRONG})).json()
    assert (told["user"]["username"], told["workspace"]) == ("ben", None)
    client.headers["authorization"] = f"Bearer {told['access_token']}"
    again = await client.post("/auth/refresh", json={"refresh_token": told["refresh_token"]})
    assert (again.status_code, again.json()["workspace"]) == (200, None)
    client.headers["authorization"] = f"Bearer {again.json()['access_token']}"
    for method, path in (("GET", "/workflows"), ("GET", "/workspace"), ("GET", "/auth/me"), ("GET", "/admin/users")):
        refused = await client.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_a_member")
        assert refused.json()["hint"] == "GET /api/v3/auth/invitations lists who invites you."
    assert (await client.get("/auth/invitations")).json() == {"items": []}


async def test_who_is_a_member_of_nothing_keeps_an_account_of_their_own(place, admin):
    ben = await alone(place, admin, confirmed=False)
    assert (await ben.get("/auth/account")).json()["username"] == "ben"
    named = await ben.post("/auth/account", json={"name": "Ben Uno", "language": "es"})
    assert (named.status_code, named.json()["name"]) == (200, "Ben Uno")
    assert (await ben.post("/auth/email", json={"email": BEN, "password": STRONG})).status_code == 202
    assert (await place.client().post("/auth/email/confirm", json={"token": await place.token("email")})).is_success
    changed = await ben.post("/auth/password", json={"current_password": STRONG, "new_password": "arroz con leche 81"})
    assert changed.status_code == 204, changed.text
    await place.signed_in("ben", "arroz con leche 81")
    elsewhere = await ben.get("/auth/account", headers={"x-workspace": "default"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "not_a_member")


async def test_who_was_invited_by_their_address_joins(place, admin):
    ben = await alone(place, admin)
    made = await invited(admin, email="Ben@Example.com")
    await invited(admin, email="eve@example.com")
    (waiting,) = (await ben.get("/auth/invitations")).json()["items"]
    assert (waiting["id"], waiting["workspace"], waiting["role"]) == (made["id"], "default", "reviewer")
    assert (waiting["workspace_name"], waiting["invited_by"]) == ("Default", "admin")
    joined = await ben.post(f"/auth/invitations/{made['id']}/accept")
    assert (joined.status_code, joined.json()["slug"], joined.json()["members"]) == (200, "default", 2)
    me = (await ben.get("/auth/me")).json()
    assert (me["workspace"]["slug"], me["workspace"]["role"]) == ("default", "reviewer")
    assert (await ben.get("/auth/invitations")).json() == {"items": []}
    twice = await ben.post(f"/auth/invitations/{made['id']}/accept")
    assert (twice.status_code, twice.json()["code"]) == (404, "invitation_not_found")


async def test_who_was_given_a_link_joins_by_it(place, admin):
    ben = await alone(place, admin, confirmed=False)
    made = await invited(admin)
    joined = await ben.post("/auth/invitation", json={"invitation": made["invitation"]})
    assert (joined.status_code, joined.json()["slug"]) == (200, "default")
    assert (await ben.get("/workspace")).json()["slug"] == "default"


async def test_a_declined_invitation_is_worth_nothing_and_whoever_sent_it_sees_that(place, admin):
    ben = await alone(place, admin)
    made = await invited(admin, email=BEN)
    assert (await ben.post(f"/auth/invitations/{made['id']}/decline")).status_code == 204
    (seen,) = (await admin.get("/workspace/invitations")).json()["items"]
    assert seen["status"] == "declined"
    for answer in (
        await ben.post(f"/auth/invitations/{made['id']}/accept"),
        await ben.post("/auth/invitation", json={"invitation": made["invitation"]}),
    ):
        assert answer.json()["code"] in ("invitation_not_found", "invitation_not_valid")
    assert (await admin.delete(f"/workspace/invitations/{made['id']}")).json()["code"] == "invitation_not_found"


async def test_an_address_that_nobody_confirmed_opens_nothing(place, admin):
    ben = await alone(place, admin, confirmed=False)
    made = await invited(admin, email=BEN)
    assert (await ben.get("/auth/invitations")).json() == {"items": []}
    for what in ("accept", "decline"):
        refused = await ben.post(f"/auth/invitations/{made['id']}/{what}")
        assert (refused.status_code, refused.json()["code"]) == (404, "invitation_not_found")


async def test_what_is_for_others_revoked_or_over_is_not_theirs(place, admin):
    ben = await alone(place, admin)
    theirs = await invited(admin, email="eve@example.com")
    revoked = await invited(admin, email=BEN)
    await admin.delete(f"/workspace/invitations/{revoked['id']}")
    assert (await ben.get("/auth/invitations")).json() == {"items": []}
    for made in (theirs, revoked):
        refused = await ben.post(f"/auth/invitations/{made['id']}/accept")
        assert (refused.status_code, refused.json()["code"]) == (404, "invitation_not_found")
    (kept,) = [one for one in (await admin.get("/workspace/invitations")).json()["items"] if one["id"] == theirs["id"]]
    assert kept["status"] == "open"


async def test_members_see_what_waits_for_them_elsewhere_and_keys_see_nothing(place, admin):
    ana = await place.registered("ana", email="ana@example.com")
    await ana.post("/auth/email", json={"email": "ana@example.com", "password": STRONG})
    await place.client().post("/auth/email/confirm", json={"token": await place.token("email")})
    await invited(admin, email="ana@example.com")
    assert len((await ana.get("/auth/invitations")).json()["items"]) == 1
    elsewhere = await ana.get("/auth/invitations", headers={"x-workspace": "default"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "not_a_member")
    key = (await ana.post("/security/api-keys", json={"name": "k"})).json()["key"]
    refused = await place.client().get("/auth/invitations", headers={"authorization": f"Bearer {key}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "key_not_accepted")
    assert (await place.client().get("/auth/invitations")).status_code == 401


async def test_a_browser_in_the_lobby_needs_the_token_of_its_pages(place, admin):
    await alone(place, admin)
    made = await invited(admin, email=BEN)
    browser = place.client()
    body = {"username": "ben", "password": STRONG, "cookies": True}
    told = (await browser.post("/auth/login", json=body, headers={"sec-fetch-site": "same-origin"})).json()
    assert told["workspace"] is None
    path, same = f"/auth/invitations/{made['id']}/accept", {"sec-fetch-site": "same-origin"}
    forged = await browser.post(path, headers=same)
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
    joined = await browser.post(path, headers={**same, "x-csrf-token": told["csrf_token"]})
    assert (joined.status_code, joined.json()["slug"]) == (200, "default")


async def test_their_session_ends_with_a_sign_out(place, admin):
    ben = await alone(place, admin)
    assert (await ben.post("/auth/logout")).status_code == 204
    refused = await ben.get("/auth/invitations")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
