"""Sign-in at a real OpenID provider in a process of its own: who comes back, linked to whom, with which role."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from docchain.features.identity.authorization.tables import GrantRow
from docchain.features.identity.repository import IdentityRepository
from docchain.platform.ids import new_id
from docchain.platform.settings import OidcSettings, OutgoingSettings, SecuritySettings, StorageSettings, load_settings
from docchain.platform.settings_factors import OidcProvider
from docchain.platform.work import SYSTEM
from openid_servers import consent, known_to, real_provider

BROWSER = {"accept": "text/html"}


@pytest.fixture(scope="module")
def issuer():
    with real_provider() as issuer:
        yield issuer


@pytest.fixture
def settings(tmp_path, issuer, clock):
    clock.moment = datetime.now(UTC)
    strict = OidcProvider(
        id="acme",
        title="Acme",
        issuer=issuer,
        client_id="docchain",
        client_secret=SecretStr("not in the open"),
        roles={"lawyers": "editor", "staff": "viewer"},
    )
    linking = OidcProvider(
        id="linking",
        issuer=issuer,
        client_id="docchain",
        client_secret=SecretStr("kept"),
        link_by_email=True,
        create_users=False,
        default_role="viewer",
    )
    return load_settings(
        None,
        storage=StorageSettings(data_dir=tmp_path),
        security=SecuritySettings(),
        oidc=OidcSettings(oidc_providers=[strict, linking]),
        outgoing=OutgoingSettings(outgoing_allow=[urlsplit(issuer).netloc]),
    )


async def come_back(visitor, subject, provider="acme", **claims):
    """Go there, sign in there, and come back."""
    known_to(str(visitor.issuer), subject, **claims)
    gone = await visitor.get(f"/auth/oidc/{provider}", headers=BROWSER)
    assert gone.status_code == 303, gone.text
    return await visitor.get(consent(gone.headers["location"], subject), headers=BROWSER)


@pytest.fixture
async def guest(visitor, issuer):
    """Somebody in a browser at the real provider."""
    visitor.issuer = issuer
    return visitor


def keep_grant(work, me):
    """Something that was granted to whoever is signed in."""
    row = GrantRow(
        id=new_id(),
        workspace_id=UUID(me["workspace"]["id"]),
        kind="workflow",
        thing_id=new_id(),
        label="workflow_1",
        subject_kind="user",
        subject=me["user"]["id"],
        actions=["execute"],
        created_at=work.now,
        created_by="admin",
    )
    work.session.add(row)


async def me(visitor):
    return (await visitor.get("/auth/me")).json()


async def test_the_providers_are_offered(guest):
    assert (await guest.get("/auth/oidc")).json() == [
        {"id": "acme", "title": "Acme", "start": "/api/v3/auth/oidc/acme"},
        {"id": "linking", "title": "linking", "start": "/api/v3/auth/oidc/linking"},
    ]


async def test_a_browser_is_sent_with_state_nonce_and_a_challenge(guest, issuer):
    gone = await guest.get("/auth/oidc/acme", headers=BROWSER)
    address = urlsplit(gone.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", "docchain", "S256")
    assert asked["scope"] == "openid profile email"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert "not in the open" not in gone.text + str(gone.headers)
    cookie = gone.headers["set-cookie"]
    assert all(mark in cookie for mark in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"))
    again = await guest.get("/auth/oidc/acme?again=true", headers=BROWSER)
    assert "prompt=login&max_age=0" in again.headers["location"]


async def test_a_newcomer_gets_a_user_with_the_role_of_their_group(guest):
    back = await come_back(
        guest,
        "s-1",
        preferred_username="Ána López",
        name="Ana López",
        email="ana@example.com",
        email_verified=True,
        groups=["staff", "lawyers"],
    )
    assert (back.status_code, back.headers["location"]) == (303, "/account")
    shown = await me(guest)
    assert shown["user"] | {"id": ""} == {
        "id": "",
        "username": "Ána-López",
        "name": "Ana López",
        "email": "ana@example.com",
    }
    assert (shown["workspace"]["slug"], shown["workspace"]["role"]) == ("default", "editor")
    assert {"user.created", "security.identity_linked", "membership.added", "session.started"} <= set(
        await guest.told()
    )


async def test_who_comes_again_is_the_same_user_with_the_groups_of_today(guest):
    await come_back(guest, "s-2", preferred_username="ben", groups=["lawyers"])
    first = await me(guest)
    await come_back(guest, "s-2", preferred_username="another", groups=["staff"])
    again = await me(guest)
    assert again["user"] == first["user"]
    assert (first["workspace"]["role"], again["workspace"]["role"]) == ("editor", "viewer")
    await guest.database.write(lambda work: keep_grant(work, again), SYSTEM)
    out = await come_back(guest, "s-2", preferred_username="ben", groups=[])
    assert out.headers["location"] == "/account?error=not_admitted"
    grants = await guest.database.read(lambda work: work.session.scalars(select(GrantRow)).all(), SYSTEM)
    assert grants == []


async def test_somebody_of_no_known_group_is_not_admitted(guest):
    back = await come_back(guest, "s-3", preferred_username="eve", groups=["visitors"])
    assert back.headers["location"] == "/account?error=not_admitted"
    assert (await guest.get("/auth/me")).status_code == 401
    names = await guest.database.read(lambda work: IdentityRepository(work.session).user_by_key("eve"), SYSTEM)
    assert names is None


async def test_a_name_that_is_taken_gets_a_number(guest):
    await come_back(guest, "s-4", preferred_username="admin", groups=["staff"])
    assert (await me(guest))["user"]["username"] == "admin-2"


async def own_address(guest, *, verified):
    """`admin` says that an address is theirs."""

    def write(work):
        user = IdentityRepository(work.session).user_by_key("admin")
        user.email, user.email_verified_at = "Boss@example.com", work.now if verified else None

    await guest.database.write(write, SYSTEM)


@pytest.mark.parametrize(
    ("here", "there", "linked"), [(True, True, True), (False, True, False), (True, False, False), (True, None, False)]
)
async def test_users_are_linked_by_an_address_that_both_sides_have_checked(guest, here, there, linked):
    await own_address(guest, verified=here)
    claims = {"email": "boss@example.com"} | ({} if there is None else {"email_verified": there})
    back = await come_back(guest, f"s-5-{here}-{there}", "linking", **claims)
    assert back.headers["location"] == ("/account" if linked else "/account?error=not_admitted")
    if linked:
        shown = await me(guest)
        assert (shown["user"]["username"], shown["workspace"]["role"]) == ("admin", "owner")


async def test_an_address_links_nobody_where_the_setting_does_not_say_so(guest):
    await own_address(guest, verified=True)
    claims = {"email": "boss@example.com", "email_verified": True, "groups": ["staff"]}
    await come_back(guest, "s-6", preferred_username="boss", **claims)
    assert (await me(guest))["user"]["username"] == "boss"


async def test_a_providers_word_alone_proves_no_address_here(guest):
    claims = {"email": "ceo@example.com", "email_verified": True, "groups": ["staff"]}
    await come_back(guest, "s-20", preferred_username="mallory", **claims)
    assert (await me(guest))["user"]["email"] == "ceo@example.com"
    invited = await guest.get("/auth/invitations")
    assert (invited.status_code, invited.json()["items"]) == (200, [])

    def proved(work):
        return IdentityRepository(work.session).user_by_key("mallory").email_verified_at

    assert await guest.database.read(proved, SYSTEM) is None


async def test_only_the_browser_that_left_may_come_back_and_once(guest):
    known_to(guest.issuer, "s-7", preferred_username="gus", groups=["staff"])
    gone = await guest.get("/auth/oidc/acme", headers=BROWSER)
    back = consent(gone.headers["location"], "s-7")
    kept = list(guest.cookies.jar)
    guest.cookies.clear()
    stranger = await guest.get(back, headers=BROWSER)
    assert stranger.headers["location"] == "/account?error=sign_in_expired"
    for cookie in kept:
        guest.cookies.jar.set_cookie(cookie)
    assert (
        (await guest.get(back.replace("state=", "state=x"), headers=BROWSER))
        .headers["location"]
        .endswith("sign_in_expired")
    )
    other = await guest.get(back.replace("/acme/", "/linking/"), headers=BROWSER)
    assert other.headers["location"] == "/account?error=sign_in_expired"
    assert (await guest.get(back, headers=BROWSER)).headers["location"] == "/account"
    again = await guest.get(back, headers=BROWSER)
    assert again.headers["location"] == "/account?error=sign_in_expired"


async def test_who_says_no_at_the_provider_is_told_so(guest):
    gone = await guest.get("/auth/oidc/acme", headers=BROWSER)
    back = consent(gone.headers["location"], "s-8", action="deny")
    state = parse_qs(urlsplit(gone.headers["location"]).query)["state"][0]
    joint = "" if "state=" in back else f"&state={state}"
    refused = await guest.get(back + joint, headers=BROWSER)
    assert refused.headers["location"] == "/account?error=provider_refused"


async def test_a_program_gets_a_problem_instead_of_a_page(guest):
    refused = await guest.get("/auth/oidc/nobody")
    assert (refused.status_code, refused.json()["code"]) == (404, "provider_not_found")
    refused = await guest.get("/auth/oidc/acme/callback?code=1&state=2")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_expired")


async def test_signing_out_goes_on_at_the_provider(guest, issuer):
    out = await guest.get("/auth/oidc/acme/sign-out", headers=BROWSER)
    assert out.status_code == 303
    assert out.headers["location"].startswith(f"{issuer}/oauth2/end_session?client_id=docchain")
