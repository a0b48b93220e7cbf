"""A handshake is a read like any other: counted by user, else by address, and refused before the socket is there."""

import asyncio

import pytest
from live_server import LiveServer, bearer
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

FEW = '{"user.read": [150, 60000, 150], "ip.read": [3, 600, 3]}'


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    limits = {"DOCCHAIN_RATE_LIMITS": FEW, "DOCCHAIN_AUDIT_REFUSALS_SECONDS": "0.1"}
    server = LiveServer(tmp_path_factory.mktemp("few"), **limits)
    yield server
    server.end()


async def handshake(server, **headers: str):
    """What opens a socket, or refuses it."""
    address = f"{server.api.replace('http', 'ws')}/ws/ws"
    try:
        async with connect(address, additional_headers=headers, proxy=None) as connection:
            return connection.response
    except InvalidStatus as refused:
        return refused.response


async def test_strangers_are_refused_before_the_upgrade_and_users_are_counted_apart(few):
    mine = bearer(few.admin)
    known = await handshake(few, **mine)  # counted by its address: nobody knew yet whose token it is
    strangers = [await handshake(few) for _ in range(3)]
    assert [answer.status_code for answer in (known, *strangers)] == [101, 101, 101, 429]
    refused = strangers[2]
    assert '"code":"rate_limited"' in refused.body.decode()
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 190 <= int(refused.headers["Retry-After"]) <= 200
    assert refused.headers["RateLimit-Policy"] == '"ip.read";q=3;w=600'
    assert refused.headers["RateLimit"].startswith('"ip.read";r=0;t=')
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers["X-Request-ID"]

    async with few.http() as http, asyncio.timeout(30):
        asked = {"type": "security.rate_limited", "scope": "installation"}
        found = []
        while not found:
            told = await http.get("/security/audit/logs", params=asked)
            assert told.status_code == 200, told.text
            found = told.json()["items"]
            assert (await handshake(few)).status_code == 429
    assert found[0]["data"]["operation"] == "GET /api/v3/ws/ws"

    told = [(await handshake(few, **mine)).status_code for _ in range(150)]
    assert told[0] == 101
    assert told[149] == 429  # sockets and reads of a user are counted together
