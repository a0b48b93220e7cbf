"""Ways into a socket, and who is kept out."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from live_server import bearer

from docchain.platform.settings import DEFAULT_SECRET_KEY
from docchain.platform.tokens import Tokens


async def test_before_it_signs_in_a_socket_answers_nothing_but_ping(server):
    async with server.socket("connection_id=c1&user_id=admin") as client:
        assert await client.ask("ping", id=1) == {"type": "pong", "id": 1}
        refused = await client.ask("subscribe", id="s", events=["run.*"])
        assert (refused["id"], refused["code"]) == ("s", "unauthenticated")
        assert refused["hint"] == 'Send {"type": "authenticate", "token": "<access_token>"}.'
        welcome = await client.ask("authenticate", id=2, token=server.admin)
        assert (welcome["type"], welcome["id"], welcome["user"]) == ("welcome", 2, "admin")
        assert (await client.ask("subscribe", id="s", events=["run.*"]))["type"] == "ok"


async def test_a_bearer_token_signs_in_at_the_handshake(server):
    async with server.signed_in() as client:
        assert client.welcome["user"] == "admin"
    async with server.socket(**bearer("no token")) as client:
        assert (await client.hear())["code"] == "bad_token"
        assert await client.close_code() == (4401, "The access token is not valid")


async def test_the_value_of_a_cookie_is_no_token(server):
    cookie, _ = await cookie_of(server)
    async with server.socket(**bearer(cookie)) as client:
        assert (await client.hear())["code"] == "bad_token"
        assert (await client.close_code())[0] == 4401
    async with server.socket() as client:
        assert (await client.ask("authenticate", id=1, token=cookie))["code"] == "bad_token"


async def test_a_wrong_first_message_ends_the_socket(server):
    async with server.socket() as client:
        assert (await client.ask("authenticate", id=1, token="x"))["code"] == "bad_token"
        assert (await client.close_code())[0] == 4401


async def test_of_many_who_bring_one_ticket_one_gets_in(server):
    async with server.http() as http:
        ticket = (await http.post("/ws/ticket")).json()["ticket"]

    async def bring() -> str:
        async with server.socket(f"ticket={ticket}") as client:
            heard = await client.hear()
            return heard.get("code", heard["type"])

    came = await asyncio.gather(*(bring() for _ in range(20)))
    assert sorted(came) == ["bad_ticket"] * 19 + ["welcome"]


async def test_a_ticket_is_for_the_workspace_it_was_asked_for(server):
    async with server.http() as http:
        mine = (await http.get("/auth/me")).json()
        asked = await http.post("/ws/ticket", headers={"X-Workspace": mine["workspace"]["slug"]})
    async with server.socket(f"ticket={asked.json()['ticket']}") as client:
        assert (await client.hear())["workspace"] == mine["workspace"]["id"]


async def test_a_ticket_does_not_outlive_its_session(server):
    token = server.sign_in("admin", "admin123")
    async with server.http(token) as http:
        ticket = (await http.post("/ws/ticket")).json()["ticket"]
        await http.post("/auth/logout")
    async with server.socket(f"ticket={ticket}") as client:
        assert (await client.hear())["code"] == "session_ended"


async def cookie_of(server) -> tuple[str, httpx.Response]:
    async with httpx.AsyncClient(base_url=server.api) as http:
        asked = {"username": "admin", "password": "admin123", "cookies": True}
        answer = await http.post("/auth/login", json=asked, headers={"sec-fetch-site": "same-origin"})
        return answer.cookies["docchain"], answer


async def test_the_cookie_of_a_sign_in_opens_sockets_from_our_own_pages(server):
    cookie, answer = await cookie_of(server)
    kept = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in kept.split(";")}
    headers = {"Cookie": f"docchain={cookie}", "Origin": f"http://127.0.0.1:{server.port}"}
    async with server.socket(**headers) as client:
        assert (await client.hear())["user"] == "admin"
    async with server.http(cookie) as http:
        assert (await http.get("/auth/me")).json()["code"] == "unauthenticated"


@pytest.mark.parametrize("origin", [{"Origin": "https://elsewhere.example"}, {}])
async def test_the_cookie_does_nothing_for_pages_of_others(server, origin):
    cookie, _ = await cookie_of(server)
    async with server.socket(Cookie=f"docchain={cookie}", **origin) as client:
        assert (await client.hear())["code"] == "foreign_origin"
        assert (await client.close_code())[0] == 4403


async def test_a_cookie_that_expired_leaves_the_other_ways_open(server):
    headers = {"Cookie": "docchain=old", "Origin": f"http://127.0.0.1:{server.port}"}
    async with server.socket(**headers) as client:
        assert (await client.hear())["code"] == "session_ended"
        assert (await client.ask("authenticate", token=server.admin))["type"] == "welcome"


async def test_the_end_of_the_session_ends_its_sockets(server):
    token = server.sign_in("admin", "admin123")
    async with server.signed_in(token) as client, server.signed_in() as other, server.http(token) as http:
        assert "docchain=" in (await http.post("/auth/logout")).headers["set-cookie"]
        assert await client.close_code() == (4401, "This session has ended")
        assert (await other.ask("ping"))["type"] == "pong"


async def test_a_socket_lives_as_long_as_its_token_or_a_newer_one(server):
    long = Tokens(DEFAULT_SECRET_KEY, timedelta(hours=1))
    short, _ = Tokens(DEFAULT_SECRET_KEY, timedelta(seconds=2)).issue({"sid": long.read(server.admin)["sid"]})
    async with server.signed_in(short) as ends, server.signed_in(short) as goes_on:
        assert (await goes_on.ask("authenticate", id=1, token=server.admin))["type"] == "welcome"
        assert await ends.close_code() == (4401, "The sign-in has expired.")
        assert (await goes_on.ask("ping"))["type"] == "pong"


async def test_a_socket_stays_with_its_user(server, eve):
    async with server.signed_in() as client:
        assert (await client.ask("authenticate", id=1, token=eve))["code"] == "signed_in_as_another"
        assert (await client.ask("ping"))["type"] == "pong"
