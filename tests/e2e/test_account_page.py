"""The account page in a real browser: by password, with an app, with a passkey; in both languages, by keyboard."""

import base64
import json
import time

import pytest

from browser import SoftwareAuthenticator, real_browser
from docchain.features.identity.factors.one_time_codes import PERIOD, code_at
from docchain.platform.ids import new_id
from openid_servers import known_to, real_provider

PASSWORD = "lluvia sobre tejado verde 7"


@pytest.fixture(scope="module")
def chromium():
    with real_browser() as browser:
        yield browser


@pytest.fixture
def page(chromium, shared):
    """A browser that knows nothing, at the account page; whatever the page complains of fails the test."""
    context = chromium.new_context(locale="en-GB", base_url=shared.url.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto("/account")
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def user(admin):
    """Somebody of their own."""
    name = f"vera{new_id().hex[-12:]}"
    made = admin.post("/auth/register", json={"username": name, "password": PASSWORD, "name": "Vera Sol"})
    assert made.status_code == 201, made.text
    return name


def sign_in(page, user):
    page.locator("#username").fill(user)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def signed_in(page):
    page.get_by_role("heading", name="Your account").wait_for()


def sign_out(page):
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_text("You are signed out.").wait_for()


def keep_codes(page):
    codes = page.locator("#codes-list li").all_inner_texts()
    page.get_by_role("button", name="I have kept them").click()
    return codes


def secret_shown(page):
    return base64.b32decode(page.locator("#app-secret").inner_text().replace(" ", ""))


def next_code(secret, after=0):
    """A code of a later period than one that was used; the window lets the next one in early."""
    return code_at(secret, int(time.time()) // PERIOD + after)


def test_a_password_signs_in_and_a_wrong_one_says_so(page, user):
    page.locator("#username").fill(user)
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("The username or the password is wrong.").wait_for()
    sign_in(page, user)
    signed_in(page)
    assert page.locator("#who").inner_text() == f"Vera Sol · {user}"
    assert "this session" in page.locator("#sessions").inner_text()
    assert "docchain" in {cookie["name"] for cookie in page.context.cookies() if cookie["httpOnly"]}
    page.reload()
    signed_in(page)
    sign_out(page)
    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_an_authenticator_app_is_set_up_and_asked_for(page, user):
    sign_in(page, user)
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_alt_text("QR code").wait_for()
    assert page.locator("#app-qr").evaluate("image => image.complete && image.naturalWidth > 100")
    secret = secret_shown(page)
    page.locator("#app-code").fill(next_code(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    codes = keep_codes(page)
    assert len(set(codes)) == 10
    sign_out(page)
    sign_in(page, user)
    page.get_by_role("heading", name="One more step").wait_for()
    page.locator("#code").fill("000000")
    page.locator("#code-form").get_by_role("button").click()
    page.get_by_text("That is wrong, or was used before.").wait_for()
    page.locator("#code").fill(next_code(secret, 1))
    page.locator("#code-form").get_by_role("button").click()
    signed_in(page)
    sign_out(page)
    sign_in(page, user)
    page.get_by_role("button", name="Use a recovery code").click()
    page.locator("#recovery").fill(codes[0])
    page.locator("#recovery-form").get_by_role("button").click()
    signed_in(page)
    page.get_by_text("9 left").wait_for()


def test_a_passkey_is_made_and_signs_in_alone_and_after_the_password(page, user):
    authenticator = SoftwareAuthenticator(page)
    sign_in(page, user)
    page.locator("#passkey-name").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    assert len(keep_codes(page)) == 10
    page.locator("#passkeys").get_by_text("Laptop").wait_for()
    kept = authenticator.passkeys()
    assert [(each["isResidentCredential"], each["rpId"]) for each in kept] == [(True, "localhost")]
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    signed_in(page)
    assert page.locator("#who").inner_text().endswith(user)
    sign_out(page)
    sign_in(page, user)
    page.locator("#second-passkey").click()
    signed_in(page)
    assert authenticator.passkeys()[0]["signCount"] == 3
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove: Laptop").click()
    page.locator("#passkeys").get_by_text("Laptop").wait_for(state="detached")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This passkey is not accepted here.").wait_for()


def test_what_matters_asks_who_you_are_once_more(page, user):
    sign_in(page, user)
    signed_in(page)
    asked = {"code": "step_up_required", "detail": "Prove it.", "methods": ["password"]}
    once = iter([asked])

    def late(route):
        """As after a quarter of an hour; it stays, for a route that ends itself may let go of its request."""
        refusal = next(once, None)
        return route.continue_() if refusal is None else route.fulfill(status=401, json=refusal)

    page.route("**/factors/totp", late)
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("heading", name="Is it still you?").wait_for()
    page.locator("#prove-password").fill("wrong")
    page.locator("#prove-send").click()
    page.locator("#prove-error").get_by_text("That is wrong").wait_for()
    page.locator("#prove-password").fill(PASSWORD)
    page.locator("#prove-send").click()
    page.get_by_alt_text("QR code").wait_for()
    sign_out(page)  # with the cookie and the token that came with the proof


def test_an_invitation_is_taken_by_a_newcomer(page, admin, shared):
    made = admin.post("/workspace/invitations", json={"role": "reviewer"})
    assert made.status_code == 201, made.text
    page.goto(f"/account/invitation#{made.json()['invitation']}")
    page.get_by_text("You are invited to a workspace.").wait_for()
    assert "invitation" not in page.url
    page.get_by_role("button", name="Create an account").click()
    name = f"nora{new_id().hex[-12:]}"
    page.locator("#newcomer-username").fill(name)
    page.locator("#newcomer-password").fill(PASSWORD)
    page.locator("#newcomer-form").get_by_role("button").click()
    signed_in(page)
    with shared.client(username=name, password=PASSWORD) as nora:
        places = nora.get("/auth/me").json()["workspaces"]
        assert ("default", "reviewer") in [(place["slug"], place["role"]) for place in places]


def member_of_nothing(admin, user):
    """They leave the workspace that they came with."""
    own = {"username": user, "password": PASSWORD}
    taken = admin.put(f"/admin/users/admin/workspaces/{user}", json={"role": "owner"})
    assert taken.status_code == 200, taken.text
    token = admin.post("/auth/login", json=own).json()["access_token"]
    left = admin.post("/workspace/leave", headers={"authorization": f"Bearer {token}"})
    assert left.status_code == 204, left.text


def test_an_invitation_is_taken_by_a_member_of_nothing(page, admin, user):
    member_of_nothing(admin, user)
    made = admin.post("/workspace/invitations", json={"role": "viewer"}, headers={"x-workspace": "default"}).json()
    page.goto(f"/account/invitation#{made['invitation']}")
    page.get_by_text("You are invited to a workspace.").wait_for()
    sign_in(page, user)
    signed_in(page)
    page.locator("#notice", has_text="You have joined").wait_for()
    assert page.locator("#who").inner_text() == f"Vera Sol · {user}"
    page.reload()
    signed_in(page)


def test_a_member_of_nothing_is_told_so_and_keeps_an_account(page, admin, user):
    member_of_nothing(admin, user)
    sign_in(page, user)
    signed_in(page)
    page.get_by_text("You are a member of no workspace yet. Open the link of an invitation.").wait_for()
    page.get_by_role("link", name="Español").click()
    page.get_by_text("Todavía no forma parte de ningún espacio de trabajo. Abra el enlace").wait_for()
    page.get_by_role("button", name="Cerrar sesión", exact=True).click()
    page.get_by_text("Ha cerrado la sesión.").wait_for()


def test_a_provider_signs_in_by_its_button(chromium, shared, tmp_path):
    with real_provider() as issuer:
        known_to(issuer, "s-1", preferred_username="olga", groups=["staff"])
        provider = {"id": "acme", "title": "Acme", "issuer": issuer, "client_id": "docchain", "client_secret": "kept"}
        chosen = json.dumps([provider | {"roles": {"staff": "editor"}}])
        allowed = json.dumps([issuer.removeprefix("http://")])
        server = type(shared)(tmp_path, DOCCHAIN_OIDC_PROVIDERS=chosen, DOCCHAIN_OUTGOING_ALLOW=allowed)
        server.start()
        try:
            page = chromium.new_page(base_url=server.url.replace("127.0.0.1", "localhost"), locale="en-GB")
            page.goto("/account")
            page.get_by_role("link", name="Sign in with Acme").click()
            page.locator("input[name=sub]").last.fill("s-1")
            page.keyboard.press("Enter")
            signed_in(page)
            assert page.locator("#who").inner_text() == "olga · olga"
            page.get_by_role("button", name="Set up an app").click()
            again = page.get_by_role("link", name="Sign in again at your provider, then repeat the change")
            assert again.get_attribute("href") == "/api/v3/auth/oidc/acme?again=true"
            page.close()
        finally:
            server.kill()


def test_the_page_speaks_spanish_and_remembers_it(page, chromium, shared):
    page.get_by_role("link", name="Español").click()
    page.get_by_role("button", name="Entrar con una llave de acceso").wait_for()
    assert page.locator("html").get_attribute("lang") == "es"
    page.goto("/account")
    page.get_by_role("heading", name="Iniciar sesión").wait_for()
    spanish = chromium.new_context(locale="es-ES", base_url=shared.url)
    other = spanish.new_page()
    other.goto("/account?error=not_admitted")
    other.get_by_text("Su proveedor le conoce, pero aquí no tiene acceso.").wait_for()
    spanish.close()


def test_the_page_is_used_by_keyboard_and_names_its_fields(page, user):
    assert page.evaluate("document.activeElement.id") == "username"
    page.keyboard.type(user)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    signed_in(page)
    assert page.evaluate("document.activeElement.id") == "home-title"
    unnamed = "[...document.querySelectorAll('input')].filter(field => !field.labels.length).map(field => field.id)"
    assert page.evaluate(unnamed) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_no_script_but_our_own_runs_on_the_page(chromium, shared):
    page = chromium.new_page(base_url=shared.url)
    policy = page.goto("/account").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken"';
        document.body.append(script);
    }""")
    assert page.title() == "Your account · Document Workflow Chain"
    page.close()
