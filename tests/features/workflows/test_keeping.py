"""Workflows kept over HTTP: created, found, changed, published, deleted, exported."""

import pytest

YAML = """\
# Incoming invoices
workflow: invoice_intake
title: Invoice intake
tags: [finance]
inputs:
  limit: {type: number, default: 1000}
steps:
  - id: note
    use: text.template   # says what it does
    with: {template: "limit {{ limit }}", data: {limit: "${inputs.limit}"}}
"""
ONE_STEP = {"workflow": "one", "steps": [{"id": "a", "use": "value.set", "with": {"values": {"x": 1}}}]}


async def test_what_is_missing_is_proposed_and_marked(ana):
    steps = [*ONE_STEP["steps"], {"id": "b", "use": "text.template", "with": {"template": "x"}}]
    workflow = (await ana.post("/workflows", json={"definition": {"steps": steps}})).json()
    assert workflow["name"] == "Set values → Fill a text template"
    assert workflow["description"] == "2 steps: value.set → text.template."
    assert workflow["tags"] == ["text", "value"]
    assert workflow["proposed"] == ["name", "description", "tags"]
    assert workflow["definition"]["workflow"] == "set_values_fill_a_text_template"


async def test_nothing_at_all_makes_an_empty_draft(ana):
    workflow = (await ana.post("/workflows", json={})).json()
    assert (workflow["handle"], workflow["name"], workflow["status"]) == ("workflow_1", "Untitled workflow 1", "draft")
    assert workflow["description"] == "No steps yet."


async def test_what_a_person_names_is_no_longer_proposed(ana):
    await ana.post("/workflows", json={"definition": {"steps": []}})
    workflow = (await ana.patch("/workflows/1", json={"name": "Archivo nº 5"})).json()
    assert (workflow["name"], workflow["proposed"]) == ("Archivo nº 5", ["description", "tags"])
    assert workflow["definition"]["workflow"] == "archivo_no_5"


async def test_yaml_comes_back_as_it_was_written(ana):
    imported = await ana.post("/workflows/import", content=YAML, headers={"Content-Type": "application/yaml"})
    assert imported.status_code == 201
    assert (imported.json()["name"], imported.json()["tags"]) == ("invoice_intake", ["finance"])
    exported = await ana.get("/workflows/workflow_1/export")
    assert exported.headers["content-type"].startswith("application/yaml")
    assert exported.text == YAML


async def test_json_makes_the_round_trip(ana):
    await ana.post("/workflows/import", content=YAML)
    exported = (await ana.get("/workflows/1/export?format=json")).text
    again = (await ana.post("/workflows/import", content=exported)).json()
    assert again["handle"] == "workflow_2"
    assert again["definition"] == (await ana.get("/workflows/1")).json()["definition"]


async def test_every_fault_is_told_and_nothing_is_stored(ana):
    definition = {
        "workflow": "broken",
        "steps": [
            {"id": "a", "use": "value.sett", "with": {}},
            {"id": "b", "use": "text.template", "with": {"template": "${steps.c.x}"}},
        ],
        "output": "${inputs.missing}",
    }
    validation = (await ana.post("/workflows/validate", json={"definition": definition})).json()
    assert validation["valid"] is False
    assert [(fault["path"], fault["code"]) for fault in validation["errors"]] == [
        ("steps[0].use", "unknown_kind"),
        ("steps[1].with.template", "reference"),
        ("output", "reference"),
    ]
    assert validation["errors"][0]["message"] == "no step kind is named 'value.sett'; did you mean value.set?"
    refused = await ana.post("/workflows", json={"definition": definition})
    assert refused.status_code == 422
    assert [fault["path"] for fault in refused.json()["errors"]] == ["steps[0].use", "steps[1].with.template", "output"]
    assert (await ana.get("/workflows?total=true")).json()["total"] == 0


async def test_broken_yaml_is_refused_with_its_line(ana):
    answer = await ana.post("/workflows/import", content="workflow: x\nsteps: [\n")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"].startswith("line ")
    binary = await ana.post("/workflows/import", content=b"workflow: \xff")
    assert binary.json()["errors"][0]["message"] == "is no UTF-8 text (byte 11); save the file as UTF-8"


