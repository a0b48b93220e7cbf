"""Attacks that are refused by the form of what they send: the audit tells of them, and what they sent is not in it."""

from datetime import timedelta

import pytest

from conftest import opened
from docchain.platform.settings import SecuritySettings
from docchain.platform.tokens import Tokens

NEW = {"username": "mallory", "password": "correct horse battery staple 7"}


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path, None, security=SecuritySettings(registration="open")) as product:
        yield product


async def told(house, **where):
    """What the audit tells of refusals, as type, code, operation and how often."""
    await house.services.audit.refusals.flush()
    if "olga" not in house.ids:
        await house.token("olga", "owner")
    client = await house.long_ago("olga")
    asked = {"scope": "installation", **where}
    items = (await client.get("/security/audit/logs", params=asked)).json()["items"]
    return [
        (one["type"], one["data"]["code"], one["data"]["operation"], one["data"]["count"])
        for one in items
        if one["type"].startswith("security.") and one["outcome"] == "refused"
    ]


@pytest.mark.parametrize("purpose", [b"docchain second factor", b"docchain callback", b"docchain page cursor"])
async def test_a_token_for_another_purpose_is_told(house, purpose):
    token = await house.token("ana", "owner")
    secret = house.services.settings.security.secret_key.get_secret_value()
    clock = house.services.database.clock
    claims = Tokens(secret, timedelta(hours=1), clock).read(token)
    other, _ = Tokens(secret, timedelta(hours=1), clock, purpose).issue(claims)
    refused = await house.somebody(other).get("/auth/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_token")
    assert await told(house) == [("security.credentials_refused", "bad_token", "GET /api/v3/auth/me", 1)]


async def test_a_challenge_that_is_used_as_a_token_is_told(house):
    await house.token("ana", "owner")
    challenge = house.services.sign_in.challenges.issue(house.ids["ana"], "any hash")
    assert (await house.somebody(challenge).get("/workflows")).json()["code"] == "bad_token"
    assert await told(house) == [("security.credentials_refused", "bad_token", "GET /api/v3/workflows", 1)]


async def test_an_access_token_that_is_used_as_a_challenge_is_told(house):
    token = await house.token("ana", "owner")
    body = {"challenge": token, "proof": {"method": "totp", "code": "123456"}}
    refused = await house.somebody().post("/auth/second-factor", json=body)
    assert (refused.status_code, refused.json()["code"]) == (401, "challenge_expired")
    operation = "POST /api/v3/auth/second-factor"
    assert await told(house) == [("security.credentials_refused", "challenge_expired", operation, 1)]


@pytest.mark.parametrize("username", ["ana\r\nset-cookie: a=b", "ana\x1b[31m", "ana\u202e", "ana<b>", "../ana"])
async def test_a_name_that_would_break_out_is_told_without_it(house, username):
    for _ in range(3):
        refused = await house.somebody().post("/auth/register", json=NEW | {"username": username})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert await told(house) == [("security.input_refused", "invalid", "POST /api/v3/auth/register", 3)]
    logs = await (await house.long_ago("olga")).get("/security/audit/logs", params={"scope": "installation"})
    assert "set-cookie" not in logs.text
    assert "\\u202e" not in logs.text.lower()


async def test_fields_that_a_form_does_not_have_are_told(house):
    refused = await house.somebody().post("/auth/register", json=NEW | {"installation_admin": True, "role": "owner"})
    assert {fault["code"] for fault in refused.json()["errors"]} == {"unknown_field"}
    assert await told(house) == [("security.input_refused", "invalid", "POST /api/v3/auth/register", 1)]


async def test_a_member_who_tries_is_named_in_their_workspace(house):
    ana = await house.member("ana", "editor")
    refused = await ana.post("/auth/account", json={"name": "Ana", "language": "en", "installation_admin": True})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    await house.services.audit.refusals.flush()
    olga = await house.member("olga", "owner")
    asked = {"type": "security.input_refused"}
    (entry,) = (await olga.get("/security/audit/logs", params=asked)).json()["items"]
    assert (entry["actor"], entry["outcome"]) == ("ana", "refused")
    assert entry["data"]["operation"] == "POST /api/v3/auth/account"


async def test_an_honest_mistake_is_nobodys_business(house):
    for changes in ({"username": "a"}, {"username": 7}, {"email": "no address"}, {"password": "short"}):
        assert (await house.somebody().post("/auth/register", json=NEW | changes)).status_code == 422
    assert await told(house) == []
