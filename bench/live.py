"""A live event from its commit to a thousand sockets, while another one does not read; beside a bare broadcast."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Figure, below, percentile, show
from bench.live_sockets import Ears, handshake, open_slow, open_sockets
from bench.places import Place, Places
from bench.start import free_port, healthy, process, surroundings

SOCKETS: Final = 1_000
EVENTS: Final = 150
PAUSE: Final = 0.1
LOOK: Final = 10
BUDGET: Final = 20
PATIENCE: Final = 60.0
WELCOME: Final = b'"welcome"'
PATH: Final = "/api/v3/ws/ws"
LONG: Final = "x" * 60_000
_SETTINGS: Final = {
    "DOCCHAIN_LIVE_USER_CONNECTIONS": "2000",
    "DOCCHAIN_LIVE_MESSAGE_RATE": "1000",
    "DOCCHAIN_LOG_LEVEL": "warning",
    "DOCCHAIN_EXAMPLE_WORKSPACE": "false",
}
Say = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds from the moment in a message to each socket, and when the slow one was shed."""

    delays: list[float]
    shed: float | None = None


async def _at_a_pace(ears: Ears, count: int, events: int, say: Say) -> None:
    """Say the next when all have heard the last."""
    for number in range(events):
        await say(number)
        await ears.total.until(count * (number + 1))
        await asyncio.sleep(PAUSE)


async def _bare(port: int, count: int, events: int) -> Heard:
    ears = Ears(rb'"at":"([0-9.]+)"', float)
    transports = await open_sockets(count, port, handshake("/listen"), WELCOME, ears)
    text = json.dumps({"padding": "x" * 250})
    async with connect(f"ws://127.0.0.1:{port}/say", proxy=None) as talker:
        await _at_a_pace(ears, count, events, lambda _: talker.send(text))
    for transport in transports:
        transport.abort()
    return Heard(ears.delays())


async def _ours(port: int, count: int, events: int) -> Heard:
    """The moment in an event is that of its transaction's beginning, so its commit is measured, too."""
    ears = Ears(rb'"at":"([^"]+)Z"', lambda text: datetime.fromisoformat(f"{text.decode()}+00:00").timestamp())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v3", timeout=PATIENCE) as http:
        answer = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
        http.headers["authorization"] = authorization = f"Bearer {answer.json()['access_token']}"
        hello = handshake(PATH, f"Authorization: {authorization}\r\n")
        transports = await open_sockets(count, port, hello, WELCOME, ears)
        slow = await asyncio.to_thread(open_slow, port, hello, b'{"type":"join","room":"long"}')
        began, shed = time.monotonic(), list[float]()
        headers = {"Authorization": authorization}
        async with connect(f"ws://127.0.0.1:{port}{PATH}", additional_headers=headers, proxy=None) as talker:

            async def say(number: int) -> None:
                await _order(talker, {"type": "broadcast", "body": {"n": number}})
                if shed:
                    return
                await _order(talker, {"type": "send", "room": "long", "body": LONG})
                if number % LOOK == 0 and not await _connected(http):
                    shed.append(time.monotonic() - began)

            await _at_a_pace(ears, count, events, say)
        slow.close()
    for transport in transports:
        transport.abort()
    return Heard(ears.delays(), shed[0] if shed else None)


async def _order(talker: ClientConnection, order: dict[str, Any]) -> None:
    await talker.send(json.dumps(order))
    while json.loads(await talker.recv())["type"] != "ok":
        pass


async def _connected(http: httpx.AsyncClient) -> bool:
    return bool((await http.get("/ws/connections", params={"room": "long"})).json()["items"])


def _run(
    measure: Callable[[int], Coroutine[Any, Any, Heard]], command: list[str], place: Place | None, port: int
) -> Heard:
    with process(command, {**surroundings(place, port), **_SETTINGS}):
        began = time.monotonic()
        while not healthy(port):
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{' '.join(command)} did not start.")
            time.sleep(0.01)
        return uvloop.run(measure(port))


def run(places: Places, scale: float) -> None:
    """First the probe, then ours, at the same pace with as many sockets."""
    count, events = max(int(SOCKETS * scale), 10), max(int(EVENTS * scale), 20)
    port = free_port()
    bare = _run(lambda port: _bare(port, count, events), ["-m", "bench.live_bare", str(port)], None, port)
    with places.empty() as place:
        port = free_port()
        ours = _run(lambda port: _ours(port, count, events), ["-m", "docchain", "serve"], place, port)
    show(f"live events to {count:,} sockets, {places.database}", _figures(ours, bare))


def _figures(ours: Heard, bare: Heard) -> list[Figure]:
    def milliseconds(heard: Heard, part: float) -> float:
        return percentile(heard.delays, part) * 1_000

    p95 = milliseconds(ours, 0.95)
    shed = "not shed" if ours.shed is None else f"shed after {ours.shed:.0f} s"
    return [
        below("commit to socket, p95", p95, "ms", BUDGET, f"probe {milliseconds(bare, 0.95):.1f} ms, without a commit"),
        below("commit to socket, p50", milliseconds(ours, 0.5), "ms", None, f"probe {milliseconds(bare, 0.5):.1f} ms"),
        Figure("one that does not read", shed, "60 KB an event go to it", "is shed", ours.shed is not None),
    ]
