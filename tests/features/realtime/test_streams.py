"""The events of a run as a stream: from where the client says, until the run has ended."""

import asyncio
import json
import time

from live_server import CHAIN, WAITING, LiveServer


async def read(response, until: str = "") -> list[tuple[int, str]]:
    """Numbers and types of the events of a stream, to its end or to an event."""
    heard: list[tuple[int, str]] = []
    number = 0
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            assert event["number"] == number
            heard.append((number, event["event"]))
            if event["event"] == until:
                break
    return heard


async def test_a_stream_tells_a_run_from_its_beginning_to_its_end(server):
    run = await server.run(await server.workflow(WAITING))
    async with server.http() as http, http.stream("GET", f"/runs/{run}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert [event for _, event in await read(response, "run.waiting")] == ["run.started", "run.waiting"]
    async with server.http() as http, http.stream("GET", f"/runs/{run}/events") as response:
        reading = asyncio.create_task(read(response))
        async with server.http() as other:
            await other.post(f"/runs/{run}/cancel", json={})
        heard = await asyncio.wait_for(reading, 20)
        assert [event for _, event in heard] == ["run.started", "run.waiting", "run.cancel_ordered", "run.finished"]


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(server):
    workflow = await server.workflow(CHAIN)
    async with server.http() as http:
        answer = await http.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": 10})
        run = answer.json()["handle"]
        async with http.stream("GET", f"/runs/{run}/events") as response:
            [(first, _), (last, _)] = await read(response)
        async with http.stream("GET", f"/runs/{run}/events", headers={"Last-Event-ID": str(first)}) as response:
            assert await read(response) == [(last, "run.finished")]
        done = await http.get(f"/runs/{run}/events", headers={"Last-Event-ID": str(last)})
        assert (done.status_code, done.content) == (204, b"")


async def test_only_who_may_read_the_run_follows_it(server, eve):
    run = await server.run(await server.workflow(CHAIN))
    async with server.http(eve) as http:
        refused = await http.get(f"/runs/{run}/events")
        assert (refused.status_code, refused.json()["code"]) == (404, "run_not_found")


async def test_a_stop_sends_everybody_away_in_good_order(tmp_path):
    server = await asyncio.to_thread(LiveServer, tmp_path)
    try:
        run = await server.run(await server.workflow(WAITING))
        async with (
            server.signed_in() as client,
            server.socket() as unknown,
            server.http() as http,
            http.stream("GET", f"/runs/{run}/events") as response,
        ):
            lines = response.aiter_lines()
            async for line in lines:
                if "run.waiting" in line:
                    break
            began = time.monotonic()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            code, reason = await client.close_code()
            assert (code, reason.partition(";")[0]) == (1001, "The server stops")
            assert (await unknown.close_code())[0] == 1001
            assert [line async for line in lines if line] == []
            assert await asyncio.wait_for(stopping, 20) == 0
            assert time.monotonic() - began < 3
    finally:
        server.end()
