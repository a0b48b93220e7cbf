"""Many workflows in one request: each has its own result, and one that is refused does not keep the others from it."""

import threading

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

STEP = {"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}
BROKEN = {"workflow": "broken", "steps": [{"id": "a", "use": "value.sett"}]}


def definition(name, **more):
    return {"workflow": name, "steps": [STEP], **more}


async def bulk(product, action, **order):
    answer = await product.client.post("/workflows/bulk", json={"action": action, **order})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def three(product):
    await bulk(product, "create", workflows=[{"definition": definition(name)} for name in ("one", "two", "twelve")])


def told(result):
    return [(item["index"], item["status"], item["workflow"]) for item in result["items"]]


async def test_many_are_created_and_one_with_faults_is_told(on_both):
    wanted = [{"definition": definition("one")}, {"definition": BROKEN}, {"name": "Two", "tags": ["demo"]}]
    result = await bulk(on_both, "create", workflows=wanted)
    assert told(result) == [(0, 201, "workflow_1"), (1, 422, None), (2, 201, "workflow_2")]
    assert (result["total"], result["succeeded"], result["failed"]) == (3, 2, 1)
    error = result["items"][1]["error"]
    assert (error["code"], error["type"]) == ("definition_invalid", "urn:docchain:problem:definition_invalid")
    assert error["errors"][0]["path"] == "steps[0].use"
    assert (await on_both.get("/workflows/2"))["tags"] == ["demo"]
    assert [item["name"] for item in (await on_both.get("/workflows", tag="demo"))["items"]] == ["Two"]
    assert (await on_both.post("/workflows", {}, 201))["handle"] == "workflow_3"


async def test_each_is_changed_by_its_own_changes_or_those_for_all(on_both):
    await three(on_both)
    targets = [
        {"workflow": 1, "etag": '"1"', "changes": {"name": "Uno", "definition": definition("one", output=1)}},
        {"workflow": "workflow_2", "etag": '"7"'},
        "workflow_9",
        {"workflow": "workflow_3", "changes": {"definition": BROKEN}},
        "workflow_3",
    ]
    result = await bulk(on_both, "update", workflows=targets, changes={"description": "Said of all"})
    assert told(result) == [
        (0, 200, "workflow_1"),
        (1, 412, "workflow_2"),
        (2, 404, None),
        (3, 422, "workflow_3"),
        (4, 200, "workflow_3"),
    ]
    assert [item["etag"] for item in result["items"]] == ['"2"', None, None, None, '"2"']
    assert result["items"][1]["error"]["detail"] == "workflow_2 is at revision 1 now."
    first = await on_both.get("/workflows/1")
    assert (first["name"], first["definition"]["output"], first["revision"]) == ("Uno", 1, 2)
    assert (await on_both.get("/workflows/3"))["description"] == "Said of all"
    assert (await on_both.get("/workflows/2"))["revision"] == 1


async def test_tags_are_added_and_taken_away_by_filter(on_both):
    await three(on_both)
    await on_both.client.patch("/workflows/2", json={"tags": ["old"]}, headers={"If-Match": "*"})
    result = await bulk(on_both, "tag", filter={"q": "tw"}, tags=["new", "old"])
    assert told(result) == [(0, 200, "workflow_2"), (1, 200, "workflow_3")]
    found = await on_both.get("/workflows", tag=["new", "old"], sort="name")
    assert [(item["name"], item["tags"]) for item in found["items"]] == [
        ("twelve", ["value", "new", "old"]),
        ("two", ["old", "new"]),
    ]
    again = await bulk(on_both, "tag", workflows=["workflow_2"], tags=["new"])
    assert again["items"][0]["etag"] == '"3"'  # it has the tag: nothing changed
    await bulk(on_both, "untag", filter={"tag": ["new"]}, tags=["old"])
    assert (await on_both.get("/workflows", tag="old"))["items"] == []


async def test_status_delete_and_restore(on_both):
    await three(on_both)
    result = await bulk(on_both, "status", workflows=[1, 2], status="active")
    assert told(result) == [(0, 200, "workflow_1"), (1, 200, "workflow_2")]
    mixed = await bulk(on_both, "status", workflows=[1, 3], status="paused")
    assert told(mixed) == [(0, 200, "workflow_1"), (1, 409, "workflow_3")]
    assert mixed["items"][1]["error"]["detail"].startswith("workflow_3 is draft; from there it can become active")
    gone = await bulk(on_both, "delete", workflows=[1, 1, 2])
    assert told(gone) == [(0, 200, "workflow_1"), (1, 404, "workflow_1"), (2, 200, "workflow_2")]
    assert [item["name"] for item in (await on_both.get("/workflows"))["items"]] == ["twelve"]
    back = await bulk(on_both, "restore", filter={"q": "two"})
    assert told(back) == [(0, 200, "workflow_2")]
    assert [item["name"] for item in (await on_both.get("/workflows", sort="name"))["items"]] == ["twelve", "two"]


async def test_many_are_executed(on_both):
    inputs = {"n": {"type": "number"}}
    for name in ("one", "two"):
        await on_both.workflow(name, [STEP], inputs=inputs, output="${inputs.n}")
    await on_both.post("/workflows/1/publish", status=201)
    targets = ["workflow_1", {"workflow": 2, "inputs": {"n": "x"}}, {"workflow": 2, "inputs": {"n": 7}}, 9]
    result = await bulk(on_both, "execute", workflows=targets, inputs={"n": 5})
    assert told(result) == [(0, 202, "workflow_1"), (1, 422, "workflow_2"), (2, 202, "workflow_2"), (3, 404, None)]
    assert [item["run"] for item in result["items"]] == ["run_1", None, "run_2", None]
    assert result["items"][1]["error"]["errors"][0]["path"] == "inputs.n"
    first, second = [await on_both.until(run, "succeeded", "failed") for run in ("run_1", "run_2")]
    assert (first["output"], first["workflow_version"]) == (5, 1)
    assert (second["output"], second["workflow_version"]) == (7, None)
    by_number = await bulk(on_both, "execute", workflows=[1, 2], inputs={"n": 5}, version=1)
    assert told(by_number) == [(0, 202, "workflow_1"), (1, 404, "workflow_2")]
    assert by_number["items"][1]["error"]["code"] == "version_not_found"
    await on_both.client.put("/workflows/1/versions/1/labels/production", headers={"If-Match": "*"})
    labelled = await bulk(on_both, "execute", workflows=[1, 2], inputs={"n": 6}, version="production")
    assert [item["status"] for item in labelled["items"]] == [202, 404]
    assert (await on_both.until("run_4", "succeeded", "failed"))["output"] == 6


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("create", {"workflows": [{"definition": definition("four")}]}),
        ("update", {"workflows": [1], "changes": {"name": "Uno"}}),
        ("tag", {"filter": {}, "all": True, "tags": ["new"]}),
        ("status", {"filter": {}, "all": True, "status": "active"}),
        ("execute", {"workflows": [1]}),
        ("delete", {"filter": {}, "all": True}),
    ],
)
async def test_a_dry_run_tells_what_would_happen_and_does_nothing(on_both, action, order):
    await three(on_both)
    before = (await on_both.get("/workflows"))["items"]
    dry = await bulk(on_both, action, dry_run=True, **order)
    assert (dry["dry_run"], dry["failed"]) == (True, 0)
    assert (await on_both.get("/workflows"))["items"] == before
    assert (await on_both.get("/runs"))["items"] == []
    real = await bulk(on_both, action, **order)
    assert told(real) == told(dry)


