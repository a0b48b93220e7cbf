"""All users and workspaces, as whoever looks after the installation sees and changes them; nobody else does."""

from uuid import UUID

import pytest
from account_place import Place
from sqlalchemy import select

from docchain.features.identity import IdentityService
from docchain.features.identity.administration import UserAdministration
from docchain.platform.every_table import every_table
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM
from mail_server import MailServer

every_table()  # those that name users are there before the database of a test is made

PASSWORD = "marea baja junto al faro 9"
CARLA = {"username": "carla", "name": "Carla Soto", "email": "carla@example.com", "workspace": "default"}


@pytest.fixture(scope="module")
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def place(database, passwords, server):
    server.mails.clear()
    return Place(database, passwords, server)


@pytest.fixture
async def admin(place):
    return await place.signed_in("admin", "admin123")


@pytest.fixture
async def carla(place, admin):
    made = await admin.post("/admin/users", json=CARLA | {"role": "editor", "password": PASSWORD})
    assert made.status_code == 201, made.text
    return await place.signed_in("carla", PASSWORD)


async def test_users_are_listed_page_by_page_searched_and_filtered(place, admin):
    for name in ("ana", "ben", "eve"):
        await place.registered(name, name=f"{name.title()} Ruiz", email=f"{name}@example.com")
    first = (await admin.get("/admin/users", params={"limit": 3, "total": "true"})).json()
    assert ([user["username"] for user in first["items"]], first["total"]) == (["admin", "ana", "ben"], 4)
    rest = (await admin.get("/admin/users", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert ([user["username"] for user in rest["items"]], rest["next_cursor"]) == (["eve"], None)

    async def found(**query):
        return [user["username"] for user in (await admin.get("/admin/users", params=query)).json()["items"]]

    assert await found(q="RUIZ") == ["ana", "ben", "eve"]
    assert await found(q="ben@example") == ["ben"]
    assert await found(q="%") == []
    assert await found(workspace="default") == ["admin"]
    assert await found(installation_admin="true") == ["admin"]
    await admin.post("/admin/users/eve/disable")
    assert await found(disabled="true") == ["eve"]


async def test_an_owner_of_a_workspace_administers_no_others(place):
    ana = await place.registered("ana")
    for method, path, body in (
        ("GET", "/admin/users", None),
        ("GET", "/admin/users/admin", None),
        ("POST", "/admin/users/admin/disable", None),
        ("PATCH", "/admin/users/ana", {"installation_admin": True}),
        ("PUT", "/admin/users/ana/workspaces/default", {"role": "owner"}),
        ("DELETE", "/admin/users/admin", None),
        ("GET", "/admin/workspaces", None),
        ("PUT", "/admin/workspaces/default/quota", {"users": 1}),
        ("POST", "/admin/workspaces/examples/erase", {"confirm": "examples"}),
        ("GET", "/admin/erasures", None),
    ):
        refused = await ana.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "denied"), path


async def test_a_new_user_signs_in_and_may_what_the_role_says(carla):
    me = (await carla.get("/auth/me")).json()
    assert me["workspace"]["role"] == "editor"
    assert "installation:admin" not in me["permissions"]


async def test_a_user_without_a_password_sets_one_by_a_mailed_link(place, admin):
    made = await admin.post("/admin/users", json=CARLA | {"role": "viewer", "language": "es"})
    assert made.json()["language"] == "es"
    empty = await place.client().post("/auth/login", json={"username": "carla", "password": ""})
    assert empty.status_code == 401
    assert (await admin.post("/admin/users/carla/reset")).status_code == 202
    token = await place.token("reset")
    assert place.server.mails[-1]["Subject"] == "Elija una contraseña nueva"
    done = await place.client().post("/auth/password/reset", json={"token": token, "new_password": PASSWORD})
    assert done.status_code == 204
    await place.signed_in("carla", PASSWORD)


async def test_without_a_password_a_sign_in_takes_as_long_as_for_nobody(admin, database, passwords):
    await admin.post("/admin/users", json=CARLA | {"role": "viewer"})
    costs = (await passwords.hash("any")).split("$")[:4]
    for name in ("carla", "nobody"):
        user_id, hashed = await database.read(lambda work, name=name: IdentityService(work).password_hash(name), SYSTEM)
        assert (user_id, hashed.split("$")[:4]) == (None, costs), name


async def _disable(admin, _database):
    await admin.post("/admin/users/carla/disable")
    await admin.post("/admin/users/carla/enable")


async def _readdress(admin, _database):
    await admin.patch("/admin/users/carla", json={"email": "soto@example.com"})


async def _set_password(_admin, database):
    await database.write(lambda work: UserAdministration(work).set_password("carla", "no hash"), SYSTEM)


@pytest.mark.usefixtures("carla")
@pytest.mark.parametrize("step", [_disable, _readdress, _set_password])
async def test_a_mailed_link_is_over_when_an_administrator_steps_in(place, admin, database, step):
    await place.client().post("/auth/password/forgot", json={"email": "carla@example.com"})
    token = await place.token("reset")
    await step(admin, database)
    late = await place.client().post(
        "/auth/password/reset", json={"token": token, "new_password": "lluvia sobre tejado 7"}
    )
    assert (late.status_code, late.json()["code"]) == (410, "link_invalid")


async def test_a_weak_password_is_refused_for_a_new_user_too(admin):
    refused = await admin.post("/admin/users", json=CARLA | {"role": "viewer", "password": "CarlaSoto2026"})
    assert (refused.status_code, refused.json()["code"]) == (422, "weak_password")


async def test_what_changes_holds_at_once_in_open_sessions(admin, carla):
    assert (await carla.get("/admin/users")).status_code == 403
    changed = await admin.patch("/admin/users/carla", json={"installation_admin": True, "name": "Carla S."})
    assert (changed.json()["installation_admin"], changed.json()["name"]) == (True, "Carla S.")
    assert (await carla.get("/admin/users")).status_code == 200
    moved = await admin.put("/admin/users/carla/workspaces/examples", json={"role": "viewer"})
    assert [place["slug"] for place in moved.json()["workspaces"]] == ["default", "examples"]
    assert (await admin.delete("/admin/users/carla/workspaces/default")).status_code == 204
    assert (await carla.get("/auth/me")).json()["workspace"]["slug"] == "examples"
    assert (await admin.post("/admin/users/carla/end-sessions")).json() == {"ended": 1}
    assert (await carla.get("/auth/me")).json()["code"] == "session_ended"


async def test_somebody_administers_the_installation_and_owns_every_workspace(place, admin, carla):
    lowered = await admin.patch("/admin/users/admin", json={"installation_admin": False})
    assert (lowered.status_code, lowered.json()["code"]) == (409, "last_installation_admin")
    first = await admin.post("/admin/users/admin/disable")
    assert (first.status_code, first.json()["code"]) == (409, "first_user_needed")
    ana = await place.registered("ana")
    owns = await admin.delete("/admin/users/ana")
    assert (owns.status_code, owns.json()["code"], owns.json()["workspaces"]) == (409, "owns_workspaces", ["ana"])
    assert (await ana.get("/auth/me")).status_code == 200
    assert (await carla.get("/auth/me")).status_code == 200


async def test_a_deleted_user_leaves_nothing_that_is_theirs_alone(place, admin, carla, database):
    await carla.post("/auth/email", json={"email": "carla@example.com", "password": PASSWORD})
    key = await carla.post("/security/api-keys", json={"name": "robot", "permissions": ["runs:read"]})
    assert key.status_code == 201, key.text
    user_id = (await admin.get("/admin/users/carla")).json()["id"]
    assert (await admin.delete("/admin/users/carla")).status_code == 204
    assert (await carla.get("/auth/me")).status_code == 401
    again = await place.client().post("/auth/login", json={"username": "carla", "password": PASSWORD})
    assert again.status_code == 401
    assert (await admin.get("/admin/users/carla")).json()["code"] == "user_not_found"

    def left(work):
        """The rows of any table that name the user as theirs."""
        tables = [table for table in Table.metadata.sorted_tables if "user_id" in table.c]
        assert len(tables) >= 8
        return [table.name for table in tables if work.session.execute(naming(table, UUID(user_id))).first()]

    assert await database.read(left, SYSTEM) == []
    assert (await admin.post("/admin/users", json=CARLA | {"role": "viewer"})).status_code == 201


def naming(table, user_id):
    return select(table).where(table.c.user_id == user_id).limit(1)


async def test_workspaces_are_made_for_somebody_limited_and_renamed(admin, carla):
    order = {"name": "Cuentas", "owner": "carla"}
    assert (await admin.post("/admin/workspaces", json=order)).json()["slug"] == "cuentas"
    assert [one["role"] for one in (await carla.get("/auth/me")).json()["workspaces"]] == ["editor", "owner"]
    listed = (await admin.get("/admin/workspaces", params={"q": "cuen"})).json()["items"]
    assert [(one["slug"], one["members"]) for one in listed] == [("cuentas", 1)]
    limited = await admin.put("/admin/workspaces/cuentas/quota", json={"users": 1, "runs_a_day": 50})
    assert limited.json()["quota"] == {"users": 1, "runs_a_day": 50}
    full = await carla.post(
        "/workspace/members", json={"user": "admin", "role": "viewer"}, headers={"x-workspace": "cuentas"}
    )
    assert full.json()["code"] == "quota_exceeded"
    renamed = await admin.patch("/admin/workspaces/cuentas", json={"name": "Cuentas por pagar"})
    assert (renamed.json()["slug"], renamed.json()["name"]) == ("cuentas", "Cuentas por pagar")
    assert (await admin.get("/admin/workspaces/nowhere")).json()["code"] == "workspace_not_found"


@pytest.mark.usefixtures("carla")
async def test_who_proved_it_long_ago_proves_it_again_before_deleting(admin, clock):
    clock.advance(minutes=30)
    refused = await admin.delete("/admin/users/carla")
    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
