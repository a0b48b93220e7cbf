"""Two servers over one PostgreSQL: what happens at one is heard at the other, and connections are seen from both."""

import asyncio
from collections.abc import Iterator

import pytest
from live_server import CHAIN, LiveServer


@pytest.fixture(scope="module")
def both(postgres_server, tmp_path_factory) -> Iterator[tuple[LiveServer, LiveServer]]:
    url, folder = postgres_server.new_database(), tmp_path_factory.mktemp("both")
    started = [
        LiveServer(folder / name, DOCCHAIN_DATABASE_URL=url, DOCCHAIN_DATA_DIR=str(folder / "data"))
        for name in ("one", "other")
    ]
    yield started[0], started[1]
    for server in started:
        server.end()


async def test_a_run_started_at_one_is_heard_at_the_other(both):
    one, other = both
    workflow = await one.workflow(CHAIN)
    async with one.signed_in() as here, other.signed_in() as there:
        for client in (here, there):
            await client.ask("subscribe", events=["run.*"])
        run = await one.run(workflow)
        heard = [await client.events("run.finished") for client in (here, there)]
        assert [event["data"]["run"] for event in heard[0]] == [run, run]
        assert heard[0] == heard[1]
        await there.ask("send", user="admin", body="Hello from the other")
        assert [event["data"]["body"] for event in await here.events("message.sent")] == ["Hello from the other"]


async def test_a_client_resumes_at_the_other_server(both):
    one, other = both
    workflow = await one.workflow(CHAIN)
    async with one.signed_in() as client:
        await client.ask("subscribe", events=["run.finished"])
        await one.run(workflow)
        last = (await client.events("run.finished"))[-1]["number"]
    runs = [await one.run(workflow, wait=10) for _ in range(3)]
    async with other.signed_in(query=f"after={last}") as client:
        await client.say("subscribe", events=["run.finished"])
        heard = []
        while len(heard) < 3:
            heard += await client.events("run.finished")
    assert [event["data"]["run"] for event in heard] == runs


async def test_a_ticket_works_once_whichever_server_it_is_brought_to(both):
    async with both[0].http() as http:
        ticket = (await http.post("/ws/ticket")).json()["ticket"]

    async def bring(server: LiveServer) -> str:
        async with server.socket(f"ticket={ticket}") as client:
            heard = await client.hear()
            return heard.get("code", heard["type"])

    came = await asyncio.gather(*(bring(server) for server in both * 5))
    assert sorted(came) == ["bad_ticket"] * 9 + ["welcome"]


async def test_connections_are_listed_counted_and_closed_from_either_server(both):
    one, other = both
    async with one.signed_in(query="connection_id=far") as client, other.http() as http:
        await client.ask("join", room="far-room")
        async with asyncio.timeout(20):
            while not (found := (await http.get("/ws/connections?room=far-room")).json()["items"]):
                pass  # each asks the database; the other server tells it every second
        assert [row["connection_id"] for row in found] == ["far"]
        stats = (await http.get("/ws/stats")).json()
        assert (stats["processes"], stats["workspace"]["listeners"]["room/far-room"]) == (2, 1)
        assert (await http.delete(f"/ws/connections/{found[0]['id']}")).status_code == 202
        assert (await client.close_code())[0] == 4410


async def test_a_session_that_ends_at_one_ends_its_sockets_at_the_other(both):
    one, other = both
    token = one.sign_in("admin", "admin123")
    async with other.signed_in(token) as client, one.http(token) as http:
        assert (await http.post("/auth/logout")).status_code == 204
        assert await client.close_code() == (4401, "This session has ended")
