"""Security events and their numbers, and the validation of tokens, passwords and texts."""

import pytest
from callers import connect

from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.settings import SecuritySettings

ADMIN = {"username": "admin", "password": "admin123"}
ANA = {"username": "ana", "password": "correct horse battery"}
pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def security():
    return SecuritySettings(registration="open")


async def bearer(client, who=None):
    answer = await client.post("/auth/login", json=who or ADMIN)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_events_are_listed_newest_first_in_pages_and_by_family(client, clock):
    headers = await bearer(client)
    for _ in range(3):
        clock.advance(seconds=1)
        headers = await bearer(client)
    await client.delete("/auth/sessions", headers=headers)
    first = (await client.get("/security/events", params={"limit": 2}, headers=headers)).json()
    assert [item["type"] for item in first["items"]] == ["session.ended", "session.ended"]
    assert (first["items"][0]["actor"], first["items"][0]["source"]["address"]) == ("admin", "192.0.2.1")
    found, cursor = list(first["items"]), first["next_cursor"]
    while cursor:
        page = (await client.get("/security/events", params={"limit": 2, "cursor": cursor}, headers=headers)).json()
        found, cursor = found + page["items"], page["next_cursor"]
    types = [item["type"] for item in found]
    assert types[:7] == ["session.ended"] * 3 + ["session.started"] * 4
    assert "workspace.created" not in types
    members = (await client.get("/security/events", params={"family": "membership"}, headers=headers)).json()["items"]
    assert {item["type"] for item in members} == {"membership.added"}


async def test_numbers_count_the_last_day_and_sessions_that_last(client, browser, app, audit, clock):
    await bearer(client)
    clock.advance(days=2)
    headers = await bearer(client)
    await browser.post("/auth/login", json=ADMIN | {"cookies": True})
    async with connect(app, "203.0.113.9") as thief:
        for _ in range(7):
            await thief.post("/auth/login", json=ADMIN | {"password": "guess"})
    await audit.refusals.flush()
    stats = (await client.get("/security/stats", headers=headers)).json()
    assert (stats["sign_ins"], stats["sign_ins_failed"], stats["sign_ins_limited"]) == (2, 5, 2)
    assert (stats["sessions"], stats["browser_sessions"]) == (3, 1)
    assert stats["by_type"]["session.started"] == 2


async def test_others_see_nothing_of_another_workspace(client):
    await bearer(client)
    await client.post("/auth/register", json=ANA)
    headers = await bearer(client, ANA)
    assert (await client.get("/security/stats", headers=headers)).json()["sessions"] == 2
    items = (await client.get("/security/events", headers=headers)).json()["items"]
    assert {item["type"] for item in items} == {"membership.added", "session.started"}
    assert len(items) == 3


async def test_without_signing_in_nothing_is_told(client):
    for path in ("/security/events", "/security/stats", "/auth/sessions", "/auth/session"):
        assert (await client.get(path)).status_code == 401


async def validate(client, headers, **asked):
    answer = await client.post("/security/validate", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["valid"], [reason["code"] for reason in answer.json()["reasons"]]


async def test_tokens_are_validated_but_only_ones_own(client, clock):
    headers = await bearer(client)
    token = headers["authorization"].removeprefix("Bearer ")
    told = (await client.post("/security/validate", json={"token": token}, headers=headers)).json()
    assert (told["valid"], told["expires_at"]) == (True, "2026-05-01T13:00:00Z")
    assert told["session_id"] == (await client.get("/auth/session", headers=headers)).json()["id"]
    ana = (await client.post("/auth/register", json=ANA)).json()["access_token"]
    assert await validate(client, headers, token=ana) == (False, ["not_yours"])
    assert await validate(client, headers, token="nonsense") == (False, ["bad_token"])
    assert await validate(client, headers, token="dcs_guess") == (False, ["bad_token"])
    clock.advance(minutes=30)
    fresh = await bearer(client)
    clock.advance(minutes=30)
    assert await validate(client, fresh, token=token) == (False, ["expired_token"])


async def test_passwords_are_judged_as_when_they_are_set(client, sign_in):
    async def check(password, names):
        if password == "admin-2026":
            raise Invalid("Too weak", errors=[FieldFault("password", "is little more than your name", "personal")])
        assert names == ["admin"]

    sign_in.check_password = check
    headers = await bearer(client)
    assert await validate(client, headers, password="admin-2026") == (False, ["personal"])
    assert await validate(client, headers, password="nine pelicans sort mail") == (True, [])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Añadir factura 7", []),
        ("two\nlines\tand a tab", []),
        ("bell\x07", ["control_characters"]),
        ("invoice\u202efdp.exe", ["bidirectional"]),
        ("zero\u200bwidth", ["invisible"]),
        ("n\u0303", ["not_normalized"]),
    ],
)
async def test_texts_are_looked_at_for_what_cannot_be_seen(client, text, codes):
    headers = await bearer(client)
    assert await validate(client, headers, text=text) == (not codes, codes)


@pytest.mark.parametrize("asked", [{}, {"token": "a", "text": "b"}])
async def test_one_thing_is_validated_at_a_time(client, asked):
    answer = await client.post("/security/validate", json=asked, headers=await bearer(client))
    assert answer.status_code == 422
