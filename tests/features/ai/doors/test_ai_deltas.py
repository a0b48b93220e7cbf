"""Pieces of a step's answer come to who looks at its run while they are made: numbered, kept nowhere, shed first."""

import json
from uuid import UUID

from ai_world import World

from docchain.features.realtime.domain import by_subject
from docchain.features.realtime.listening import Listener
from docchain.features.realtime.outbox import Outbox

STEPS = """
workflow: write
steps:
  - id: go
    use: wait
    with: {signal: go}
  - id: text
    needs: [go]
    use: ai.generate
    with: {prompt: hi, provider: openai}
  output: {}
"""


def listening(world, actor, run, room=1_000):
    listener = Listener(Outbox(room, 1_000_000))
    listener.actor = actor
    world.services.realtime.hub.listen(listener, [by_subject(actor.workspace_id, "run", run)])
    return listener


def heard(listener):
    found = []
    while (text := listener.outbox.take()) is not None:
        found.append(json.loads(text))
    return [message for message in found if message["type"] == "ai.delta"]


async def test_pieces_come_numbered_to_the_room_of_the_run_and_are_shed_where_somebody_lags(tmp_path):
    async with World(tmp_path, run_engine=True) as world:
        made = await world.http.post("/workflows", json={"definition": STEPS.replace("  output: {}\n", "")})
        assert made.status_code == 201, made.text
        run = (await world.http.post("/workflows/workflow_1/execute", json={})).json()
        token = world.http.headers["Authorization"].removeprefix("Bearer ")
        actor = await world.services.authenticate(token, None)
        near = listening(world, actor, UUID(run["id"]))
        lagging = listening(world, actor, UUID(run["id"]), room=4)
        lagging.outbox.put("one that was not sent yet")
        while (await world.http.get("/runs/run_1")).json()["status"] != "waiting":
            pass
        assert (await world.http.post("/runs/run_1/signal", json={"step": "go", "signal": "go"})).is_success
        assert await world.services.engine.wait(UUID(run["id"]), 60) is not None
        told = heard(near)
        assert "".join(message["text"] for message in told) == "Hello there."
        assert [message["seq"] for message in told] == list(range(1, len(told) + 1))
        assert {(message["run_id"], message["step"], message["attempt"]) for message in told} == {
            (run["id"], "text", 1)
        }
        assert heard_after_first(lagging) == []
        calls = (await world.http.get("/ai/calls", params={"run": "run_1"})).json()["items"]
        assert [(call["step"], call["state"], call["tokens_out"]) for call in calls] == [("text", "confirmed", 7)]


def heard_after_first(listener):
    assert listener.outbox.take() == "one that was not sent yet"
    return heard(listener)
