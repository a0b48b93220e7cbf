"""Signing in, staying signed in and signing out, as a client sees it."""

import asyncio
from types import SimpleNamespace

import pytest

from docchain.features.identity import IdentityService, prepare_identity
from docchain.platform.idempotency import IdempotencyKeyRow
from docchain.platform.settings import SecuritySettings
from docchain.platform.work import SYSTEM

ADMIN = {"username": "admin", "password": "admin123"}
ANA = {"username": "Ana.Ruiz", "password": "correct horse", "name": "Ana Ruiz"}


def bearer(answer):
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def refresh(client, answer):
    return await client.post("/auth/refresh", json={"refresh_token": answer.json()["refresh_token"]})


@pytest.mark.parametrize("path", ["/security/auth/login", "/auth/login"])
async def test_sign_in_hands_out_tokens_user_and_workspace(client, path):
    answer = await client.post(path, json=ADMIN)
    assert answer.status_code == 200
    signed_in = answer.json()
    assert signed_in["token_type"] == "bearer"
    assert signed_in["expires_in"] == 3600
    assert signed_in["user"]["username"] == "admin"
    assert signed_in["workspace"]["slug"] == "default"
    assert signed_in["workspace"]["role"] == "owner"
    assert signed_in["refresh_token"].startswith("dcr_")
    assert (await client.get("/auth/me", headers=bearer(answer))).status_code == 200


