"""Evaluation sets over HTTP: kept, filled, graded, compared; whose they are, and what is refused."""

import asyncio
import json

from sqlalchemy import select

from docchain.features.documents.filing.retention import Sweeper
from docchain.features.identity.tables import WorkspaceRow
from docchain.platform.work import SYSTEM, Actor

LABELS = {
    "billing": "factura, cobro, importe; an invoice or payment",
    "delivery": "entrega, paquete; a parcel that came",
}
EXAMPLES = [
    {"input": {"text": "La factura está cobrada dos veces.", "labels": LABELS}, "expected": "billing"},
    {"input": {"text": "The parcel came two days late.", "labels": LABELS}, "expected": "delivery"},
    {"input": {"text": "El paquete llegó roto.", "labels": LABELS}, "expected": "billing"},
]


async def kept(world, **more):
    given = {"name": "messages", "task": "classify", "examples": EXAMPLES, **more}
    made = await world.asked("/ai/evaluations", **given)
    assert made.status_code == 201, made.text
    return made


async def test_a_set_is_kept_filled_changed_and_told_in_the_audit(world):
    made = await kept(world, minimum=0.5)
    told = made.json()
    assert (told["handle"], told["metric"], told["examples"], told["revision"]) == ("evaluation_1", "label", 3, 1)
    assert (made.headers["location"], made.headers["etag"]) == ("/api/v3/ai/evaluations/evaluation_1", '"1"')
    added = await world.asked("/ai/evaluations/messages/examples", examples=EXAMPLES[:1])
    assert (added.status_code, added.json()["examples"], added.headers["etag"]) == (201, 4, '"2"')
    listed = (await world.http.get("/ai/evaluations/evaluation_1/examples", params={"limit": 3})).json()
    assert [(one["number"], one["expected"]) for one in listed["items"]] == [
        (1, "billing"),
        (2, "delivery"),
        (3, "billing"),
    ]
    run = (await world.asked("/ai/evaluations/messages/runs", provider="local")).json()
    gone = await world.http.delete(f"/ai/evaluations/messages/examples/{listed['items'][2]['id']}")
    assert gone.status_code == 204
    kept_run = (await world.http.get(f"/ai/evaluations/messages/runs/{run['id']}")).json()
    assert [one["number"] for one in kept_run["results"]] == [1, 2, 4], "what was answered to it is gone with it"
    changed = await world.http.patch("/ai/evaluations/messages", json={"minimum": 0.9}, headers={"If-Match": '"3"'})
    assert (changed.status_code, changed.json()["minimum"], changed.json()["examples"]) == (200, 0.9, 3)
    stale = await world.http.patch("/ai/evaluations/messages", json={"minimum": 0.1}, headers={"If-Match": '"3"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "ai_evaluation_changed")
    assert (await world.http.delete("/ai/evaluations/messages", headers={"If-Match": "*"})).status_code == 204
    assert (await world.http.get("/ai/evaluations/messages")).json()["code"] == "ai_evaluation_not_found"
    found = (await world.http.get("/security/audit/logs", params={"type": "ai.evaluation.*"})).json()["items"]
    assert [item["type"] for item in reversed(found)] == [
        "ai.evaluation.created",
        "ai.evaluation.examples_added",
        "ai.evaluation.examples_added",
        "ai.evaluation.scored",
        "ai.evaluation.example_deleted",
        "ai.evaluation.changed",
        "ai.evaluation.deleted",
    ]


async def test_the_local_provider_is_graded_example_by_example(world):
    await kept(world)
    answer = await world.asked("/ai/evaluations/messages/runs", provider="local")
    run = answer.json()
    assert (answer.status_code, run["score"], run["problems"], run["provider"]) == (201, 0.666667, 0, "local")
    assert [(one["got"], one["score"]) for one in run["results"]] == [
        ("billing", 1.0),
        ("delivery", 1.0),
        ("delivery", 0.0),
    ]
    again = (await world.asked("/ai/evaluations/messages/runs", provider="local")).json()
    assert again["score"] == run["score"]
    listed = (await world.http.get("/ai/evaluations/messages/runs")).json()["items"]
    assert [(one["id"], one["examples"], one["results"]) for one in listed] == [
        (again["id"], 3, []),
        (run["id"], 3, []),
    ]
    read = (await world.http.get(f"/ai/evaluations/messages/runs/{run['id']}")).json()
    assert read == run


async def test_a_streamed_run_tells_how_far_it_is(world):
    await kept(world)
    answer = await world.asked("/ai/evaluations/messages/runs", provider="local", stream=True)
    events = [part.split("\n") for part in answer.text.strip().split("\n\n")]
    assert [json.loads(data.removeprefix("data: ")) for _, data in events[:-1]] == [
        {"done": 1, "of": 3},
        {"done": 2, "of": 3},
        {"done": 3, "of": 3},
    ]
    assert events[-1][0] == "event: done"
    assert json.loads(events[-1][1].removeprefix("data: "))["score"] == 0.666667


async def test_an_example_that_cannot_be_answered_is_wrong_and_an_outage_is_no_score(world):
    missing = {"input": {"document": "document_99", "labels": LABELS}, "expected": "billing"}
    refused = await world.asked("/ai/evaluations", name="papers", task="classify", examples=[missing])
    assert (refused.status_code, refused.json()["code"]) == (404, "document_not_found")
    empty = {"input": {"labels": LABELS}, "expected": "billing"}
    await kept(world, examples=[EXAMPLES[0], empty])
    run = (await world.asked("/ai/evaluations/messages/runs", provider="local")).json()
    assert (run["score"], run["problems"]) == (0.5, 1)
    assert run["results"][1]["problem"].startswith("ai_input_missing: ")
    world.wire.script = "503"
    outage = await world.asked("/ai/evaluations/messages/runs", provider="anthropic")
    assert (outage.status_code, outage.json()["code"]) == (503, "ai_provider_unavailable")
    assert len((await world.http.get("/ai/evaluations/messages/runs")).json()["items"]) == 1


async def test_examples_that_do_not_fit_are_refused_with_their_path(world):
    wrong = [
        {"input": {"text": "x", "labels": LABELS, "provider": "openai"}, "expected": "billing"},
        {"input": {"text": "x", "lables": LABELS}, "expected": ""},
    ]
    refused = await world.asked("/ai/evaluations", name="messages", task="classify", examples=wrong)
    assert refused.status_code == 422
    paths = [fault["path"] for fault in refused.json()["errors"]]
    assert paths[:2] == ["examples[0].input.provider", "examples[1].expected"]
    assert "examples[1].input.lables" in paths
    metric = await world.asked("/ai/evaluations", name="messages", task="classify", metric="token_f1")
    assert metric.status_code == 422
    none = await world.asked("/ai/evaluations", name="empty", task="classify")
    assert none.status_code == 201
    run = await world.asked("/ai/evaluations/empty/runs", provider="local")
    assert (run.status_code, run.json()["code"]) == (409, "ai_evaluation_empty")


async def test_examples_go_with_their_document(world):
    paper = await world.http.post(
        "/documents", files={"file": ("factura.txt", b"FACTURA F-1\nTotal 10,00 EUR", "text/plain")}
    )
    handle = paper.json()["handle"]
    about = {"input": {"document": handle, "schema": "invoice"}, "expected": {"number": "F-1"}}
    made = await world.asked("/ai/evaluations", name="papers", task="extract", examples=[about, about])
    assert made.status_code == 201, made.text
    run = (await world.asked("/ai/evaluations/papers/runs", provider="local")).json()
    assert len(run["results"]) == 2
    assert (await world.http.delete(f"/documents/{handle}", headers={"If-Match": "*"})).is_success
    [workspace] = await world.services.database.read(
        lambda work: work.session.scalars(select(WorkspaceRow.id).where(WorkspaceRow.slug == "default")).all(), SYSTEM
    )
    everything = Actor(None, "system", workspace)
    assert await world.services.database.write(lambda work: Sweeper(work, 0).sweep(), everything) == 1
    assert (await world.http.get("/ai/evaluations/papers/examples")).json()["items"] == []
    assert (await world.http.get(f"/ai/evaluations/papers/runs/{run['id']}")).json()["results"] == []


async def test_of_sets_that_take_one_name_at_once_one_gets_it(world):
    made = await asyncio.gather(*(world.asked("/ai/evaluations", name="wanted", task="ask") for _ in range(5)))
    assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409, 409]
    for number in range(4):
        assert (await world.asked("/ai/evaluations", name=f"old_{number}", task="ask")).status_code == 201
    renames = (
        world.http.patch(f"/ai/evaluations/old_{number}", json={"name": "other"}, headers={"If-Match": "*"})
        for number in range(4)
    )
    answers = [*made, *await asyncio.gather(*renames)]
    assert sorted(answer.status_code for answer in answers[5:]) == [200, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "ai_evaluation_name_taken"}
