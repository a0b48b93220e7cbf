"""Passkeys: registered, used alone and after a password, and refused when anything about them is wrong."""

import pytest

from software_passkey import PRESENT, SoftwarePasskey


async def register(visitor, passkey, name="Phone"):
    begun = await visitor.post("/auth/factors/passkeys/options")
    assert begun.status_code == 200, begun.text
    sent = {"name": name, "credential": passkey.create(begun.json()["options"])}
    return await visitor.post("/auth/factors/passkeys", json=sent)


async def sign_in_with(visitor, passkey):
    visitor.headers.pop("authorization", None)
    begun = (await visitor.post("/auth/passkey/options")).json()["options"]
    return await visitor.post("/auth/passkey", json={"credential": passkey.get(begun)})


@pytest.fixture
async def passkey(visitor):
    """`admin` has one."""
    await visitor.sign_in()
    passkey = SoftwarePasskey()
    registered = await register(visitor, passkey)
    assert registered.status_code == 201, registered.text
    visitor.registered = registered.json()
    return passkey


async def test_the_browser_is_asked_for_a_passkey_that_names_its_user(visitor):
    await visitor.sign_in()
    options = (await visitor.post("/auth/factors/passkeys/options")).json()["options"]
    assert options["rp"] == {"id": "localhost", "name": "Document Workflow Chain"}
    assert options["user"]["name"] == "admin"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert options["attestation"] == "none"


async def test_a_first_passkey_brings_recovery_codes(visitor, passkey):
    assert visitor.registered["passkey"]["name"] == "Phone"
    assert len(visitor.registered["recovery_codes"]) == 10
    listed = (await visitor.get("/auth/factors")).json()
    assert [each["name"] for each in listed["passkeys"]] == ["Phone"]
    assert listed["methods"] == ["passkey", "recovery_code"]
    second = await register(visitor, SoftwarePasskey(name=b"another"), "Key ring")
    assert second.json()["recovery_codes"] == []
    same = await register(visitor, passkey)
    assert (same.status_code, same.json()["code"]) == (403, "passkey_refused")


async def test_a_passkey_signs_in_without_a_name_or_a_password(visitor, passkey):
    options = (await visitor.post("/auth/passkey/options")).json()["options"]
    assert (options["userVerification"], options.get("allowCredentials", [])) == ("required", [])
    visitor.carry(await sign_in_with(visitor, passkey))
    assert (await visitor.get("/auth/me")).json()["user"]["username"] == "admin"
    assert (await visitor.get("/auth/factors")).json()["passkeys"][0]["used_at"] == "2026-05-01T12:00:00Z"


async def test_a_passkey_is_a_second_factor(visitor, passkey):
    challenge = await visitor.challenge()
    ways = (await visitor.post("/auth/second-factor/options", json={"challenge": challenge})).json()
    assert ways["methods"] == ["passkey", "recovery_code"]
    assert len(ways["options"]["allowCredentials"]) == 1
    answer = {"method": "passkey", "credential": passkey.get(ways["options"])}
    visitor.carry(await visitor.post("/auth/second-factor", json={"challenge": challenge, "proof": answer}))


async def test_an_answer_is_taken_once(visitor, passkey):
    options = (await visitor.post("/auth/passkey/options")).json()["options"]
    sent = {"credential": passkey.get(options)}
    assert (await visitor.post("/auth/passkey", json=sent)).status_code == 200
    again = await visitor.post("/auth/passkey", json=sent)
    assert (again.status_code, again.json()["code"]) == (401, "challenge_expired")


async def test_an_old_challenge_or_one_for_something_else_is_refused(visitor, passkey):
    for_registering = (await visitor.post("/auth/factors/passkeys/options")).json()["options"]
    other = await visitor.post("/auth/passkey", json={"credential": passkey.get(for_registering)})
    assert (other.status_code, other.json()["code"]) == (401, "challenge_expired")
    options = (await visitor.post("/auth/passkey/options")).json()["options"]
    visitor.clock.advance(minutes=6)
    late = await visitor.post("/auth/passkey", json={"credential": passkey.get(options)})
    assert (late.status_code, late.json()["code"]) == (401, "challenge_expired")


async def test_a_counter_that_goes_backwards_is_refused_and_told(visitor, passkey):
    passkey.count = 41
    assert (await sign_in_with(visitor, passkey)).status_code == 200
    passkey.count = 40
    refused = await sign_in_with(visitor, passkey)
    assert (refused.status_code, refused.json()["code"]) == (403, "passkey_copied")
    assert "security.passkey_copied" in await visitor.told()
    passkey.count = 42
    assert (await sign_in_with(visitor, passkey)).status_code == 200


@pytest.mark.parametrize("lie", ["origin", "no PIN", "stranger", "signature", "nonsense", "no challenge"])
async def test_what_is_wrong_about_an_answer_is_found(visitor, passkey, lie):
    options = (await visitor.post("/auth/passkey/options")).json()["options"]
    if lie == "origin":
        passkey.origin = "https://evil.example.com"
    if lie == "no PIN":
        passkey.flags = PRESENT
    credential = passkey.get(options)
    if lie == "stranger":
        credential["rawId"] = credential["id"] = "c29tZWJvZHkgZWxzZQ"
    if lie == "signature":
        credential["response"]["signature"] = "MEUCIQ" + credential["response"]["signature"][6:]
        credential["response"]["authenticatorData"] = credential["response"]["authenticatorData"][:-2] + "AA"
    if lie == "nonsense":
        credential["response"]["authenticatorData"] = "AAAA"
    if lie == "no challenge":
        credential["response"] = {"clientDataJSON": "e30"}
    refused = await visitor.post("/auth/passkey", json={"credential": credential})
    assert (refused.status_code, refused.json()["code"]) == (403, "passkey_refused"), refused.text


async def test_a_passkey_is_renamed_and_removed_by_its_owner_only(visitor, passkey):
    at = f"/auth/factors/passkeys/{visitor.registered['passkey']['id']}"
    renamed = await visitor.post(f"{at}/rename", json={"name": "Work phone"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Work phone")
    nobodys = await visitor.post(
        "/auth/factors/passkeys/019a0b1c-5a2e-7c40-9a6e-2f4f6d1c8b77/rename", json={"name": "x"}
    )
    assert (nobodys.status_code, nobodys.json()["code"]) == (404, "passkey_not_found")
    assert (await visitor.delete(at)).status_code == 204
    await visitor.sign_in()
    refused = await sign_in_with(visitor, passkey)
    assert refused.json()["code"] == "passkey_refused"


@pytest.mark.usefixtures("passkey")
async def test_recovery_codes_go_with_the_last_passkey_even_if_an_app_was_begun(visitor):
    assert (await visitor.post("/auth/factors/totp")).status_code == 201
    removed = await visitor.delete(f"/auth/factors/passkeys/{visitor.registered['passkey']['id']}")
    assert removed.status_code == 204
    listed = (await visitor.get("/auth/factors")).json()
    assert (listed["totp"], listed["passkeys"], listed["recovery_codes_left"]) == (None, [], 0)


async def test_passkeys_work_where_the_server_says(visitor, passkey):
    passkey.origin = "http://127.0.0.1:8000"
    refused = await sign_in_with(visitor, passkey)
    assert refused.json()["hint"] == "Passkeys are for localhost and work at http://localhost:8000."
