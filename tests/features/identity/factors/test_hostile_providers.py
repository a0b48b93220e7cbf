"""Providers and tokens that lie: every lie is found, and keys that changed are found, too."""

import hmac
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt

from docchain.platform.settings import OidcSettings, OutgoingSettings, SecuritySettings, StorageSettings, load_settings
from docchain.platform.settings_factors import OidcProvider
from openid_servers import MadeProvider, new_key
from software_passkey import coded


@pytest.fixture(scope="module")
def keys():
    return {name: new_key(name) for name in ("second", "stranger", "third")}


@pytest.fixture
def made():
    provider = MadeProvider()
    yield provider
    provider.close()


@pytest.fixture
def settings(tmp_path, made):
    provider = OidcProvider(id="made", issuer=made.issuer, client_id="docchain", default_role="viewer")
    return load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path),
        security=SecuritySettings(),
        oidc=OidcSettings(oidc_providers=[provider]),
        outgoing=OutgoingSettings(outgoing_allow=[made.host]),
    )


@pytest.fixture(params=["sqlite"])
def database_url(tmp_path):
    return f"sqlite:///{tmp_path}/app.db"


async def leave(visitor, again=""):
    return (await visitor.get(f"/auth/oidc/made{again}", headers={"accept": "text/html"})).headers["location"]


async def come_back(visitor, address, more=""):
    state = parse_qs(urlsplit(address).query)["state"][0]
    return await visitor.get(f"/auth/oidc/made/callback?code=c&state={state}{more}")


def now_of(visitor):
    return int(visitor.clock.now().timestamp())


async def test_an_honest_answer_is_taken(visitor, made):
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    assert (await come_back(visitor, address)).headers["location"] == "/account"
    assert (await visitor.get("/auth/me")).json()["user"]["username"] == "carla"
    assert made.form["grant_type"] == "authorization_code"
    assert len(made.form["code_verifier"]) == 43


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"aud": "another"}, "It was made for another client."),
        ({"aud": ["docchain", "another"]}, "It was made for several clients."),
        ({"aud": ["docchain", "another"], "azp": "another"}, "It was made for several clients."),
        ({"azp": "another"}, "It was asked for by another client."),
        ({"aud": None}, "It was made for another client."),
        ({"iss": "https://elsewhere.example.com"}, "Its issuer is another one."),
        ({"nonce": "replayed"}, "It belongs to another sign-in."),
        ({"nonce": None}, "It belongs to another sign-in."),
        ({"exp": 1_000}, "It has expired."),
        ({"exp": None}, "It does not say exp."),
        ({"exp": True}, "It does not say exp."),
        ({"iat": 9_999_999_999}, "It is from the future."),
        ({"nbf": 9_999_999_999}, "It is not valid yet."),
        ({"sub": None}, "It names nobody."),
        ({"sub": ""}, "It names nobody."),
    ],
)
async def test_claims_that_are_wrong_are_refused(visitor, made, lie, told):
    address = await leave(visitor)
    made.says(address, now_of(visitor), **lie)
    refused = await come_back(visitor, address)
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (403, "id_token_refused", told)
    assert (await visitor.get("/auth/me")).status_code == 401


@pytest.mark.parametrize("forged", ["none", "shared secret", "stranger's key", "own key in the header", "cut", "noise"])
async def test_forged_signatures_are_refused(visitor, made, keys, forged):
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    honest = jwt.encode({"alg": "RS256", "kid": "first"}, made.claims, made.key)
    header, body, signature = honest.split(".")
    if forged == "none":
        made.token = f"eyJhbGciOiJub25lIn0.{body}."
    elif forged == "shared secret":  # the public key, taken as a secret
        text = coded(b'{"alg":"HS256","kid":"first"}') + f".{body}"
        mac = hmac.digest(made.key.as_pem(private=False), text.encode(), "sha256")
        made.token = f"{text}.{coded(mac)}"
    elif forged == "stranger's key":
        made.token = jwt.encode({"alg": "RS256", "kid": "first"}, made.claims, keys["stranger"])
    elif forged == "own key in the header":
        stranger = keys["stranger"]
        with_key = {"alg": "RS256", "kid": "first", "jwk": stranger.as_dict(private=False)}
        made.token = jwt.encode(with_key, made.claims, stranger)
    else:
        made.token = f"{header}.{body}.{signature[:-8]}" if forged == "cut" else "no.token.at all"
    refused = await come_back(visitor, address)
    assert (refused.status_code, refused.json()["code"]) == (403, "id_token_refused"), refused.text


