"""A client whose socket is cut a thousand times at random hears every event of its runs once, in order."""

import asyncio
import json
import random
from contextlib import suppress

import pytest
from live_server import CHAIN, LiveServer, bearer
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

AT_ONCE = 2
SEED = 20_261_122


class Listening:
    """Connects, resumes after the last number it saw, and is cut at a random moment; again and again."""

    def __init__(self, server: LiveServer, most: int, chance: random.Random) -> None:
        self.heard: list[tuple[int, str, str]] = []
        self.cuts = 0
        self.ended: set[str] = set()
        self._most = most
        self._chance = chance
        self._address = f"{server.api.replace('http', 'ws')}/ws/ws?after="
        self._headers = bearer(server.admin)
        self._order = json.dumps({"type": "subscribe", "events": ["run.started", "run.finished"], "rooms": ["team"]})
        self._last = 0

    async def until(self, done) -> None:
        while not done():
            with suppress(WebSocketException, OSError, EOFError):
                await self._once(done)

    async def _once(self, done) -> None:
        address = f"{self._address}{self._last}"
        async with connect(address, additional_headers=self._headers, proxy=None, compression=None) as socket:
            if self.cuts < self._most:
                self._cut_later(socket)
            await socket.send(self._order)
            while not done():
                with suppress(TimeoutError):
                    self._take(json.loads(await asyncio.wait_for(socket.recv(), 0.1)))

    def _cut_later(self, socket) -> None:
        """At once, while it catches up, or while it is live; without a farewell, as a network does it."""

        def cut() -> None:
            if not socket.transport.is_closing():
                self.cuts += 1
                socket.transport.abort()

        asyncio.get_running_loop().call_later(self._chance.choice((0, 0.002, 0.01, 0.03)) * self._chance.random(), cut)

    def _take(self, message) -> None:
        for event in message.get("events", ()):
            self._last = event["number"]
            self.heard.append((event["number"], event["event"], event["data"]["run"]))
            if event["event"] == "run.finished":
                self.ended.add(event["data"]["run"])


@pytest.mark.parametrize(("database", "cuts"), [("sqlite", 1_000), ("postgresql", 250)])
async def test_a_client_that_is_cut_again_and_again_hears_everything_once(database, cuts, tmp_path, request):
    settings = {"DOCCHAIN_LIVE_USER_CONNECTIONS": "1000"}
    if database == "postgresql":
        settings["DOCCHAIN_DATABASE_URL"] = await asyncio.to_thread(request.getfixturevalue, "postgres_url")
    server = await asyncio.to_thread(LiveServer, tmp_path, **settings)
    try:
        workflow = await server.workflow(CHAIN)
        client = Listening(server, cuts, random.Random(SEED))  # noqa: S311 - repeatable, not secret
        runs: list[str] = []

        async def order() -> None:
            async with server.http() as http:
                while client.cuts < cuts:
                    answer = await http.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": 5})
                    runs.append(answer.json()["handle"])

        ordering = asyncio.gather(*(order() for _ in range(AT_ONCE)))
        await asyncio.wait_for(client.until(lambda: ordering.done() and client.ended.issuperset(runs)), 240)
    finally:
        server.end()
    numbers = [number for number, _, _ in client.heard]
    assert numbers == sorted(set(numbers))
    assert sorted((kind, run) for _, kind, run in client.heard) == sorted(
        (kind, run) for run in runs for kind in ("run.started", "run.finished")
    )
    assert client.cuts == cuts
