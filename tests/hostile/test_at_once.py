"""The same thing asked a hundred times at once, over real connections: one effect, one answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

TIMES = 100
QUICK = {"workflow": "quick", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"n": 1}}}]}


async def _at_once(send: Callable[[int], Any]) -> list[httpx.Response]:
    async with asyncio.timeout(120):
        return await asyncio.gather(*(send(number) for number in range(TIMES)))


async def _total(http: httpx.AsyncClient, path: str) -> int:
    return (await http.get(path, params={"total": True, "limit": 1})).json()["total"]


async def test_one_key_makes_one_run(either_server):
    async with either_server.concurrent() as http:
        await http.post("/workflows", json={"definition": QUICK})
        key = {"Idempotency-Key": "run-1"}
        answers = await _at_once(lambda _: http.post("/workflows/1/execute", json={"wait": 30}, headers=key))
        assert {(answer.status_code, answer.json()["handle"]) for answer in answers} == {(200, "run_1")}
        assert await _total(http, "/runs") == 1


async def test_one_key_makes_one_workflow(either_server):
    async with either_server.concurrent() as http:
        key = {"Idempotency-Key": "workflow-1"}
        answers = await _at_once(lambda _: http.post("/workflows", json={"definition": QUICK}, headers=key))
        assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
        assert await _total(http, "/workflows") == 1


@pytest.mark.parametrize("form", [False, True], ids=["raw", "form"])
async def test_one_key_makes_one_document(either_server, form):
    async with either_server.concurrent() as http:
        key = {"Idempotency-Key": "document-1"}
        sent = {"files": {"file": ("a.txt", b"hello")}} if form else {"content": b"hello", "params": {"name": "a.txt"}}
        answers = await _at_once(lambda _: http.post("/documents", headers=key, **sent))
        assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
        assert await _total(http, "/documents") == 1


async def test_of_a_hundred_editors_with_one_etag_one_wins(either_server):
    async with either_server.concurrent() as http:
        read = await http.post("/workflows", json={"definition": QUICK})
        etag = {"If-Match": read.headers["etag"]}
        answers = await _at_once(
            lambda number: http.patch("/workflows/1", json={"name": f"editor {number}"}, headers=etag)
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * (TIMES - 1)
        winner = next(answer for answer in answers if answer.status_code == 200)
        now = await http.get("/workflows/1")
        assert (now.json()["name"], now.headers["etag"]) == (winner.json()["name"], winner.headers["etag"])