async def test_new_keys_are_looked_for_but_not_for_every_unknown_one(visitor, made, keys):
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    await come_back(visitor, address)
    visitor.clock.advance(minutes=2)
    made.key = keys["second"]
    made.published = [made.key]
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    assert (await come_back(visitor, address)).headers["location"] == "/account"
    made.key = keys["third"]  # which it does not publish
    for _ in range(3):
        address = await leave(visitor)
        made.says(address, now_of(visitor))
        assert (await come_back(visitor, address)).json()["code"] == "id_token_refused"
    assert made.asked.count("/keys") == 2


async def test_proving_it_again_needs_a_fresh_proof(visitor, made):
    now = now_of(visitor)
    for proved, right in ((None, False), (now - 3_600, False), (now + 3_600, False), (now, True)):
        address = await leave(visitor, "?again=true")
        made.says(address, now_of(visitor), auth_time=proved)
        back = await come_back(visitor, address)
        assert (back.status_code == 303) is right, back.text


async def enrols(visitor):
    """What a dangerous action answers to whoever came back in this browser."""
    token = (await visitor.get("/auth/session")).json()["csrf_token"]
    answer = await visitor.post(
        "/auth/factors/totp", headers={"x-csrf-token": token, "origin": "http://localhost:8000"}
    )
    return answer.status_code, answer.json().get("code"), answer.json().get("methods")


@pytest.mark.parametrize("said", [None, 0])
async def test_a_silent_sign_in_elsewhere_is_no_proof_even_if_the_provider_says_when(visitor, made, said):
    address = await leave(visitor)
    made.says(address, now_of(visitor), **({} if said is None else {"auth_time": now_of(visitor) - said}))
    await come_back(visitor, address)
    assert await enrols(visitor) == (401, "step_up_required", ["oidc"])


async def test_a_proof_elsewhere_is_as_old_as_the_provider_says(visitor, made):
    address = await leave(visitor, "?again=true")
    made.says(address, now_of(visitor), auth_time=now_of(visitor) - 240)
    await come_back(visitor, address)
    assert await enrols(visitor) == (201, None, None)
    visitor.clock.advance(minutes=10)
    assert (await enrols(visitor))[0] == 201
    visitor.clock.advance(minutes=2)
    assert await enrols(visitor) == (401, "step_up_required", ["oidc"])


async def test_another_provider_cannot_answer_for_this_one(visitor, made):
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    refused = await come_back(visitor, address, "&iss=https://elsewhere.example.com")
    assert (refused.status_code, refused.json()["code"]) == (403, "provider_refused")


async def test_a_description_of_somebody_else_is_refused(visitor, made):
    made.description = {"issuer": "https://elsewhere.example.com"}
    refused = await visitor.get("/auth/oidc/made")
    assert (refused.status_code, refused.json()["code"]) == (503, "provider_unavailable")


async def test_a_provider_inside_is_not_reached_unless_it_is_allowed(visitor, made):
    made.description = {"jwks_uri": "http://127.0.0.1:1/keys"}
    address = await leave(visitor)
    made.says(address, now_of(visitor))
    refused = await come_back(visitor, address)
    assert (refused.status_code, refused.json()["code"]) == (503, "provider_unavailable")
    assert "DOCCHAIN_OUTGOING_ALLOW" in refused.json()["detail"]
