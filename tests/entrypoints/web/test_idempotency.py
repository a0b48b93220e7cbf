"""A client that repeats a request, because an answer was lost, does not do things twice."""

import asyncio

import pytest


async def test_a_repeated_request_gets_the_first_answer(signed_in):
    keyed = {"idempotency-key": "order-17"}
    first = await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    again = await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() == {"number": 1, "amount": 5}
    other = await signed_in.post("/probe/parts", json={"amount": 5}, headers={"idempotency-key": "order-18"})
    assert other.json() == {"number": 2, "amount": 5}


async def test_without_a_key_every_request_counts(signed_in):
    numbers = [(await signed_in.post("/probe/parts", json={"amount": 5})).json()["number"] for _ in range(2)]
    assert numbers == [1, 2]


async def test_requests_at_the_same_time_count_once(signed_in):
    keyed = {"idempotency-key": "order-17"}
    answers = await asyncio.gather(
        *(signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed) for _ in range(8))
    )
    assert [answer.json() for answer in answers] == [{"number": 1, "amount": 5}] * 8


async def test_a_key_for_another_request_is_refused(signed_in):
    keyed = {"idempotency-key": "order-17"}
    await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    answer = await signed_in.post("/probe/parts", json={"amount": 6}, headers=keyed)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_key_counts_in_its_workspace(signed_in):
    keyed = {"idempotency-key": "order-17"}
    await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    answer = await signed_in.post("/probe/parts", json={"amount": 6}, headers=keyed | {"x-workspace": "examples"})
    assert answer.json() == {"number": 1, "amount": 6}


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_a_strange_key_is_refused(signed_in, key):
    answer = await signed_in.post("/probe/parts", json={"amount": 5}, headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


async def test_an_answer_that_is_repeated_says_so(signed_in):
    keyed = {"idempotency-key": "order-17"}
    first = await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    again = await signed_in.post("/probe/parts", json={"amount": 5}, headers=keyed)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
