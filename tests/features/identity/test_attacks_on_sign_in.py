"""Attacks on signing in: each is refused, and the audit of the workspace tells of it."""

import asyncio
import base64
import hmac
import json
import statistics
import time
from datetime import timedelta
from hashlib import sha256

import pytest
from callers import connect

from docchain.platform.settings import SecuritySettings
from docchain.platform.settings_concerns import DEFAULT_SECRET_KEY
from docchain.platform.tokens import Tokens

ADMIN = {"username": "admin", "password": "admin123"}


@pytest.fixture
def security():
    return SecuritySettings(registration="open")


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(header, claims, key: bytes) -> str:
    text = f"{part(header)}.{part(claims)}"
    mac = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def access_key() -> bytes:
    return hmac.digest(DEFAULT_SECRET_KEY.encode(), b"docchain access token", "sha256")


async def sign_in(client, **changes):
    return await client.post("/auth/login", json=ADMIN | changes)


async def told(client, audit, family):
    """What the workspace's audit tells, the newest first, by type."""
    await audit.refusals.flush()
    token = (await sign_in(client)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    items = (await client.get("/security/events", params={"family": family}, headers=headers)).json()["items"]
    return [(item["type"], item["data"].get("code"), item["source"].get("address")) for item in items]


async def of_installation(client):
    """What the audit tells of people who are not known, by type."""
    token = (await sign_in(client)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    found = await client.get("/security/audit/logs", params={"scope": "installation"}, headers=headers)
    return [(item["type"], item["data"].get("code")) for item in found.json()["items"]]


FORGED = {
    "no algorithm": lambda claims, _: f"{part({'alg': 'none'})}.{part(claims)}.",
    "no algorithm, another case": lambda claims, _: f"{part({'alg': 'nOnE'})}.{part(claims)}.",
    "no signature": lambda _, token: token.rpartition(".")[0] + ".",
    "a truncated signature": lambda _, token: token[:-5],
    "truncated claims": lambda _, token: ".".join(
        [*token.split(".")[:1], token.split(".")[1][:-6], token.split(".")[2]]
    ),
    "another key": lambda claims, _: signed({"alg": "HS256"}, claims, b"guess" * 8),
    "an empty key": lambda claims, _: signed({"alg": "HS256"}, claims, b""),
    "the secret itself as the key": lambda claims, _: signed({"alg": "HS256"}, claims, DEFAULT_SECRET_KEY.encode()),
    "an algorithm of key pairs": lambda claims, _: signed({"alg": "RS256"}, claims, access_key()),
    "a longer algorithm": lambda claims, _: signed({"alg": "HS512"}, claims, access_key()),
    "a key of its own": lambda claims, _: signed(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": part("mine")}}, claims, b"mine"
    ),
    "a critical header": lambda claims, _: signed({"alg": "HS256", "crit": ["x"], "x": 1}, claims, access_key()),
    "other claims": lambda claims, token: ".".join(
        [token.split(".")[0], part(claims | {"exp": claims["exp"] + 9_999}), token.split(".")[2]]
    ),
    "no session": lambda claims, _: signed(
        {"alg": "HS256"}, {"sub": claims["sub"], "exp": claims["exp"]}, access_key()
    ),
    "no end": lambda claims, _: signed({"alg": "HS256"}, {"sid": claims["sid"]}, access_key()),
    "an end that is no number": lambda claims, _: signed({"alg": "HS256"}, claims | {"exp": "never"}, access_key()),
    "claims that are a list": lambda claims, _: signed({"alg": "HS256"}, [claims], access_key()),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused_and_told(client, audit, forge):
    token = (await sign_in(client)).json()["access_token"]
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {forge(claims, token)}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    await audit.refusals.flush()
    assert ("security.credentials_refused", "bad_token") in await of_installation(client)


@pytest.mark.parametrize("purpose", [b"docchain second factor", b"docchain callback", b"docchain page cursor"])
async def test_a_token_for_another_purpose_is_refused(client, clock, purpose):
    token = (await sign_in(client)).json()["access_token"]
    claims = Tokens(DEFAULT_SECRET_KEY, timedelta(hours=1), clock).read(token)
    other, _ = Tokens(DEFAULT_SECRET_KEY, timedelta(hours=1), clock, purpose).issue(claims)
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {other}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


async def test_a_challenge_is_no_access_token_and_no_access_token_is_a_challenge(client, app):
    signed_in = (await sign_in(client)).json()
    challenge = app.state.services.sign_in.challenges.issue(signed_in["user"]["id"], "a hash")
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {challenge}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    with pytest.raises(Exception, match="not valid, or has expired"):
        app.state.services.sign_in.challenges.read(signed_in["access_token"])


async def test_an_expired_token_is_refused_and_told(client, audit, clock):
    token = (await sign_in(client)).json()["access_token"]
    clock.advance(hours=1)
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "expired_token")
    await audit.refusals.flush()
    assert ("security.credentials_refused", "expired_token") in await of_installation(client)


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
async def test_a_refresh_token_that_is_replayed_ends_the_whole_family_and_is_told(client, audit):
    first = (await sign_in(client)).json()
    second = (await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    replayed = await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "refresh_token_reused")
    for token in (first["access_token"], second["access_token"]):
        assert (await client.get("/auth/me", headers={"authorization": f"Bearer {token}"})).status_code == 401
    newest = await client.post("/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert newest.json()["code"] == "session_ended"
    assert ("session.token_reused", None, "192.0.2.1") in await told(client, audit, "session")


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
async def test_a_refresh_token_sent_twice_at_the_same_moment_works_at_most_once(client):
    body = {"refresh_token": (await sign_in(client)).json()["refresh_token"]}
    answers = await asyncio.gather(*(client.post("/auth/refresh", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    winner = next(answer for answer in answers if answer.status_code == 200).json()
    refused = await client.get("/auth/me", headers={"authorization": f"Bearer {winner['access_token']}"})
    assert refused.json()["code"] == "session_ended"


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
async def test_guesses_are_told_in_the_workspace_of_who_was_guessed_at(client, app, audit):
    async with connect(app, "203.0.113.9") as thief:
        for _ in range(5):
            assert (await sign_in(thief, password="guess")).status_code == 401
        assert (await sign_in(thief)).status_code == 429
    assert {
        ("session.sign_in_failed", "wrong_credentials", "203.0.113.9"),
        ("session.sign_in_limited", "too_many_attempts", "203.0.113.9"),
    } <= set(await told(client, audit, "session"))


async def test_forged_requests_of_a_browser_are_told(browser, client, audit):
    await browser.post("/auth/login", json=ADMIN | {"cookies": True})
    await browser.post("/auth/logout", headers={"sec-fetch-site": "cross-site"})
    await audit.refusals.flush()
    assert ("security.access_refused", "csrf") in await of_installation(client)


async def test_what_a_program_calls_itself_never_becomes_a_header_or_a_line(client, audit):
    for name in ("Mozilla\r\nSet-Cookie: a=b", "x\x1b[31mred", "<script>alert(1)</script>/1", "\u202egnp.exe"):
        agent = name.encode("latin-1", "ignore").replace(b"\r", b"").replace(b"\n", b"")
        answer = await client.post("/auth/login", json=ADMIN, headers=[(b"user-agent", agent)])
        assert "set-cookie" not in answer.headers
    token = answer.json()["access_token"]
    items = (await client.get("/auth/sessions", headers={"authorization": f"Bearer {token}"})).json()["items"]
    assert {item["device"] for item in items} == {"MozillaSet-Cookie:", "x31mred", "scriptalert(1)/script/1", "gnp.exe"}
    assert "session.started" in {type_ for type_, _, _ in await told(client, audit, "session")}


@pytest.mark.parametrize("username", ["ana\r\nset-cookie: a=b", "ana\x1b[31m", "ana\u202e", "ana<b>", "../ana"])
async def test_a_name_that_would_break_out_is_refused(client, username):
    answer = await client.post("/auth/register", json={"username": username, "password": "correct horse battery"})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["username"]


async def test_more_than_the_form_has_cannot_be_assigned(client):
    body = {"username": "ana", "password": "correct horse battery", "role": "owner", "disabled": False}
    answer = await client.post("/auth/register", json=body)
    assert answer.status_code == 422
    assert {fault["path"] for fault in answer.json()["errors"]} == {"role", "disabled"}


async def test_an_unknown_user_takes_as_long_as_a_wrong_password(app):
    """The medians of interleaved pairs: what slows the machine down slows both."""
    unknown, wrong = [], []
    for number in range(12):
        async with connect(app, f"198.51.100.{number}") as client:
            for times, changes in ((unknown, {"username": f"nobody{number}"}), (wrong, {"password": "guess"})):
                began = time.perf_counter()
                assert (await sign_in(client, **changes)).status_code == 401
                times.append(time.perf_counter() - began)
    ratio = statistics.median(unknown) / statistics.median(wrong)
    assert 0.6 < ratio < 1.6


async def test_names_of_others_are_not_kept_in_the_audit_when_nobody_has_them(client, audit):
    await sign_in(client, username="hunter2-typed-into-the-wrong-field")
    await audit.refusals.flush()
    token = (await sign_in(client)).json()["access_token"]
    logs = await client.get(
        "/security/audit/logs", params={"scope": "installation"}, headers={"authorization": f"Bearer {token}"}
    )
    (entry,) = [item for item in logs.json()["items"] if item["type"] == "session.sign_in_failed"]
    assert "hunter2" not in logs.text
    assert entry["data"]["named"] == f"sha256:{sha256(b'hunter2-typed-into-the-wrong-field').hexdigest()[:16]}"
