"""A parameter comes from one place: what is sent in another, or twice, is not taken for it."""

import httpx
import pytest

from conftest import BASE, opened


@pytest.fixture
async def olga(tmp_path):
    async with opened(tmp_path, None) as product:
        yield await product.member("olga", "owner")


def nobody(olga):
    """Of the same product."""
    return httpx.AsyncClient(transport=olga._transport, base_url=BASE)  # noqa: SLF001 - there is no other way to it


async def test_what_belongs_in_the_body_is_not_taken_from_the_address_a_header_or_a_cookie(olga):
    body = {"password": "admin123"}
    client = nobody(olga)
    client.headers["username"] = "admin"
    client.cookies.set("username", "admin")
    answer = await client.post("/auth/login", params={"username": "admin"}, json=body)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["username"]


async def test_what_belongs_in_the_address_is_not_taken_from_a_header(olga):
    for name in "abc":
        await olga.made("/workflows", {"name": name})
    assert len(await olga.seen("/workflows?limit=2")) == 2
    answer = await olga.get("/workflows", headers={"limit": "1"})
    assert len(answer.json()["items"]) == 3


async def test_the_token_in_the_address_signs_nobody_in(olga):
    token = olga.headers["authorization"].removeprefix("Bearer ")
    client = nobody(olga)
    for params in ({"access_token": token}, {"authorization": f"Bearer {token}"}):
        assert (await client.get("/workflows", params=params)).status_code == 401


async def test_of_a_parameter_that_comes_twice_the_last_counts_and_its_bounds_hold(olga):
    for name in "abc":
        await olga.made("/workflows", {"name": name})
    assert len((await olga.get("/workflows?limit=2&limit=1")).json()["items"]) == 1
    assert (await olga.get("/workflows?limit=1&limit=100000")).status_code == 422