@pytest.mark.parametrize("username", ["ADMIN", " admin ", "\uff41dmin"])
async def test_a_username_is_the_same_in_every_spelling(client, username):
    answer = await client.post("/auth/login", json={"username": username, "password": "admin123"})
    assert answer.status_code == 200


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(client):
    wrong = await client.post("/auth/login", json=ADMIN | {"password": "admin124"})
    unknown = await client.post("/auth/login", json=ADMIN | {"username": "nobody"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["code"] == "wrong_credentials"
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


async def test_faults_of_a_sign_in_never_echo_the_password(client):
    answer = await client.post("/auth/login", json={"username": 5, "password": "hunter2" * 50})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["username", "password"]
    assert "hunter2" not in answer.text


async def test_guessing_is_slowed_down(client, clock):
    for _ in range(5):
        assert (await client.post("/auth/login", json=ADMIN | {"password": "guess"})).status_code == 401
    slowed = await client.post("/auth/login", json=ADMIN)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "too_many_attempts")
    assert slowed.json()["detail"] == "Wait 2 s before the next sign-in."
    assert slowed.headers["retry-after"] == "2"
    clock.advance(seconds=2)
    assert (await client.post("/auth/login", json=ADMIN)).status_code == 200


async def test_me_shows_rights_and_workspaces(client):
    answer = await client.get("/auth/me", headers=bearer(await client.post("/auth/login", json=ADMIN)))
    me = answer.json()
    assert me["permissions"] == sorted(me["permissions"])
    assert {"admin", "audit:read", "documents:manage", "runs:control", "workflows:write"} <= set(me["permissions"])
    assert [workspace["slug"] for workspace in me["workspaces"]] == ["default", "examples"]


async def test_a_header_chooses_the_workspace(client):
    headers = bearer(await client.post("/auth/login", json=ADMIN))
    examples = await client.get("/auth/me", headers=headers | {"x-workspace": "examples"})
    assert examples.json()["workspace"]["slug"] == "examples"
    strange = await client.get("/auth/me", headers=headers | {"x-workspace": "other"})
    assert (strange.status_code, strange.json()["code"]) == (403, "not_a_member")


async def test_an_access_token_expires_and_is_refreshed(client, clock):
    first = await client.post("/auth/login", json=ADMIN)
    clock.advance(hours=1)
    expired = await client.get("/auth/me", headers=bearer(first))
    assert (expired.status_code, expired.json()["code"]) == (401, "expired_token")
    second = await refresh(client, first)
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first.json()["refresh_token"]
    assert (await client.get("/auth/me", headers=bearer(second))).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_session(client):
    first = await client.post("/auth/login", json=ADMIN)
    second = await refresh(client, first)
    reused = await refresh(client, first)
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_token_reused")
    assert (await refresh(client, second)).json()["code"] == "session_ended"
    assert (await client.get("/auth/me", headers=bearer(second))).json()["code"] == "session_ended"


async def test_a_refresh_token_expires(client, clock):
    first = await client.post("/auth/login", json=ADMIN)
    clock.advance(days=14)
    assert (await refresh(client, first)).status_code == 401


@pytest.mark.parametrize("token", ["", "dcr_nonsense"])
async def test_a_made_up_refresh_token_is_refused(client, token):
    answer = await client.post("/auth/refresh", json={"refresh_token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_refresh_token")


async def test_signing_out_ends_both_tokens(client):
    first = await client.post("/auth/login", json=ADMIN)
    assert (await client.post("/auth/logout", headers=bearer(first))).status_code == 204
    assert (await client.get("/auth/me", headers=bearer(first))).json()["code"] == "session_ended"
    assert (await refresh(client, first)).json()["code"] == "session_ended"


async def test_signing_out_leaves_other_sessions_alone(client):
    first, other = [await client.post("/auth/login", json=ADMIN) for _ in range(2)]
    await client.post("/auth/logout", headers=bearer(first))
    assert (await client.get("/auth/me", headers=bearer(other))).status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_forged_token_is_refused(client, token):
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


async def test_registration_makes_a_user_with_a_workspace_of_their_own(client):
    answer = await client.post("/auth/register", json=ANA)
    assert answer.status_code == 201
    me = (await client.get("/auth/me", headers=bearer(answer))).json()
    assert me["user"]["name"] == "Ana Ruiz"
    assert [(workspace["slug"], workspace["role"]) for workspace in me["workspaces"]] == [("ana-ruiz", "owner")]
    assert (await client.post("/auth/login", json={"username": "ana.ruiz", "password": "correct horse"})).is_success


async def test_a_taken_username_is_refused_and_a_taken_slug_gets_a_number(client):
    await client.post("/auth/register", json=ANA)
    taken = await client.post("/auth/register", json=ANA | {"username": "ANA.RUIZ"})
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")
    other = await client.post("/auth/register", json=ANA | {"username": "ana-ruiz"})
    assert other.json()["workspace"]["slug"] == "ana-ruiz-2"


async def test_registration_wants_a_sound_username_and_a_long_password(client):
    answer = await client.post("/auth/register", json={"username": "a b/..", "password": "short"})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["username", "password"]


@pytest.mark.parametrize("username", ["019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b10", "user_1", "System", "a" * 32])
async def test_nobody_takes_a_name_that_others_are_found_by(client, username):
    refused = await client.post("/auth/register", json=ANA | {"username": username})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "username")
    assert "taken for somebody else" in refused.text


async def test_a_registration_that_is_repeated_with_its_key_makes_one_user(client, database):
    keyed = {"idempotency-key": "ana-1"}
    first = await client.post("/auth/register", json=ANA, headers=keyed)
    again = await client.post("/auth/register", json=ANA, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json()["user"], first.json()["workspace"]) == (again.json()["user"], again.json()["workspace"])
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (await client.get("/auth/me", headers=bearer(again))).json()["user"]["username"] == "Ana.Ruiz"
    kept = await database.read(lambda work: work.session.query(IdempotencyKeyRow).one(), SYSTEM)
    assert kept.answer == {"user": first.json()["user"]["id"]}
    refused = await client.post("/auth/register", json=ANA | {"username": "eva"}, headers=keyed)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_repeated_registration_is_a_sign_in_like_any_other(client, sign_in):
    keyed = {"idempotency-key": "ana-1"}
    await client.post("/auth/register", json=ANA, headers=keyed)
    guess = ANA | {"password": "a stranger's guess"}
    guesses = [await client.post("/auth/register", json=guess, headers=keyed) for _ in range(6)]
    assert [answer.status_code for answer in guesses] == [401] * 5 + [429]

    async def methods(_user_id):
        return ["totp"]

    sign_in.second_factors.append(SimpleNamespace(methods=methods))
    sign_in.passwords.throttle.succeeded("ana.ruiz", "192.0.2.1")
    asked = await client.post("/auth/register", json=ANA, headers=keyed)
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")


async def test_registrations_at_the_same_moment_make_one_user(client):
    keyed = {"idempotency-key": "ana-1"}
    answers = await asyncio.gather(*(client.post("/auth/register", json=ANA, headers=keyed) for _ in range(6)))
    assert {(answer.status_code, answer.json()["user"]["id"]) for answer in answers} == {
        (201, answers[0].json()["user"]["id"])
    }


class TestClosed:
    @pytest.fixture
    def security(self):
        return SecuritySettings()

    async def test_registration_is_closed_by_default(self, client):
        answer = await client.post("/auth/register", json=ANA)
        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        assert "DOCCHAIN_REGISTRATION=open" in answer.json()["hint"]


async def test_a_later_start_leaves_the_password_alone(client, database, passwords):
    assert (
        await prepare_identity(database, passwords, SecuritySettings(admin_password="another").admin_password) is False
    )
    assert (await client.post("/auth/login", json=ADMIN)).status_code == 200


async def test_tokens_are_not_kept_in_the_database(client, database, tmp_path):
    answer = await client.post("/auth/login", json=ADMIN)
    await database.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert answer.json()["refresh_token"].encode() not in kept
    assert answer.json()["access_token"].encode() not in kept


async def test_other_doors_act_as_a_member(database):
    actor = await database.read(lambda work: IdentityService(work).member("Admin", "examples"), SYSTEM)
    assert (actor.name, actor.roles) == ("admin", {"owner"})
