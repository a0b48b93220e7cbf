"""Dangerous actions: they ask whoever has not proved who they are lately, in the strongest way that they have."""

import base64

import pytest


async def test_a_fresh_sign_in_is_proof_enough_and_an_old_one_is_not(visitor):
    await visitor.sign_in()
    assert (await visitor.post("/auth/factors/totp")).status_code == 201
    visitor.clock.advance(minutes=16)
    refused = await visitor.post("/auth/factors/totp")
    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert refused.json()["methods"] == ["password"]
    assert (await visitor.get("/auth/step-up")).json() == {"methods": ["password"], "options": None}
    wrong = await visitor.post("/auth/step-up", json={"proof": {"method": "password", "password": "admin124"}})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_proof")
    assert (await visitor.post("/auth/factors/totp")).status_code == 401
    proved = await visitor.post("/auth/step-up", json={"proof": {"method": "password", "password": "admin123"}})
    assert proved.json() == {"method": "password", "until": "2026-05-01T12:31:00Z", "csrf_token": None}
    assert (await visitor.post("/auth/factors/totp")).status_code == 201
    assert "session.verified" in await visitor.told()


async def test_whoever_has_a_second_factor_proves_it_by_that(visitor):
    await visitor.sign_in()
    secret = base64.b32decode((await visitor.post("/auth/factors/totp")).json()["secret"])
    await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)})
    visitor.clock.advance(minutes=16)
    refused = await visitor.post("/auth/factors/recovery-codes")
    assert refused.json()["methods"] == ["totp", "recovery_code"]
    password = await visitor.post("/auth/step-up", json={"proof": {"method": "password", "password": "admin123"}})
    assert (password.status_code, password.json()["code"]) == (409, "method_not_offered")
    proof = {"method": "totp", "code": visitor.code(secret)}
    assert (await visitor.post("/auth/step-up", json={"proof": proof})).status_code == 200
    assert (await visitor.post("/auth/factors/recovery-codes")).status_code == 200


@pytest.mark.parametrize("proof", [{}, {"method": "magic"}, {"method": "totp", "code": "12345"}, {"method": "totp"}])
async def test_a_proof_of_no_kind_is_a_fault(visitor, proof):
    await visitor.sign_in()
    refused = await visitor.post("/auth/step-up", json={"proof": proof})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert all(fault["path"].startswith("proof") for fault in refused.json()["errors"])


async def test_guessing_the_password_of_a_session_gets_slower(visitor):
    await visitor.sign_in()
    wrong = {"proof": {"method": "password", "password": "guess"}}
    answers = [await visitor.post("/auth/step-up", json=wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]


async def test_strangers_are_told_to_sign_in(visitor):
    for path in ("/auth/factors", "/auth/step-up"):
        refused = await visitor.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
