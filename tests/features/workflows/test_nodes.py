"""A draft edited node by node over HTTP: nodes, edges, faults that are told and kept, and the author's own text."""

import asyncio
from collections import Counter

import pytest

YAML = """\
# Greets, then waits
workflow: greeting
inputs:
  name: {type: string, default: world}
steps:
  # says it
  - id: text
    use: text.template   # Jinja
    with: {template: "Hello {{ n }}!", data: {n: "${inputs.name}"}}

  # keeps it
  - id: keep
    use: value.set
    when: steps.text.text != ''
    with: {values: {said: "${steps.text.text}"}}
output: "${steps.keep.said}"   # all of it
"""


@pytest.fixture
async def greeting(ana):
    await ana.post("/workflows/import", content=YAML)
    return "/workflows/1"


async def _text(ana):
    return (await ana.get("/workflows/1/export")).text


async def test_a_draft_is_shown_as_nodes_and_edges(ana, greeting):
    graph = await ana.get(f"{greeting}/graph")
    assert graph.headers["etag"] == '"1"'
    told = graph.json()
    assert [(n["index"], n["id"], n["kind"], n["effect"], n["follows"]) for n in told["nodes"]] == [
        (0, "text", "Fill a text template", "pure", []),
        (1, "keep", "Set values", "pure", ["text"]),
    ]
    assert told["edges"] == [{"from": "text", "to": "keep", "kind": "order"}]
    assert (told["workflow"], told["revision"], told["valid"], told["faults"]) == ("workflow_1", 1, True, [])
    assert (await ana.get(f"{greeting}/edges")).json()["items"] == told["edges"]
    assert (await ana.get(f"{greeting}/nodes")).json()["items"] == told["nodes"]
    node = (await ana.get(f"{greeting}/nodes/keep")).json()["node"]
    assert (node["with"], node["when"]) == ({"values": {"said": "${steps.text.text}"}}, "steps.text.text != ''")


