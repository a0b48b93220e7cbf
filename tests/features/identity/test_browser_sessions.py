"""Browsers that stay signed in by a cookie: what it does, what it never does, and how sessions end."""

import httpx
import pytest

from docchain.features.identity import SignIn
from docchain.platform.settings import SecuritySettings
from docchain.platform.work import SYSTEM

ADMIN = {"username": "admin", "password": "admin123"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def security():
    return SecuritySettings(registration="open", session_days=3, session_idle_minutes=60)


async def enter(browser, **headers):
    answer = await browser.post("/auth/login", json=ADMIN | {"cookies": True}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_cookie_keeps_a_browser_signed_in_and_pages_get_no_tokens(browser):
    answer = await browser.post("/auth/login", json=ADMIN | {"cookies": True})
    assert set(answer.json()) == {"csrf_token", "expires_at", "user", "workspace"}
    parts = [part.strip() for part in answer.headers["set-cookie"].split(";")]
    assert parts[0].startswith("docchain=dcs_")
    assert set(parts[1:]) == {"HttpOnly", "Path=/", "SameSite=strict", "Max-Age=259200"}
    assert (await browser.get("/auth/me")).json()["user"]["username"] == "admin"
    session = (await browser.get("/auth/session")).json()
    assert session["csrf_token"] == answer.json()["csrf_token"]
    assert (session["kind"], session["method"], session["current"]) == ("browser", "password", True)


async def test_the_cookie_is_random_and_only_its_digest_is_kept(browser, database):
    await enter(browser)
    first = browser.cookies["docchain"]
    await enter(browser)
    assert len(first) > 40
    assert browser.cookies["docchain"] != first
    rows = await database.read(
        lambda work: work.session.connection().exec_driver_sql("SELECT * FROM sign_in_session").all(), SYSTEM
    )
    assert first not in str(rows)
    assert browser.cookies["docchain"] not in str(rows)


async def test_a_new_sign_in_ends_the_one_that_the_browser_had(browser):
    await enter(browser)
    planted = browser.cookies["docchain"]
    await enter(browser)
    old = await browser.get("/auth/me", headers={"cookie": f"docchain={planted}"})
    assert (old.status_code, old.json()["code"]) == (401, "session_ended")
    assert len((await browser.get("/auth/sessions")).json()["items"]) == 1


async def test_the_value_of_a_cookie_is_no_bearer_token(browser, client):
    await enter(browser)
    answer = await client.get("/auth/me", headers={"authorization": f"Bearer {browser.cookies['docchain']}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_an_access_token_in_the_cookie_is_believed_by_nobody(client):
    token = (await client.post("/auth/login", json=ADMIN)).json()["access_token"]
    answer = await client.get("/auth/me", headers={"cookie": f"docchain={token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_change_needs_the_token_of_this_session(browser):
    csrf = (await enter(browser))["csrf_token"]
    missing = await browser.delete("/auth/sessions")
    assert (missing.status_code, missing.json()["code"]) == (403, "csrf")
    wrong = await browser.delete("/auth/sessions", headers={"x-csrf-token": "0" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "csrf")
    right = await browser.delete("/auth/sessions", headers={"x-csrf-token": csrf})
    assert (right.status_code, right.json()) == (200, {"ended": 0})


async def test_the_token_of_another_session_is_refused(browser):
    await enter(browser)
    others = await browser.post("/auth/login", json=ADMIN | {"cookies": True}, headers={"cookie": ""})
    mine = await enter(browser)
    refused = await browser.delete("/auth/sessions", headers={"x-csrf-token": others.json()["csrf_token"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert mine["csrf_token"] != others.json()["csrf_token"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://docchain.test"},
    ],
)
async def test_other_sites_cannot_change_anything_even_with_the_token(browser, headers):
    csrf = (await enter(browser))["csrf_token"]
    answer = await browser.delete("/auth/sessions", headers={"x-csrf-token": csrf, **headers})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://docchain.test", 200), ("https://evil.example", 403), ("null", 403), ("", 403)],
)
async def test_browsers_that_tell_only_an_origin_are_judged_by_it(browser, origin, status):
    csrf = (await enter(browser))["csrf_token"]
    del browser.headers["sec-fetch-site"]
    headers = {"x-csrf-token": csrf} | ({"origin": origin} if origin else {})
    assert (await browser.delete("/auth/sessions", headers=headers)).status_code == status


async def test_a_form_of_another_site_posts_in_vain(browser):
    await enter(browser)
    form = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"}
    answer = await browser.post("/auth/logout", content=b"a=b", headers=form)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert (await browser.get("/auth/me")).status_code == 200


async def test_another_site_cannot_sign_a_browser_in(browser):
    answer = await browser.post("/auth/login", json=ADMIN | {"cookies": True}, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert "set-cookie" not in answer.headers


async def test_bearer_requests_need_no_csrf_token(client):
    token = (await client.post("/auth/login", json=ADMIN)).json()["access_token"]
    answer = await client.delete("/auth/sessions", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(browser):
    csrf = (await enter(browser))["csrf_token"]
    cookie = browser.cookies["docchain"]
    answer = await browser.post("/auth/logout", headers={"x-csrf-token": csrf})
    assert answer.status_code == 204
    assert 'docchain=""' in answer.headers["set-cookie"]
    assert (await browser.get("/auth/me", headers={"cookie": f"docchain={cookie}"})).status_code == 401


async def test_a_browser_that_is_not_used_is_signed_out(browser, clock):
    await enter(browser)
    clock.advance(minutes=59)
    assert (await browser.get("/auth/me")).status_code == 200
    clock.advance(minutes=59)
    assert (await browser.get("/auth/me")).status_code == 200
    clock.advance(minutes=60)
    ended = await browser.get("/auth/me")
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


async def test_no_session_outlives_its_last_day_however_often_it_is_used(browser, clock):
    await enter(browser)
    for _ in range(95):
        clock.advance(minutes=45)
        assert (await browser.get("/auth/me")).status_code == 200
    clock.advance(minutes=45)
    assert (await browser.get("/auth/me")).json()["code"] == "session_ended"


async def test_refreshing_does_not_outlive_the_last_day_either(client, clock):
    tokens = (await client.post("/auth/login", json=ADMIN)).json()
    clock.advance(days=2)
    tokens = (await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})).json()
    clock.advance(days=1)
    ended = await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert (ended.status_code, ended.json()["code"]) == (401, "session_ended")


async def test_sessions_are_listed_with_device_address_and_use(browser, client, clock):
    token = (await client.post("/auth/login", json=ADMIN, headers={"user-agent": "curl/8.5.0"})).json()["access_token"]
    clock.advance(minutes=10)
    await enter(browser, **{"user-agent": FIREFOX})
    items = (await browser.get("/auth/sessions")).json()["items"]
    assert [(item["device"], item["kind"], item["address"], item["current"]) for item in items] == [
        ("Firefox on Linux", "browser", "192.0.2.1", True),
        ("curl/8.5.0", "tokens", "192.0.2.1", False),
    ]
    assert items[0]["started_at"] == items[0]["seen_at"] == "2026-05-01T12:10:00Z"
    clock.advance(minutes=20)
    await client.get("/auth/me", headers={"authorization": f"Bearer {token}"})
    items = (await browser.get("/auth/sessions")).json()["items"]
    assert {item["device"]: item["seen_at"] for item in items}["curl/8.5.0"] == "2026-05-01T12:30:00Z"


async def test_ending_one_session_leaves_the_others(browser, client):
    other = (await client.post("/auth/login", json=ADMIN)).json()["access_token"]
    headers = {"x-csrf-token": (await enter(browser))["csrf_token"]}
    items = (await browser.get("/auth/sessions")).json()["items"]
    gone = next(item["id"] for item in items if not item["current"])
    assert (await browser.delete(f"/auth/sessions/{gone}", headers=headers)).status_code == 204
    assert (await client.get("/auth/me", headers={"authorization": f"Bearer {other}"})).status_code == 401
    assert (await browser.get("/auth/me")).status_code == 200
    again = await browser.delete(f"/auth/sessions/{gone}", headers=headers)
    assert (again.status_code, again.json()["code"]) == (404, "session_not_found")


async def test_nobody_sees_or_ends_the_sessions_of_others(browser, client):
    ana = {"username": "ana", "password": "correct horse battery"}
    token = (await client.post("/auth/register", json=ana)).json()["access_token"]
    own = {"authorization": f"Bearer {token}"}
    await enter(browser)
    admins = (await browser.get("/auth/session")).json()["id"]
    assert (await client.delete(f"/auth/sessions/{admins}", headers=own)).status_code == 404
    assert len((await client.get("/auth/sessions", headers=own)).json()["items"]) == 1
    assert (await browser.get("/auth/me")).status_code == 200


async def test_signing_out_everywhere_else_reaches_every_process(browser, client, database, passwords, security):
    elsewhere = SignIn(database, passwords, security)
    token = (await client.post("/auth/login", json=ADMIN)).json()["access_token"]
    assert (await elsewhere.authenticate(token, None)).name == "admin"
    csrf = (await enter(browser))["csrf_token"]
    ended = await browser.delete("/auth/sessions", headers={"x-csrf-token": csrf})
    assert ended.json() == {"ended": 1}
    with pytest.raises(Exception, match="This session has ended"):
        await elsewhere.authenticate(token, None)


async def test_sessions_that_are_long_over_are_swept_out(browser, client, clock, database):
    await client.post("/auth/login", json=ADMIN)
    await enter(browser)
    clock.advance(days=50)
    await client.post("/auth/login", json=ADMIN)
    assert await rows_of(database) == (3, 1)
    clock.advance(days=50)
    assert (await client.post("/auth/login", json=ADMIN)).status_code == 200
    assert await rows_of(database) == (2, 1)


async def rows_of(database):
    """How many sessions and refresh tokens are kept."""

    def count(work):
        tables = ("sign_in_session", "refresh_token")
        return tuple(
            work.session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608 - ours
            for table in tables
        )

    return await database.read(count, SYSTEM)


async def test_whoever_is_in_no_workspace_can_still_sign_out(browser, database):
    csrf = (await enter(browser))["csrf_token"]
    await database.write(lambda work: work.session.connection().exec_driver_sql("DELETE FROM membership"), SYSTEM)
    assert (await browser.post("/auth/logout", headers={"x-csrf-token": csrf})).status_code == 204


class TestProduction:
    @pytest.fixture
    def security(self):
        return SecuritySettings(profile="production", secret_key="k" * 40, admin_password="of-our-own-1")

    async def test_outside_development_the_cookie_is_bound_to_our_host_and_to_tls(self, browser):
        answer = await browser.post("/auth/login", json=ADMIN | {"cookies": True})
        parts = {part.strip() for part in answer.headers["set-cookie"].split(";")}
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= parts
        value = answer.headers["set-cookie"].split(";")[0]
        assert value.startswith("__Host-docchain=dcs_")
        assert (await browser.get("/auth/me", headers={"cookie": value})).status_code == 200

    async def test_a_cookie_that_a_neighbour_may_have_set_is_believed_by_nobody(self, app, browser):
        answer = await browser.post("/auth/login", json=ADMIN | {"cookies": True})
        value = answer.headers["set-cookie"].split(";")[0].removeprefix("__Host-")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://docchain.test/api/v3"
        ) as other:
            assert (await other.get("/auth/me", headers={"cookie": value})).status_code == 401
