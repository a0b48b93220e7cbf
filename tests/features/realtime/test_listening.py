"""What a socket hears: of what it joined, what it may read, each event once and in order, also after a cut."""

from uuid import UUID

import pytest
from live_server import CHAIN, QUICK, WAITING

from docchain.features.identity import IdentityService
from docchain.features.identity.tables import MembershipRow
from docchain.platform.database import Database
from docchain.platform.work import SYSTEM, Work


def told(events) -> list[tuple[str, str]]:
    return [(event["event"], event["data"]["run"]) for event in events]


async def test_a_subscriber_hears_of_all_runs_in_order(server):
    workflow = await server.workflow(CHAIN)
    async with server.signed_in() as client:
        assert (await client.ask("subscribe", id=1, events=["run.*"]))["order"] == "subscribe"
        run = await server.run(workflow)
        events = await client.events("run.finished", run)
    assert told(events) == [("run.started", run), ("run.finished", run)]
    assert events[0]["number"] < events[1]["number"]
    assert events[1]["data"]["status"] == "succeeded"
    assert events[1]["subject"]["kind"] == "run"


async def test_who_joined_a_workflow_hears_of_its_runs_only(server):
    workflow, other = await server.workflow(CHAIN), await server.workflow(QUICK)
    async with server.signed_in() as client:
        number = int(workflow.removeprefix("workflow_"))
        assert (await client.ask("join_workflow", id=1, workflow_id=number))["order"] == "join_workflow"
        await server.run(other)
        run = await server.run(workflow)
        assert told(await client.events("run.finished")) == [("run.started", run), ("run.finished", run)]


async def test_who_joined_a_run_hears_of_it_from_its_beginning_if_they_ask(server):
    workflow = await server.workflow(WAITING)
    async with server.signed_in() as client:
        await client.ask("subscribe", events=["run.waiting"])
        run, _ = await server.run(workflow), await server.run(workflow)
        await client.events("run.waiting", run)
    async with server.signed_in() as client, server.http() as http:
        await client.say("join_run", id=1, run_id=run, after=0)
        assert told(await client.events("run.waiting")) == [("run.started", run), ("run.waiting", run)]
        assert (await client.next("caught_up"))["id"] == 1
        await http.post(f"/runs/{run}/cancel", json={})
        assert told(await client.events("run.finished")) == [("run.cancel_ordered", run), ("run.finished", run)]


async def test_who_left_hears_no_more(server):
    workflow = await server.workflow(CHAIN)
    async with server.signed_in() as client:
        await client.ask("subscribe", events=["run.finished"], rooms=[workflow, "team"])
        for leaving in ({"event": "run.finished"}, {"room": workflow}):
            assert await client.ask("leave", id=7, **leaving) == {"type": "ok", "id": 7, "order": "leave"}
        await server.run(workflow, wait=10)
        await client.ask("send", room="team", body=1)
        heard = await client.events("message.sent")
        assert [event["event"] for event in heard] == ["message.sent"]


async def test_overlapping_places_tell_each_event_once(server):
    workflow = await server.workflow(CHAIN)
    async with server.signed_in() as client:
        await client.ask("subscribe", events=["run.*", "run.finished", "*"], rooms=[workflow])
        run = await server.run(workflow)
        events = await client.events("run.finished", run)
        assert [event for event in told(events) if event[0] == "run.finished"] == [("run.finished", run)]
        await client.say("subscribe", id=9, rooms=[run], after=0)
        assert (await client.next("caught_up", "events"))["type"] == "caught_up"


async def test_a_resume_brings_what_was_missed_and_goes_on(server):
    workflow = await server.workflow(CHAIN)
    async with server.signed_in() as client:
        await client.ask("subscribe", events=["run.*"])
        first = await server.run(workflow)
        last = (await client.events("run.finished", first))[-1]["number"]
        missed = await server.run(workflow)
        await client.events("run.finished", missed)
    async with server.signed_in(query=f"after={last}") as client, server.signed_in() as friend:
        await friend.ask("send", user="admin", body="Are you there?")
        await client.say("subscribe", id=1, events=["run.*"])
        heard = await client.events("message.sent")
        later = await server.run(workflow)
        heard += await client.events("run.finished", later)
    numbers = [event["number"] for event in heard]
    assert numbers == sorted(set(numbers))
    runs = [event["data"].get("run", event["data"].get("body")) for event in heard]
    assert runs == [missed, missed, "Are you there?", later, later]
    assert first not in runs