async def test_a_node_is_added_where_it_is_wanted_and_named_by_what_it_does(ana, greeting):
    added = await ana.post(f"{greeting}/nodes", json={"use": "value.set", "with": {"values": {}}, "before": "keep"})
    assert (added.status_code, added.headers["etag"]) == (201, '"2"')
    assert added.headers["location"] == "/api/v3/workflows/1/nodes/value_set"
    assert (added.json()["node"]["index"], added.json()["node"]["follows"]) == (1, ["text"])
    again = await ana.post(f"{greeting}/nodes", json={"use": "value.set", "with": {"values": {}}, "index": 0})
    assert (again.json()["node"]["id"], again.json()["node"]["index"]) == ("value_set_2", 0)
    taken = await ana.post(f"{greeting}/nodes", json={"id": "keep", "use": "value.set"})
    assert (taken.status_code, taken.json()["code"], taken.json()["errors"][0]["node"]) == (409, "node_exists", "keep")
    nowhere = await ana.post(f"{greeting}/nodes", json={"use": "value.set", "after": "gone"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "node_not_found")


async def test_an_edit_leaves_the_rest_of_the_text_as_its_author_wrote_it(ana, greeting):
    await ana.patch(f"{greeting}/nodes/keep", json={"title": "Keep it"})
    expected = YAML.replace('said: "${steps.text.text}"}}\n', 'said: "${steps.text.text}"}}\n    title: Keep it\n')
    assert await _text(ana) == expected
    await ana.patch(f"{greeting}/nodes/keep", json={"title": None})
    assert await _text(ana) == YAML
    await ana.post(f"{greeting}/nodes/keep/move", json={"before": "text"})
    assert "steps:\n  # keeps it\n  - id: keep\n" in await _text(ana)
    await ana.post(f"{greeting}/nodes/keep/move", json={"index": 1})
    assert await _text(ana) == YAML


async def test_a_draft_with_faults_is_kept_but_neither_published_nor_executed(ana, greeting):
    await ana.post(f"{greeting}/publish")
    removed = await ana.delete(f"{greeting}/nodes/text")
    assert (removed.status_code, removed.json()["valid"]) == (200, False)
    assert [(f["path"], f["node"], f["code"]) for f in removed.json()["faults"]] == [
        ("steps[0].when", "keep", "reference"),
        ("steps[0].with.values.said", "keep", "reference"),
    ]
    read = (await ana.get(greeting)).json()
    assert (read["valid"], read["faults"], read["status"]) == (False, removed.json()["faults"], "active")
    assert [item["valid"] for item in (await ana.get("/workflows")).json()["items"]] == [False]
    published = await ana.post(f"{greeting}/publish")
    assert (published.status_code, published.json()["code"]) == (422, "definition_invalid")
    assert published.json()["errors"][0]["node"] == "keep"
    executed = await ana.post(f"{greeting}/execute", json={"version": "draft"})
    assert (executed.status_code, executed.json()["code"]) == (422, "draft_invalid")
    assert (executed.json()["errors"][0]["path"], executed.json()["errors"][0]["node"]) == ("steps[0].when", "keep")
    assert (await ana.post(f"{greeting}/execute", json={"wait": 10})).json()["output"] == "Hello world!"
    await ana.patch(f"{greeting}/nodes/keep", json={"when": None, "with": {"values": {"said": "bye"}}})
    assert (await ana.get(greeting)).json()["valid"] is True
    assert (await ana.post(f"{greeting}/publish")).json()["number"] == 2


@pytest.mark.parametrize(
    ("node", "code", "path"),
    [
        ({"id": "x", "use": "value.sett"}, "unknown_kind", "steps[2].use"),
        ({"id": "x", "use": "text.template"}, "missing", "steps[2].with.template"),
        ({"id": "x", "use": "value.set", "with": {"values": 3}}, "invalid", "steps[2].with.values"),
        (
            {"id": "x", "use": "value.set", "with": {"values": {"a": "${steps.y}"}}},
            "reference",
            "steps[2].with.values.a",
        ),
        ({"id": "x", "use": "value.set", "with": {"values": {}}, "needs": ["y"]}, "unknown_step", "steps[2].needs[0]"),
        ({"id": "x", "use": "value.set", "with": {"values": {}, "zzz": 1}}, "unknown_field", "steps[2].with.zzz"),
    ],
)
async def test_every_fault_of_meaning_is_told_with_its_path_and_node(ana, greeting, node, code, path):
    added = await ana.post(f"{greeting}/nodes", json=node)
    assert added.status_code == 201
    fault = added.json()["faults"][0]
    assert (fault["code"], fault["path"], fault["node"]) == (code, path, "x")
    assert added.json()["node"]["faults"] == [fault]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"id": "x"}, "use"),
        ({"id": "1x", "use": "value.set"}, "id"),
        ({"use": "value.set", "colour": "red"}, "colour"),
        ({"use": "value.set", "retry": {"attempts": 0}}, "retry.attempts"),
        ({"use": "value.set", "before": "text", "index": 3}, "body"),
    ],
)
async def test_a_node_of_the_wrong_shape_is_refused(ana, greeting, body, path):
    refused = await ana.post(f"{greeting}/nodes", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path)
    assert await _text(ana) == YAML


async def test_a_renamed_node_is_followed_by_all_that_name_it(ana, greeting):
    await ana.patch(f"{greeting}/nodes/keep", json={"needs": ["text"]})
    renamed = await ana.patch(f"{greeting}/nodes/text", json={"id": "words"})
    assert (renamed.json()["node"]["id"], renamed.json()["valid"]) == ("words", True)
    text = await _text(ana)
    assert "when: steps.words.text != ''" in text
    assert "${steps.words.text}" in text
    assert "needs: [words]" in text
    assert "# says it\n  - id: words\n    use: text.template   # Jinja" in text
    taken = await ana.patch(f"{greeting}/nodes/words", json={"id": "keep"})
    assert (taken.status_code, taken.json()["code"]) == (409, "node_exists")
    nameless = await ana.patch(f"{greeting}/nodes/words", json={"id": None})
    assert nameless.status_code == 422


async def test_edges_are_said_and_taken_back(ana, greeting):
    await ana.post(f"{greeting}/nodes", json={"id": "end", "use": "value.set", "with": {"values": {}}})
    said = await ana.put(f"{greeting}/edges/text/end")
    assert (said.status_code, said.json()["edge"]) == (200, {"from": "text", "to": "end", "kind": "needs"})
    assert (await ana.get(f"{greeting}/nodes/end")).json()["node"]["needs"] == ["keep", "text"]
    again = await ana.put(f"{greeting}/edges/text/end")
    assert again.headers["etag"] == said.headers["etag"]
    assert (await ana.delete(f"{greeting}/edges/keep/end")).status_code == 200
    assert (await ana.get(f"{greeting}/nodes/end")).json()["node"]["needs"] == ["text"]
    gone = await ana.delete(f"{greeting}/edges/keep/end")
    assert (gone.status_code, gone.json()["code"], gone.json()["errors"][0]["node"]) == (404, "edge_not_found", "keep")
    assert (await ana.put(f"{greeting}/edges/nobody/end")).json()["code"] == "node_not_found"
    await ana.patch(f"{greeting}/nodes/text", json={"on_error": "end", "needs": []})
    await ana.delete(f"{greeting}/edges/text/end")
    handler = await ana.delete(f"{greeting}/edges/text/end")
    assert (handler.status_code, handler.json()["code"]) == (409, "edge_is_a_handler")
    assert {"from": "text", "to": "end", "kind": "on_error"} in (await ana.get(f"{greeting}/edges")).json()["items"]


