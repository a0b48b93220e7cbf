"""Where a second factor is a duty, a socket is no way around it: neither when it opens, nor later."""

import base64
import time

import httpx
import pytest
from live_server import LiveServer, bearer

from docchain.features.identity.factors.one_time_codes import PERIOD, code_at


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    server = LiveServer(tmp_path_factory.mktemp("strict"), DOCCHAIN_SECOND_FACTOR="everybody")
    yield server
    server.end()


async def enrolled(server, token):
    """The recovery codes of somebody who set up an app."""
    async with server.http(token) as http:
        secret = base64.b32decode((await http.post("/auth/factors/totp")).json()["secret"])
        code = code_at(secret, int(time.time()) // PERIOD)
        done = await http.post("/auth/factors/totp/confirm", json={"code": code})
        assert done.status_code == 200, done.text
        return done.json()["recovery_codes"]


async def test_who_owes_one_opens_no_socket(strict):
    async with strict.socket(**bearer(strict.admin)) as client:
        assert (await client.hear())["code"] == "second_factor_needed"
        assert await client.close_code() == (4401, "Set up a second factor first")
    async with strict.socket() as client:
        assert (await client.ask("authenticate", id=1, token=strict.admin))["code"] == "second_factor_needed"
        assert (await client.close_code())[0] == 4401


def test_who_owes_one_is_not_told_of_the_connections(strict):
    refused = httpx.get(f"{strict.api}/ws/stats", headers=bearer(strict.admin))
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    assert httpx.get(f"{strict.api}/ws/stats").status_code == 200


async def test_who_comes_to_owe_one_loses_the_socket_at_once(strict):
    ana = strict.register("ana")
    codes = await enrolled(strict, ana)
    async with strict.signed_in(ana) as client, strict.http(ana) as http:
        assert (await client.ask("subscribe", id=1, events=["workflow.*"]))["type"] == "ok"
        gone = await http.post(
            "/auth/factors/totp/remove", json={"proof": {"method": "recovery_code", "code": codes[0]}}
        )
        assert gone.status_code == 204, gone.text
        assert await client.close_code() == (4401, "Set up a second factor first")
