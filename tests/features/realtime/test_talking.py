"""What people say to each other: to one, to a room, to everybody; and who manages the connections."""

from live_server import QUICK


def said(events) -> list[tuple[str, object]]:
    return [(event["data"]["from"], event["data"]["body"]) for event in events]


async def test_a_message_reaches_every_socket_of_its_user_and_nobody_else(server, eve):
    async with server.signed_in() as one, server.signed_in() as other, server.signed_in(eve) as stranger:
        assert await one.ask("send", id=1, user="ADMIN", body={"text": "¡Hola!"}) == {
            "type": "ok",
            "id": 1,
            "order": "send",
        }
        for client in (one, other):
            assert said(await client.events("message.sent")) == [("admin", {"text": "¡Hola!"})]
        assert (await stranger.ask("send", user="admin", body="Let me in"))["code"] == "user_not_found"
        await stranger.ask("send", user="eve", body="Then to myself")
        assert said(await stranger.events("message.sent")) == [("eve", "Then to myself")]


async def test_a_room_is_heard_by_who_joined_it(server):
    async with server.signed_in() as member, server.signed_in() as other:
        await member.ask("join", room="invoices/2026")
        await other.ask("send", room="invoices/2026", body=[1, 2])
        await other.ask("send", user="admin", body="last")
        assert said(await member.events("message.sent")) == [("admin", [1, 2])]
        assert said(await other.events("message.sent")) == [("admin", "last")]


async def test_a_broadcast_is_heard_by_everybody_in_the_workspace(server, eve):
    async with server.signed_in() as one, server.signed_in() as other, server.signed_in(eve) as stranger:
        assert (await one.ask("broadcast", id=3, body="Maintenance at 6"))["order"] == "broadcast"
        assert said(await other.events("message.sent")) == [("admin", "Maintenance at 6")]
        await stranger.ask("broadcast", body="Ours")
        assert said(await stranger.events("message.sent")) == [("eve", "Ours")]


async def test_admins_see_who_is_connected_and_close_connections(server):
    workflow = await server.workflow(QUICK)
    async with (
        server.signed_in(query="connection_id=tab-1&user_id=boss") as client,
        server.signed_in() as other,
        server.http() as http,
    ):
        await client.ask("subscribe", events=["run.*"], rooms=[workflow, "team"])
        [row] = (await http.get("/ws/connections", params={"room": workflow})).json()["items"]
        assert (row["id"], row["user"], row["kind"]) == (client.welcome["connection"], "admin", "socket")
        assert (row["connection_id"], row["user_label"]) == ("tab-1", "boss")
        assert {"room/team", "type/run.*"} < set(row["listens"])
        everybody = (await http.get("/ws/connections", params={"user": "admin"})).json()["items"]
        assert {client.welcome["connection"], other.welcome["connection"]} <= {found["id"] for found in everybody}
        assert (await http.get("/ws/connections", params={"user": "boss"})).json()["items"] == []
        assert (await http.delete(f"/ws/connections/{row['id']}")).status_code == 202
        assert await client.close_code() == (4410, "An administrator closed the connection.")
        assert (await http.delete(f"/ws/connections/{row['id']}")).json()["code"] == "connection_not_found"
        assert (await other.ask("ping"))["type"] == "pong"


async def test_whose_workspace_it_is_not_neither_sees_nor_closes(server, eve):
    async with server.signed_in() as client, server.http(eve) as http:
        assert (await http.get("/ws/connections")).json()["items"] == []
        gone = await http.delete(f"/ws/connections/{client.welcome['connection']}")
        assert (gone.status_code, gone.json()["code"]) == (404, "connection_not_found")


async def test_without_a_token_only_totals_are_told(server):
    async with server.signed_in() as client, server.http() as http:
        await client.ask("join", room="counted")
        with_token = (await http.get("/ws/stats")).json()
        assert with_token["workspace"]["listeners"]["room/counted"] == 1
        assert with_token["workspace"]["users"] == 1
        del http.headers["authorization"]
        answer = await http.get("/ws/stats")
        assert answer.json() == {"connections": with_token["connections"], "processes": 1, "workspace": None}


HOSTILE = {
    '{"type": "send", "room": "team", "body": NaN}': "The message is no valid JSON",
    '{"type": "send", "room": "team", "body": -Infinity}': "The message is no valid JSON",
    '{"type": "send", "room": "team", "body": 1, "body": 2}': "The key 'body' comes twice in one object; remove one.",
    '{"type": "send", "room": "team", "body": {"a": 1, "a": 2}}': "The key 'a' comes twice in one object; remove one.",
    '{"type": "send", "room": "team", "body": "a\\u0000b"}': "A text in the message holds a NUL character; remove it.",
    '{"type": "send", "room": "team", "body": "\\ud800"}': "The message is no valid JSON",
    '{"type": "ping", "id": "\\udc00"}': "The message is no valid JSON",
    '{"type": "broadcast", "body": ' + "[" * 65 + "]" * 65 + "}": "The JSON is nested deeper than 64 levels",
    '{"type": "subscribe", "events": ["*"], "after": 1' + "0" * 30 + "}": "after: ",
    b'{"type": "ping", "id": "\xff"}': "The message is no text in UTF-8: byte 24 is wrong.",
}


async def test_a_message_is_read_as_strictly_as_the_body_of_a_request(server):
    async with server.signed_in() as client:
        assert (await client.ask("join", room="team"))["type"] == "ok"
        for text, said in HOSTILE.items():
            await client.connection.send(text)
            refused = await client.hear()
            assert (refused["type"], refused["code"]) == ("error", "bad_message"), text
            assert refused["detail"].startswith(said), text
        assert (await client.ask("ping", id="still there"))["id"] == "still there"