async def test_a_repeated_request_has_one_effect(on_both):
    body = {"action": "create", "workflows": [{"name": "one"}]}
    first = await on_both.post("/workflows/bulk", body, 200, **{"Idempotency-Key": "k1"})
    assert await on_both.post("/workflows/bulk", body, 200, **{"Idempotency-Key": "k1"}) == first
    assert len((await on_both.get("/workflows"))["items"]) == 1


async def test_every_change_is_an_event(ana, house):
    await ana.post("/workflows/bulk", json={"action": "create", "workflows": [{"name": "one"}, {"name": "two"}]})
    await ana.post("/workflows/bulk", json={"action": "delete", "workflows": [2]})
    assert [(type_, data["workflow"]) for type_, data in await house.events()] == [
        ("workflow.created", "workflow_1"),
        ("workflow.created", "workflow_2"),
        ("workflow.deleted", "workflow_2"),
    ]


@pytest.mark.parametrize(
    ("order", "path"),
    [
        ({"action": "delete"}, "body"),
        ({"action": "delete", "workflows": [1], "filter": {"q": "a"}}, "body"),
        ({"action": "delete", "workflows": []}, "workflows"),
        ({"action": "tag", "workflows": [1], "tags": []}, "tags"),
        ({"action": "tag", "workflows": [1]}, "tags"),
        ({"action": "status", "workflows": [[]], "status": "active"}, "workflows[0]"),
        ({"action": "status", "workflows": [1], "status": "odd"}, "status"),
        ({"action": "update", "workflows": [{"workflow": 1, "etag": 3}]}, "workflows[0]"),
        ({"action": "execute", "workflows": [1], "version": 0}, "version"),
        ({"action": "paint", "workflows": [1]}, "body"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(ana, order, path):
    refused = await ana.post("/workflows/bulk", json=order)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path)


@pytest.mark.parametrize(
    "order",
    [
        {"action": "delete", "filter": {}},
        {"action": "delete", "filter": {"status": [], "q": ""}},
        {"action": "delete", "filter": {"q": " "}},
        {"action": "status", "filter": {"deleted": False}, "status": "archived"},
        {"action": "update", "filter": {}, "changes": {"description": "x"}},
    ],
)
async def test_all_workflows_are_reached_only_where_it_is_said(ana, order):
    await ana.post("/workflows", json={"name": "ours"})
    refused = await ana.post("/workflows/bulk", json=order)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (
        422,
        'the filter chooses all workflows; narrow it, or say `"all": true`',
    )
    reached = await ana.post("/workflows/bulk", json={**order, "all": True})
    assert (reached.status_code, reached.json()["total"]) == (200, 1)


async def test_who_may_not_is_refused(cleo, eve, ana):
    await ana.post("/workflows", json={"name": "ours"})
    denied = await cleo.post("/workflows/bulk", json={"action": "delete", "workflows": [1]})
    assert (denied.status_code, denied.json()["code"]) == (403, "denied")
    denied = await cleo.post("/workflows/bulk", json={"action": "execute", "workflows": [1]})
    assert denied.json()["detail"] == "This needs the permission workflows:execute in the workspace."
    other = (await eve.post("/workflows/bulk", json={"action": "delete", "workflows": [1]})).json()
    assert [item["status"] for item in other["items"]] == [404]


async def test_too_many_are_refused(ana):
    refused = await ana.post("/workflows/bulk", json={"action": "create", "workflows": [{}] * 501})
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_workflows")
    assert refused.json()["detail"] == "One order reaches 500 workflows at most."


async def test_the_number_of_statements_does_not_grow_with_the_workflows(product):
    await bulk(product, "create", workflows=[{"name": f"w{n}", "definition": definition(f"w{n}")} for n in range(200)])
    for action, more in (("tag", {"tags": ["x"]}), ("execute", {}), ("status", {"status": "active"}), ("delete", {})):
        few = await _statements(bulk(product, action, workflows=[*range(1, 3)], dry_run=True, **more))
        many = await _statements(bulk(product, action, workflows=[*range(1, 201)], dry_run=True, **more))
        assert many - few <= 4, action


async def _statements(asked):
    """How many its transaction takes: the largest one, for readers of events write beside it, a few at a time."""
    counts = [0]

    def writes():
        return threading.current_thread().name == "database-writer"

    def began(*_):
        if writes():
            counts.append(0)

    def executed(*_):
        if writes():
            counts[-1] += 1

    event.listen(Engine, "begin", began)
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        await asked
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
        event.remove(Engine, "begin", began)
    return max(counts)
