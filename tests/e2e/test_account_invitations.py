"""Invitations that wait, on the account page in a real browser: to join or to decline, by keyboard, too."""

import re

import pytest

from browser import real_browser
from mail_server import MailServer

PASSWORD = "lluvia sobre tejado verde 7"
VERA = {"username": "vera", "password": PASSWORD}


@pytest.fixture
def post():
    post = MailServer()
    post.start()
    yield post
    post.stop()


@pytest.fixture
def server(shared, tmp_path, post):
    """Sends its mails to `post`."""
    host, port = post.address
    mail = {"DOCCHAIN_MAIL_HOST": host, "DOCCHAIN_MAIL_PORT": str(port), "DOCCHAIN_MAIL_SECURITY": "none"}
    server = type(shared)(tmp_path, DOCCHAIN_REGISTRATION="open", **mail)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def page(server):
    """Whatever the page complains of fails the test."""
    faults = []
    with real_browser() as chromium:
        page = chromium.new_page(base_url=server.url.replace("127.0.0.1", "localhost"), locale="en-GB")
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto("/account")
        page.wait_for_selector("html[data-ready]")
        yield page
    assert faults == []


def confirmed(server, admin, page, post):
    """Vera, whose address is hers."""
    admin.post("/auth/register", json=VERA | {"name": "Vera Sol"})
    with server.client(**VERA) as vera:
        asked = vera.post("/auth/email", json={"email": "vera@example.com", "password": PASSWORD})
        assert asked.status_code == 202, asked.text
    for _ in range(100):
        if post.mails:
            break
        page.wait_for_timeout(100)
    token = re.search(r"/account/email#(\S+)", post.text())[1]
    assert admin.post("/auth/email/confirm", json={"token": token}).is_success


def invited(admin, *places):
    for place in places:
        made = admin.post("/workspaces", json={"slug": place, "name": place.title()})
        assert made.status_code == 201, made.text
        order = {"role": "reviewer", "email": "vera@example.com"}
        sent = admin.post("/workspace/invitations", json=order, headers={"x-workspace": place})
        assert sent.status_code == 201, sent.text


def test_invitations_to_a_confirmed_address_are_answered_on_the_page(page, server, post):
    with server.client() as admin:
        confirmed(server, admin, page, post)
        invited(admin, "second", "third")
    page.locator("#username").fill("vera")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Invitations for you").wait_for()
    assert "as reviewer, invited by admin, until" in page.locator("#invitations").inner_text()
    page.get_by_role("button", name="Join: Second").focus()
    page.keyboard.press("Enter")
    page.get_by_text("You have joined Second.").wait_for()
    assert page.evaluate("document.activeElement.id") == "invited-title"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Decline: Third").click()
    page.get_by_text("You have declined the invitation to Third.").wait_for()
    page.get_by_role("heading", name="Invitations for you").wait_for(state="hidden")
    with server.client(**VERA) as vera:
        places = vera.get("/auth/me").json()["workspaces"]
    assert {(place["slug"], place["role"]) for place in places} == {("vera", "owner"), ("second", "reviewer")}
