"""Somebody who lost phone and recovery codes: whoever administers the installation lets them in by password again."""

import base64


async def test_an_administrator_takes_lost_factors_away(visitor):
    await visitor.sign_in()
    made = {"username": "ana", "password": "lluvia sobre tejado verde 7", "workspace": "default", "role": "viewer"}
    created = await visitor.post("/admin/users", json=made)
    assert created.status_code == 201, created.text
    own = {"username": "ana", "password": "lluvia sobre tejado verde 7"}
    token = (await visitor.post("/auth/login", json=own)).json()["access_token"]
    ana = {"authorization": f"Bearer {token}"}
    secret = base64.b32decode((await visitor.post("/auth/factors/totp", headers=ana)).json()["secret"])
    await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)}, headers=ana)
    assert (await visitor.post("/auth/login", json=own)).json()["code"] == "second_factor_required"
    refused = await visitor.post("/admin/users/ana/remove-factors", headers=ana)
    assert (refused.status_code, refused.json()["code"]) == (403, "denied")
    visitor.clock.advance(minutes=16)
    late = await visitor.post("/admin/users/ana/remove-factors")
    assert (late.status_code, late.json()["code"]) == (401, "step_up_required")
    await visitor.sign_in()
    assert (await visitor.post("/admin/users/ana/remove-factors")).status_code == 204
    assert (await visitor.get("/auth/me", headers=ana)).status_code == 401
    assert (await visitor.post("/auth/login", json=own)).status_code == 200
    assert "security.factors_removed" in await visitor.told()
