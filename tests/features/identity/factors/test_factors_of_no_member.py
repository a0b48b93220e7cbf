"""Whoever is a member of no workspace proves who they are like everybody else, so no duty locks them out."""

import base64

import pytest

from docchain.features.identity import IdentityService
from docchain.features.identity.schemas import Registration
from docchain.platform.settings import FactorSettings, SecuritySettings, StorageSettings, load_settings
from docchain.platform.work import SYSTEM

BEN = {"username": "ben", "password": "correct horse battery"}
MINUTES = 60


@pytest.fixture
def settings(tmp_path):
    return load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path),
        security=SecuritySettings(access_token_minutes=120),
        factors=FactorSettings(second_factor="everybody", step_up_minutes=15),
    )


@pytest.fixture
async def ben(visitor, passwords):
    """Signed in, and a member of nothing."""
    hashed = await passwords.hash(BEN["password"])
    await visitor.database.write(
        lambda work: IdentityService(work).add_user(Registration(**BEN, name="Ben"), hashed), SYSTEM
    )
    visitor.carry(await visitor.post("/auth/login", json=BEN))
    return visitor


async def enrol(visitor):
    begun = await visitor.post("/auth/factors/totp")
    assert begun.status_code == 201, begun.text
    secret = base64.b32decode(begun.json()["secret"])
    done = await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)})
    assert done.status_code == 200, done.text
    return secret


async def test_they_set_one_up_and_are_let_in(ben):
    assert (await ben.get("/auth/invitations")).json()["code"] == "second_factor_needed"
    listed = (await ben.get("/auth/factors")).json()
    assert (listed["needed"], listed["methods"]) == (True, ["password"])
    await enrol(ben)
    assert (await ben.get("/auth/factors")).json()["needed"] is False
    assert (await ben.get("/auth/invitations")).json() == {"items": []}
    assert (await ben.get("/auth/me")).json()["code"] == "not_a_member"
    assert "security.factor_added" in await ben.told()


async def test_they_prove_who_they_are_once_more(ben):
    secret = await enrol(ben)
    ben.clock.advance(seconds=16 * MINUTES)
    refused = await ben.post("/auth/factors/recovery-codes")
    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert (await ben.get("/auth/step-up")).json()["methods"] == ["totp", "recovery_code"]
    proof = {"proof": {"method": "totp", "code": ben.code(secret)}}
    assert (await ben.post("/auth/step-up", json=proof)).status_code == 200
    renewed = await ben.post("/auth/factors/recovery-codes")
    assert (renewed.status_code, len(renewed.json()["recovery_codes"])) == (200, 10)


async def test_they_see_and_end_their_own_sessions_and_nobody_elses(ben):
    first = ben.headers["authorization"]
    ben.carry(await ben.post("/auth/login", json=BEN))
    listed = (await ben.get("/auth/sessions")).json()["items"]
    assert [session["current"] for session in listed].count(True) == 1
    assert len(listed) == 2
    here = (await ben.get("/auth/session")).json()["id"]
    assert (await ben.delete("/auth/sessions")).json() == {"ended": 1}
    ben.headers["authorization"], mine = first, ben.headers["authorization"]
    assert (await ben.get("/auth/session")).status_code == 401
    await ben.sign_in()  # the administrator
    assert (await ben.delete(f"/auth/sessions/{here}")).status_code == 404
    admins = (await ben.get("/auth/session")).json()["id"]
    ben.headers["authorization"] = mine
    assert (await ben.delete(f"/auth/sessions/{admins}")).status_code == 404
    assert (await ben.delete(f"/auth/sessions/{here}")).status_code == 204


async def test_a_workspace_that_they_name_is_closed_to_them(ben):
    refused = await ben.get("/auth/factors", headers={"x-workspace": "default"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_member")
