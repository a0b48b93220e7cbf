"""A server killed while a model answers: the call counts in full, the run goes on, and nothing is paid for twice."""

import asyncio
import sqlite3
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from watched_server import WatchedServer

sys.path.append(str(Path(__file__).parents[1] / "wire"))
from model_server import ModelServer

GREETING = {"id": "write", "use": "ai.generate", "with": {"provider": "openai", "prompt": "Say hello."}}
DEFINITION = {"workflow": "greeting", "steps": [GREETING], "output": "${steps.write.text}"}
BUDGET = """
INSERT INTO ai_budget (id, workspace_id, number, name, scope, scope_id, period, soft, hard, on_soft, cheaper_model,
    revision, created_at, created_by)
SELECT randomblob(16), id, 1, 'All', 'workspace', '', 'total', NULL, :hard, 'warn', '', 1, :now, 'admin'
FROM workspace WHERE slug = 'default'
"""


@pytest.fixture
def wire():
    """Answers as OpenAI does, in a thread of its own."""
    loop, model = asyncio.new_event_loop(), ModelServer()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(model.__aenter__(), loop).result(10)

    async def end():
        await model.__aexit__()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    yield model
    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def serving(wire, tmp_path):
    """A server on the same folder each time; the end of the block is its SIGKILL."""

    @contextmanager
    def serve():
        settings = {
            "DOCCHAIN_OPENAI_API_KEY": "key", "DOCCHAIN_OPENAI_BASE_URL": f"http://127.0.0.1:{wire.port}/v1",
            "DOCCHAIN_OUTGOING_ALLOW": f'["127.0.0.1:{wire.port}"]',
        }  # fmt: skip
        with WatchedServer(tmp_path / "data", **settings) as server:
            yield server.client

    return serve


@pytest.fixture
def books(tmp_path):
    def ask(sql, **values):
        with closing(sqlite3.connect(tmp_path / "data" / "app.db", timeout=10)) as database, database:
            return database.execute(sql, values).fetchall()

    return ask


def eventually(look, patience=60.0):
    until = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def execute(client, workflow, wait=0):
    answer = client.post(f"/workflows/{workflow}/execute", json={"inputs": {}, "wait": wait})
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()["handle"]


def until(client, run, status):
    return eventually(lambda: (found := client.get(f"/runs/{run}").json())["status"] == status and found)


def make(client, definition=DEFINITION):
    return client.post("/workflows", json={"definition": definition}).raise_for_status().json()["handle"]


def test_a_call_whose_process_was_killed_is_unknown_and_counts_in_full(wire, serving, books):
    wire.script = "slow"
    with serving() as client:
        books(BUDGET, hard=10**9, now="2026-11-23 00:00:00")
        run = execute(client, make(client))
        eventually(lambda: wire.calls)
        [(reserved,)] = books("SELECT reserved FROM ai_call WHERE state = 'sending'")
        assert books("SELECT reserved, spent, unknown FROM ai_budget_use") == [(reserved, 0, 0)]
        assert reserved > 0
    wire.script = "well"
    with serving() as client:
        assert until(client, run, "succeeded")["output"] == "Hello there."
        eventually(lambda: not books("SELECT 1 FROM ai_call WHERE state = 'sending'"))
        [(first, _), (second, paid)] = books("SELECT state, cost FROM ai_call ORDER BY began_at")
        assert (first, second, len(wire.calls)) == ("unknown", "confirmed", 2)
        assert books("SELECT reserved, spent, unknown FROM ai_budget_use") == [(0, paid, reserved)]
        assert paid == 12 * 150 + 7 * 600
        [(workflow,)] = books("SELECT DISTINCT workflow_id FROM ai_call")
        assert books("SELECT name FROM workflow WHERE id = :id", id=workflow) == [("greeting",)]


def test_a_killed_call_is_unknown_though_no_model_is_asked_any_more(wire, serving, books):
    wire.script = "slow"
    with serving() as client:
        books(BUDGET, hard=10**9, now="2026-11-23 00:00:00")
        run = execute(client, make(client))
        eventually(lambda: wire.calls)
        assert client.post(f"/runs/{run}/pause").status_code in {200, 202}
    with serving() as client:
        eventually(lambda: client.get("/ai/calls").json()["items"][0]["state"] == "unknown")
        assert (client.get(f"/runs/{run}").json()["status"], len(wire.calls)) == ("paused", 1)


def test_a_run_at_a_hard_budget_pauses_goes_on_when_it_is_raised_and_pays_nothing_twice(wire, serving, books):
    steps = [GREETING, {"id": "more", "use": "ai.generate", "with": {"provider": "openai", "prompt": "Say more."}}]
    with serving() as client:
        workflow = make(client, {**DEFINITION, "steps": steps, "output": "${steps.more.text}"})
        books(BUDGET, hard=1_100_000, now="2026-11-23 00:00:00")
        run = execute(client, workflow)
        first = until(client, run, "succeeded")
        assert (first["output"], len(wire.calls)) == ("Hello there.", 2)
        [(spent,)] = books("SELECT spent FROM ai_budget_use")
        books("UPDATE ai_budget SET hard = :hard", hard=spent)
        again = execute(client, make(client, {**DEFINITION, "workflow": "other", "steps": [*steps, _third()]}))
        paused = until(client, again, "paused")
        assert "ai_budget_1 (All) has 0 USD left" in str(client.get(f"/runs/{again}").json()), paused
        assert len(wire.calls) == 2
    with serving() as client:
        assert client.get(f"/runs/{again}").json()["status"] == "paused"
        books("UPDATE ai_budget SET hard = :hard", hard=10**9)
        assert client.post(f"/runs/{again}/resume").status_code in {200, 202}
        assert until(client, again, "succeeded")["output"] == "Hello there."
        states = [state for (state,) in books("SELECT state FROM ai_call ORDER BY began_at")]
        assert (states, len(wire.calls)) == (["confirmed"] * 2 + ["cached"] * 2 + ["confirmed"], 3)


def _third():
    return {"id": "third", "use": "ai.generate", "with": {"provider": "openai", "prompt": "Say the rest."}}