async def test_a_cycle_is_told_and_taken_back(ana, greeting):
    cycle = (await ana.put(f"{greeting}/edges/keep/text")).json()
    assert (cycle["valid"], [fault["code"] for fault in cycle["faults"]]) == (False, ["cycle"])
    assert cycle["faults"][0]["message"].startswith("these steps wait for each other: ")
    assert (await ana.delete(f"{greeting}/edges/keep/text")).json()["valid"] is True


async def test_who_needed_a_removed_node_needs_what_it_needed(ana, greeting):
    await ana.patch(f"{greeting}/nodes/keep", json={"needs": ["text"], "when": None, "with": {"values": {}}})
    end = {"id": "end", "use": "value.set", "with": {"values": {}}, "needs": ["keep"]}
    await ana.post(f"{greeting}/nodes", json=end)
    await ana.delete(f"{greeting}/nodes/keep")
    assert (await ana.get(f"{greeting}/nodes/end")).json()["node"]["needs"] == ["text"]


async def test_a_stale_edit_is_refused_and_a_repeated_one_takes_place_once(ana, greeting):
    node = {"id": "end", "use": "value.set", "with": {"values": {}}}
    key = {"Idempotency-Key": "once", "If-Match": '"1"'}
    first = await ana.post(f"{greeting}/nodes", json=node, headers=key)
    assert first.status_code == 201
    again = await ana.post(f"{greeting}/nodes", json=node, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    stale = await ana.patch(f"{greeting}/nodes/end", json={"title": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "workflow_changed")
    assert (await ana.patch(f"{greeting}/nodes/end", json={"title": "x"}, headers={"If-Match": '"2"'})).is_success


async def test_definitions_as_data_are_edited_too(ana):
    await ana.post("/workflows", json={})
    await ana.post("/workflows/1/nodes", json={"id": "a", "use": "value.set", "with": {"values": {"x": 1}}})
    await ana.post("/workflows/1/nodes", json={"id": "b", "use": "fail", "with": {"message": "no"}, "timeout": "2m"})
    workflow = (await ana.get("/workflows/1")).json()
    assert [step["id"] for step in workflow["definition"]["steps"]] == ["a", "b"]
    assert workflow["name"] == "Set values → Fail"
    assert workflow["definition"]["workflow"] == "set_values_fail"


async def test_nodes_added_at_once_are_all_there(on_both):
    workflow = await on_both.workflow("many", [])
    calls = [
        on_both.client.post(f"/workflows/{workflow}/nodes", json={"use": "value.set", "with": {"values": {"n": n}}})
        for n in range(6)
    ]
    assert Counter(answer.status_code for answer in await asyncio.gather(*calls)) == {201: 6}
    nodes = (await on_both.get(f"/workflows/{workflow}/nodes"))["items"]
    assert sorted(node["with"]["values"]["n"] for node in nodes) == [0, 1, 2, 3, 4, 5]


async def test_who_may_only_read_edits_nothing(ana, cleo, greeting):
    assert (await cleo.get(f"{greeting}/graph")).status_code == 200
    for method, path in (
        ("POST", "/nodes"),
        ("PATCH", "/nodes/text"),
        ("DELETE", "/nodes/text"),
        ("PUT", "/edges/a/b"),
    ):
        body = {"use": "fail"} if method == "POST" else {}
        assert (await cleo.request(method, f"{greeting}{path}", json=body)).status_code == 403
    assert await _text(ana) == YAML


async def test_every_edit_is_told(house, ana, greeting):
    await ana.patch(f"{greeting}/nodes/text", json={"title": "x"})
    assert (await house.events())[-1] == (
        "workflow.updated",
        {"workflow": "workflow_1", "name": "greeting", "revision": 2},
    )


async def test_a_condition_is_text_or_a_flag_and_no_number(ana, greeting):
    refused = await ana.patch(f"{greeting}/nodes/keep", json={"when": 0})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "when")