async def test_a_stale_change_is_refused(ana):
    created = await ana.post("/workflows", json={"definition": ONE_STEP})
    assert created.headers["etag"] == '"1"'
    first = await ana.patch("/workflows/1", json={"tags": ["a"]}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    second = await ana.patch("/workflows/1", json={"tags": ["b"]}, headers={"If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (412, "workflow_changed")
    assert (await ana.get("/workflows/1")).json()["tags"] == ["a"]


async def test_versions_never_change(ana):
    await ana.post("/workflows", json={"definition": ONE_STEP})
    first = await ana.post("/workflows/1/publish", json={"note": "first"})
    assert (first.status_code, first.json()["number"], first.json()["note"]) == (201, 1, "first")
    assert (await ana.get("/workflows/1")).json()["status"] == "active"
    again = await ana.post("/workflows/1/publish")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_publish")
    await ana.patch("/workflows/1", json={"definition": {**ONE_STEP, "output": 2}})
    assert (await ana.get("/workflows/1")).json()["unpublished_changes"] is True
    await ana.post("/workflows/1/publish")
    versions = (await ana.get("/workflows/1/versions")).json()["items"]
    assert [(version["number"], version["definition"].get("output")) for version in versions] == [(2, 2), (1, None)]
    assert (await ana.get("/workflows/1/versions/1")).json()["published_by"] == "ana"
    assert (await ana.get("/workflows/1/versions/3")).json()["code"] == "version_not_found"


@pytest.mark.parametrize(
    ("path", "last", "detail"),
    [
        ([], "paused", "workflow_1 is draft; from there it can become active or archived, not paused."),
        (["active"], "draft", "workflow_1 is active; from there it can become paused or archived, not draft."),
        (
            ["active", "paused"],
            "draft",
            "workflow_1 is paused; from there it can become active or archived, not draft.",
        ),
        (["archived"], "active", "workflow_1 is archived; from there it can become draft, not active."),
    ],
)
async def test_an_illegal_status_names_the_legal_ones(ana, path, last, detail):
    await ana.post("/workflows", json={"definition": ONE_STEP})
    for status in path:
        assert (await ana.post("/workflows/1/status", json={"status": status})).json()["status"] == status
    refused = await ana.post("/workflows/1/status", json={"status": last})
    assert (refused.status_code, refused.json()["detail"]) == (409, detail)


async def test_a_deleted_workflow_comes_back(ana):
    await ana.post("/workflows", json={"definition": ONE_STEP})
    assert (await ana.delete("/workflows/1")).status_code == 204
    assert (await ana.get("/workflows/1")).status_code == 404
    assert (await ana.get("/workflows")).json()["items"] == []
    assert [item["name"] for item in (await ana.get("/workflows?deleted=true")).json()["items"]] == ["one"]
    assert (await ana.post("/workflows/1/restore")).json()["name"] == "one"
    assert (await ana.get("/workflows/1")).status_code == 200


async def test_workflows_are_found_by_words_tags_and_status_page_by_page(ana):
    for name, tags in (("Facturas", ["finance", "es"]), ("Invoices", ["finance"]), ("Contracts 100%", ["legal"])):
        await ana.post("/workflows", json={"name": name, "tags": tags})
    await ana.post("/workflows/2/status", json={"status": "active"})

    async def names(query):
        return [item["name"] for item in (await ana.get(f"/workflows?{query}")).json()["items"]]

    assert await names("q=fact") == ["Facturas"]
    assert await names("q=100%25") == ["Contracts 100%"]
    assert await names("tag=finance&sort=name") == ["Facturas", "Invoices"]
    assert await names("tag=finance&tag=es") == ["Facturas"]
    assert await names("status=active") == ["Invoices"]
    page = (await ana.get("/workflows?sort=name&limit=2&total=true")).json()
    assert ([item["name"] for item in page["items"]], page["total"]) == (["Contracts 100%", "Facturas"], 3)
    assert await names(f"sort=name&limit=2&cursor={page['next_cursor']}") == ["Invoices"]


async def test_workspaces_count_and_list_their_own(ana, eve):
    await ana.post("/workflows", json={"name": "ours"})
    assert (await eve.post("/workflows", json={"name": "theirs"})).json()["handle"] == "workflow_1"
    assert [item["name"] for item in (await eve.get("/workflows")).json()["items"]] == ["theirs"]


async def test_the_catalogue_describes_every_kind(cleo):
    kinds = {kind["name"]: kind for kind in (await cleo.get("/steps")).json()}
    assert list(kinds) == ["fail", "human.approval", "text.template", "value.set", "wait"]
    assert kinds["text.template"]["effect"] == "pure"
    assert kinds["text.template"]["parameters"]["required"] == ["template"]
    assert kinds["text.template"]["result"]["properties"]["text"]["type"] == "string"
    assert "for" in kinds["wait"]["parameters"]["properties"]
    assert (await cleo.get("/workflows/schema")).json()["required"] == ["workflow"]


async def test_a_change_says_which_state_it_was_made_on(ana):
    await ana.post("/workflows", json={"definition": ONE_STEP})
    del ana.headers["If-Match"]
    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("PATCH", "/nodes/a"),
        ("DELETE", "/nodes/a"),
        ("PUT", "/edges/a/a"),
        ("PATCH", "/versions/1"),
        ("PUT", "/versions/1/labels/test"),
    ):
        refused = await ana.request(method, f"/workflows/1{path}", json={"note": ""} if "versions" in path else {})
        assert (refused.status_code, refused.json()["code"]) == (428, "precondition_required"), path
    one_of = await ana.patch("/workflows/1", json={"tags": ["a"]}, headers={"If-Match": '"7", "1"'})
    assert (one_of.status_code, one_of.headers["etag"]) == (200, '"2"')
    stale = await ana.patch("/workflows/1", json={"tags": ["b"]}, headers={"If-Match": '"1", W/"2"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    assert (await ana.post("/workflows/1/status", json={"status": "active"})).status_code == 200


async def test_every_address_of_what_was_made_is_told(ana):
    created = await ana.post("/workflows", json={"definition": ONE_STEP})
    published = await ana.post("/workflows/1/publish")
    imported = await ana.post("/workflows/import", content=YAML)
    for answer in (created, published, imported):
        shown = await ana.get(answer.headers["location"].removeprefix("/api/v3"))
        assert shown.status_code == 200
        assert shown.headers["etag"] in {'"1"', '"2"'}
    assert published.headers["etag"] == '"1"'


async def test_a_legal_status_is_told_to_programs(ana):
    await ana.post("/workflows", json={"definition": ONE_STEP})
    refused = (await ana.post("/workflows/1/status", json={"status": "paused"})).json()
    assert refused["allowed"] == ["active", "archived"]
    assert refused["errors"] == [
        {"path": "status", "message": "can become active or archived now", "code": "illegal_transition"}
    ]
    await ana.delete("/workflows/1")
    stale = await ana.post("/workflows/1/restore", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "workflow_changed")
    assert (await ana.post("/workflows/1/restore", headers={"If-Match": '"2"'})).headers["etag"] == '"3"'


async def test_workflows_are_found_by_type_and_time(ana):
    await ana.post("/workflows", json={"name": "old"})
    await ana.post("/workflows", json={"name": "new", "workflow_type": "content_generation"})
    first, second = reversed((await ana.get("/workflows")).json()["items"])
    assert (first["workflow_type"], second["workflow_type"]) == ("workflow", "content_generation")

    async def names(**query):
        return [item["name"] for item in (await ana.get("/workflows", params=query)).json()["items"]]

    assert await names(type="content_generation") == ["new"]
    assert await names(type=["content_generation", "workflow"], sort="created_at") == ["old", "new"]
    assert await names(created_after=second["created_at"]) == ["new"]
    assert await names(created_before=second["created_at"]) == ["old"]
    await ana.patch("/workflows/1", json={"tags": ["x"]})
    changed = (await ana.get("/workflows/1")).json()["updated_at"]
    assert await names(updated_after=changed) == ["old"]
    assert await names(updated_before=changed) == ["new"]
    naive = await ana.get("/workflows?created_after=2026-01-01T00:00:00")
    assert (naive.status_code, naive.json()["errors"][0]["path"]) == (422, "query.created_after")


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x " * 2_000},
        {"tag": ["t"] * 1_000},
        {"status": ["draft"] * 1_000},
        {"type": ["t"] * 1_000},
        {"owner": "o" * 5_000},
        {"cursor": "c" * 5_000},
    ],
)
async def test_a_question_too_long_is_refused(ana, query):
    refused = await ana.get("/workflows", params=query)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == f"query.{next(iter(query))}"


async def test_a_definition_with_faults_is_kept_if_its_author_says_so(ana):
    broken = {"workflow": "broken", "steps": [{"id": "a", "use": "value.sett"}]}
    created = await ana.post("/workflows", json={"definition": broken, "keep_faults": True})
    assert (created.status_code, created.json()["valid"]) == (201, False)
    fault = {
        "path": "steps[0].use",
        "code": "unknown_kind",
        "message": "no step kind is named 'value.sett'; did you mean value.set?",
        "node": "a",
    }
    assert created.json()["faults"] == [fault]
    assert (await ana.post("/workflows/1/publish")).status_code == 422
    named = await ana.patch("/workflows/1", json={"name": "still broken"})
    assert (named.json()["valid"], named.json()["faults"]) == (False, [fault])
    refused = await ana.patch("/workflows/1", json={"definition": broken})
    assert (refused.status_code, refused.json()["errors"]) == (422, [fault])
    shapeless = await ana.post("/workflows", json={"definition": {"steps": [{"id": "a"}]}, "keep_faults": True})
    assert (shapeless.status_code, shapeless.json()["errors"][0]["path"]) == (422, "steps[0].use")
    mended = await ana.patch("/workflows/1", json={"definition": ONE_STEP})
    assert (mended.json()["valid"], mended.json()["faults"]) == (True, [])
