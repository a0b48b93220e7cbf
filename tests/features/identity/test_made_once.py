"""A request to make somebody or something, sent again with its key, makes nothing more and tells no secret twice."""

import pytest
from account_place import STRONG, Place
from sqlalchemy import text

from docchain.features.identity.workspaces.invitations import claim_invitation
from docchain.platform.work import SYSTEM

KEY = {"idempotency-key": "order-1"}
USER = {"username": "carla", "email": "carla@example.com", "password": STRONG, "workspace": "default", "role": "editor"}
STORED = text("SELECT request, answer FROM idempotency_key WHERE answer IS NOT NULL")


@pytest.fixture
async def place(database, passwords):
    place = Place(database, passwords, None)
    place.sign_in.invites(claim_invitation)
    return place


@pytest.fixture
async def admin(place):
    client = await place.signed_in("admin", "admin123")
    client.headers["x-workspace"] = "default"
    return client


async def twice(client, path, body):
    first = await client.post(path, json=body, headers=KEY)
    again = await client.post(path, json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    return first.json(), again.json()


async def stored(place):
    return await place.database.read(lambda work: str(work.session.connection().execute(STORED).all()), SYSTEM)


async def refused(client, path, body):
    answer = await client.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_user(place, admin):
    first, again = await twice(admin, "/admin/users", USER)
    assert again == first
    await refused(admin, "/admin/users", USER | {"password": STRONG + "x"})
    kept = await stored(place)
    assert first["id"] in kept
    assert "carla" not in kept  # whoever is deleted is in no answer that was kept
    assert (await place.signed_in("carla", STRONG)).headers["authorization"]


@pytest.mark.parametrize("path", ["/workspaces", "/admin/workspaces"])
async def test_a_workspace(admin, path):
    body = {"name": "Payable"} | ({"owner": "admin"} if "admin" in path else {})
    first, again = await twice(admin, path, body)
    assert again == first
    assert len((await admin.get("/admin/workspaces", params={"q": "Payable"})).json()["items"]) == 1
    await refused(admin, path, body | {"name": "Other"})


async def test_an_invitation_whose_link_is_told_once(place, admin):
    first, again = await twice(admin, "/workspace/invitations", {"role": "viewer"})
    assert (first["link"] != "", first["invitation"][:4]) == (True, "dci_")
    assert (again["id"], again["link"], again["invitation"]) == (first["id"], "", "")
    assert len((await admin.get("/workspace/invitations")).json()["items"]) == 1
    assert first["invitation"] not in await stored(place)
    await refused(admin, "/workspace/invitations", {"role": "editor"})


async def test_a_member(place, admin):
    await place.registered("ana")
    first, again = await twice(admin, "/workspace/members", {"user": "ana", "role": "viewer"})
    assert again == first


async def test_an_api_key_whose_secret_is_told_once(place, admin):
    first, again = await twice(admin, "/security/api-keys", {"name": "erp"})
    assert (again["id"], again["key"]) == (first["id"], "")
    assert first["key"] not in await stored(place)


async def test_keys_of_users_are_their_own(place, admin):
    first, _ = await twice(admin, "/workspaces", {"name": "Payable"})
    await admin.post("/admin/users", json=USER)
    await admin.patch("/admin/users/carla", json={"installation_admin": True})
    carla = await place.signed_in("carla", STRONG)
    hers = await carla.post("/workspaces", json={"name": "Payable"}, headers=KEY)
    assert hers.json()["id"] != first["id"]