@pytest.mark.parametrize("after", ["-1", "x", "9" * 23])
async def test_a_resume_after_what_is_no_number_is_refused(server, after):
    async with server.socket(query=f"after={after}", authorization=f"Bearer {server.admin}") as client:
        refused = await client.next("error")
        assert (refused["code"], refused["detail"]) == (
            "bad_message",
            "`after` in the address is no number of an event.",
        )
        assert await client.close_code() == (1008, "`after` in the address is no number of an event.")


async def test_numbers_that_are_not_in_the_log_are_told_as_a_gap(server):
    async with server.signed_in() as client:
        await client.say("subscribe", id=1, events=["run.*"], after=10**9)
        gap = await client.next("gap")
        assert (gap["id"], gap["after"], gap["reason"]) == (1, 10**9, "ahead")
        assert (await client.next("caught_up"))["number"] >= gap["number"]


async def test_nobody_hears_of_another_workspace(server, eve):
    workflow = await server.workflow(CHAIN)
    run = await server.run(workflow)
    theirs = await server.workflow({**QUICK, "workflow": "theirs"}, eve)
    async with server.signed_in(eve) as client:
        refused = await client.ask("join_run", id=1, run_id=run)
        assert (refused["code"], refused["detail"]) == ("run_not_found", f"There is no run {run} in this workspace.")
        assert (await client.ask("join_workflow", workflow_id=workflow))["code"] == "workflow_not_found"
        await client.ask("subscribe", events=["*"], after=0)
        await client.next("caught_up")
        await server.run(workflow)
        own = await server.run(theirs, eve)
        of_runs = [event for event in await client.events("run.finished") if event["event"].startswith("run.")]
        assert told(of_runs) == [("run.started", own), ("run.finished", own)]  # an alert is seconds behind its cause


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "dance"}, "bad_message"),
        ({"type": "subscribe"}, "bad_message"),
        ({"type": "subscribe", "events": ["run.*.x"]}, "bad_message"),
        ({"type": "subscribe", "events": ["message.*"]}, "bad_message"),
        ({"type": "subscribe", "events": ["run.*"], "after": -1}, "bad_message"),
        ({"type": "subscribe", "events": ["run.*"], "more": 1}, "bad_message"),
        ({"type": "join", "room": "not a room"}, "bad_message"),
        ({"type": "join", "room": "run_999999"}, "run_not_found"),
        ({"type": "join_run"}, "bad_message"),
        ({"type": "join_workflow", "workflow_id": "nonsense"}, "workflow_not_found"),
        ({"type": "send", "body": 1}, "bad_message"),
        ({"type": "send", "user": "admin", "room": "team", "body": 1}, "bad_message"),
        ({"type": "send", "user": "nobody", "body": 1}, "user_not_found"),
        ({"type": "send", "user": "admin", "body": {"password": "x"}}, "message_carries_secret"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_the_socket_goes_on(server, message, code):
    async with server.signed_in() as client:
        refused = await client.ask(message.pop("type"), id="m", **message)
        assert (refused["type"], refused["code"]) == ("error", code)
        assert (await client.ask("ping", id=2)) == {"type": "pong", "id": 2}


async def test_what_is_no_json_is_refused(server):
    async with server.signed_in() as client:
        await client.connection.send("{")
        assert (await client.hear())["code"] == "bad_message"
        await client.connection.send(b"\xff\xfe")
        assert (await client.hear())["code"] == "bad_message"


async def test_a_viewer_reads_and_speaks_and_is_gone_with_the_membership(server):
    token = server.register("vera")
    async with server.http(token) as http, server.http() as admin:
        vera = UUID((await http.get("/auth/me")).json()["user"]["id"])
        here = (await admin.get("/auth/me")).json()["workspace"]

    def enter(work: Work) -> None:
        IdentityService(work).add_member(UUID(here["id"]), vera, "viewer")

    def leave(work: Work) -> None:
        work.session.delete(work.session.get(MembershipRow, (vera, UUID(here["id"]))))
        work.emit("membership.removed", "membership", vera, {"workspace_id": here["id"]})

    database = Database(f"sqlite:///{server.folder}/data/app.db")
    await database.write(enter, SYSTEM)
    async with server.signed_in(token, f"workspace={here['slug']}") as client:
        assert client.welcome["workspace"] == here["id"]
        assert (await client.ask("subscribe", events=["run.*", "*"]))["type"] == "ok"
        refused = await client.ask("subscribe", events=["user.*"])
        assert (refused["code"], refused["detail"]) == ("denied", "This needs the permission admin in the workspace.")
        assert (await client.ask("send", room="team", body="Hello"))["type"] == "ok"
        assert (await client.ask("broadcast", body="Hello"))["code"] == "denied"
        await database.write(leave, SYSTEM)
        assert await client.close_code() == (4401, "You are no member of this workspace")
    await database.close()
