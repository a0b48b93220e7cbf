"""No client uses more than its share: who is silent, loud, large or slow is told, and cut."""

import asyncio
import socket

from live_server import LiveServer, bearer


async def test_a_socket_that_does_not_sign_in_is_closed(narrow):
    async with narrow.socket() as client:
        assert await client.close_code() == (4401, "The socket did not sign in.")


async def test_a_silent_client_gets_heartbeats_and_is_closed_when_it_stays_silent(narrow):
    async with narrow.signed_in() as client:
        heartbeat = await client.next("heartbeat")
        assert heartbeat["number"] >= client.welcome["number"]
        assert await client.close_code() == (4409, "The client said nothing for long.")


async def test_a_user_has_so_many_connections(narrow):
    token = narrow.register("many")
    async with narrow.signed_in(token), narrow.signed_in(token), narrow.signed_in(token):
        async with narrow.socket(**bearer(token)) as fourth:
            refused = await fourth.hear()
            assert (refused["code"], refused["detail"]) == (
                "too_many_connections",
                "You have 3 connections to this server.",
            )
            assert (await fourth.close_code())[0] == 1013
        async with narrow.signed_in() as admin:
            assert admin.welcome["user"] == "admin"


async def test_a_loud_client_is_refused_and_in_the_end_cut(narrow):
    async with narrow.signed_in() as client:
        for _ in range(150):
            await client.say("ping")
        assert (await client.next("error"))["code"] == "too_many_messages"
        assert await client.close_code() == (1008, "Too many messages.")


async def test_two_thousand_orders_at_once_are_refused_and_the_socket_says_why_it_closes(server):
    for _ in range(3):
        reader, writer = await raw_socket(server)
        writer.write(_frame(b'{"type":"ping"}') * 2_000)
        rest = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        assert rest.count(b'"too_many_messages"') > 100  # in a row; a slow server lets some through in between
        assert rest.endswith(b"\x88\x14\x03\xf0Too many messages.")  # a close frame, 1008


async def test_a_large_message_ends_the_socket(narrow):
    async with narrow.signed_in() as client:
        await client.say("send", room="team", body="x" * 1_000)
        assert (await client.next("error"))["code"] == "message_too_large"
        assert (await client.close_code())[0] == 1009


async def test_a_socket_listens_at_so_many_places(narrow):
    async with narrow.signed_in() as client:
        assert (await client.ask("subscribe", rooms=["a", "b", "c"]))["type"] == "ok"
        assert (await client.ask("subscribe", id=1, rooms=["d"]))["code"] == "too_many_rooms"
        assert (await client.ask("leave"))["type"] == "ok"
        assert (await client.ask("subscribe", id=1, rooms=["d"]))["type"] == "ok"


async def test_who_does_not_read_is_shed_and_resumes_while_the_others_hear_everything(tmp_path):
    server = await asyncio.to_thread(LiveServer, tmp_path, DOCCHAIN_LIVE_MESSAGE_RATE="1000")
    try:
        async with server.signed_in() as loud, server.signed_in() as friend:
            reader, writer = await raw_socket(server)
            body = "x" * 60_000
            sent = 150
            listening = asyncio.create_task(hear(friend, sent))
            for number in range(sent):
                await loud.ask("broadcast", body={"n": number, "text": body})
            assert await asyncio.wait_for(listening, 60) == list(range(sent))
            rest = await asyncio.wait_for(reader.read(), 30)
            writer.close()
        assert rest.count(b'"message.sent"') < sent
        async with server.signed_in() as again:
            await again.say("subscribe", rooms=["none"], after=0)
            assert await hear(again, sent) == list(range(sent))
    finally:
        server.end()


async def raw_socket(server: LiveServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that signs in and then does not read, and whose system keeps little for it."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    own.connect(("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=own, limit=1_024)
    head = (
        "GET /api/v3/ws/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {server.admin}"
    )
    writer.write(f"{head}\r\n\r\n".encode())
    await reader.readuntil(b'"welcome"')
    return reader, writer


def _frame(text: bytes) -> bytes:
    """A text frame of a client, masked with zeros."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def hear(client, count: int) -> list[int]:
    heard: list[int] = []
    while len(heard) < count:
        heard += [event["data"]["body"]["n"] for event in (await client.next("events"))["events"]]
    return heard
