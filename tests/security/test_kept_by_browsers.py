"""Browsers keep nothing that is about people, sessions, keys, secrets and rights; what is versioned they ask about."""

import pytest
from operations import operations_of

from conftest import opened
from docchain.platform.settings_protection import RateSettings

PERSONAL = ("/auth/", "/security/", "/admin/", "/workspace")
READ = (
    *("/auth/me", "/auth/account", "/auth/sessions", "/auth/factors", "/auth/invitations"),
    *("/security/roles", "/security/roles/editor", "/security/grants", "/security/api-keys", "/security/secrets"),
    *("/security/events", "/security/audit/logs", "/workspace", "/workspace/members", "/workspace/invitations"),
    *("/admin/users", "/admin/users/olga", "/admin/workspaces", "/admin/settings/outgoing"),
)


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path, None, rates=RateSettings(rate_limiting=False)) as product:
        await product.token("olga", "owner")
        yield product


async def test_what_is_personal_is_never_kept_also_where_the_server_keeps_it(house):
    olga = await house.long_ago("olga")
    for path in READ:
        for _ in range(2):  # made, and as it was made before
            answer = await olga.get(path)
            assert (path, answer.status_code, answer.headers["cache-control"]) == (path, 200, "no-store")
    known = {"if-none-match": (await olga.get("/auth/me")).headers["etag"]}
    again = await olga.get("/auth/me", headers=known)
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-store")


async def test_a_secret_that_is_made_is_never_kept(house):
    olga = await house.long_ago("olga")
    token = await house.sign_in("olga")
    made = await house.somebody(token).post("/security/api-keys", json={"name": "k"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    signed_in = await olga.post("/auth/login", json={"username": "admin", "password": "admin123"})
    assert (signed_in.status_code, signed_in.headers["cache-control"]) == (200, "no-store")


async def test_what_has_a_revision_is_asked_about(house):
    olga = house.somebody(await house.sign_in("olga"))
    made = await olga.made("/workflows", {"name": "one"})
    for _ in range(2):
        answer = await olga.get(f"/workflows/{made['handle']}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")


async def test_no_operation_leaves_it_to_the_browser(house):
    olga = house.somebody(await house.sign_in("olga"))
    wrong = {}
    for operation in operations_of(house.app.openapi()):
        if operation.changes:
            continue
        told = (await operation.sent(olga)).headers.get("cache-control", "")
        fits = {"no-store"} if operation.path.startswith(PERSONAL) else {"no-store", "private, no-cache"}
        if told not in fits:
            wrong[operation.name] = told
    assert wrong == {}
