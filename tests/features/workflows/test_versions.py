"""Published versions over HTTP: labels that name them, notes, and the way back into the draft."""

YAML = """\
# Greets
workflow: greeting
steps:
  - id: text   # the only one
    use: text.template
    with: {template: "Hello"}
output: {said: "${steps.text.text}"}
"""


def _greeting(word):
    return YAML.replace("Hello", word)


async def _published(product, *words):
    """A workflow with a version for each word."""
    handle = (await product.client.post("/workflows/import", content=_greeting(words[0]))).json()["handle"]
    for word in words:
        await product.client.patch(f"/workflows/{handle}", json={"definition": _greeting(word)})
        await product.post(f"/workflows/{handle}/publish", {"note": f"says {word}"}, 201)
    return handle


async def test_a_label_names_one_version_at_a_time(on_both):
    workflow = await _published(on_both, "Hello", "Hola")
    versions = f"/workflows/{workflow}/versions"
    first = await on_both.client.put(f"{versions}/1/labels/production")
    assert (first.status_code, first.json()["labels"], first.headers["etag"]) == (200, ["production"], '"2"')
    again = await on_both.client.put(f"{versions}/1/labels/production")
    assert again.headers["etag"] == '"2"'
    assert (await on_both.client.put(f"{versions}/1/labels/test")).json()["labels"] == ["production", "test"]
    moved = await on_both.client.put(f"{versions}/2/labels/production")
    assert (moved.json()["number"], moved.json()["labels"]) == (2, ["production"])
    listed = (await on_both.get(versions))["items"]
    assert [(item["number"], item["labels"]) for item in listed] == [(2, ["production"]), (1, ["test"])]


async def test_what_a_label_names_is_what_runs(on_both):
    workflow = await _published(on_both, "Hello", "Hola")
    await on_both.client.put(f"/workflows/{workflow}/versions/1/labels/production")
    labelled = await on_both.run(workflow, version="production")
    assert (labelled["workflow_version"], labelled["output"]) == (1, {"said": "Hello"})
    newest = await on_both.run(workflow)
    assert (newest["workflow_version"], newest["output"]) == (2, {"said": "Hola"})
    again = await on_both.post(f"/runs/{newest['handle']}/restart", {"version": "production"})
    assert (await on_both.until(again["handle"], "succeeded"))["output"] == {"said": "Hello"}
    step = {"id": "call", "use": "workflow", "with": {"workflow": "greeting", "version": "production"}}
    caller = await on_both.workflow("caller", [step], output="${steps.call}")
    assert (await on_both.run(caller))["output"] == {"said": "Hello"}
    named = await on_both.post(
        "/advanced/workflows/execute", {"workflow_id": workflow, "version": "production", "wait": 20}
    )
    assert named["output"] == {"said": "Hello"}


async def test_a_label_that_is_not_there_is_refused(on_both):
    workflow = await _published(on_both, "Hello")
    refused = await on_both.post(f"/workflows/{workflow}/execute", {"version": "productoin"}, 404)
    assert (refused["code"], refused["detail"]) == (
        "label_not_found",
        "No version of workflow_1 is labelled 'productoin'.",
    )
    taken = await on_both.client.delete(f"/workflows/{workflow}/versions/1/labels/production")
    assert (taken.status_code, taken.json()["code"]) == (404, "label_not_found")
    reserved = await on_both.client.put(f"/workflows/{workflow}/versions/1/labels/draft")
    assert (reserved.status_code, reserved.json()["code"]) == (422, "label_reserved")
    odd = await on_both.client.put(f"/workflows/{workflow}/versions/1/labels/Pro duction")
    assert (odd.status_code, odd.json()["errors"][0]["path"]) == (422, "path.label")
    assert (await on_both.client.put(f"/workflows/{workflow}/versions/2/labels/test")).status_code == 404


async def test_a_label_is_taken_away_once(on_both):
    workflow = await _published(on_both, "Hello")
    address = f"/workflows/{workflow}/versions/1/labels/test"
    etag = (await on_both.client.put(address)).headers["etag"]
    stale = await on_both.client.delete(address, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")
    assert (await on_both.client.delete(address, headers={"If-Match": etag})).status_code == 204
    assert (await on_both.client.delete(address)).status_code == 404


async def test_a_note_is_changed_later_and_the_definition_stays(on_both):
    workflow = await _published(on_both, "Hello")
    address = f"/workflows/{workflow}/versions/1"
    read = await on_both.client.get(address)
    assert (read.json()["note"], read.headers["etag"]) == ("says Hello", '"1"')
    noted = await on_both.client.patch(address, json={"note": "The first one"}, headers={"If-Match": '"1"'})
    assert (noted.status_code, noted.json()["note"], noted.headers["etag"]) == (200, "The first one", '"2"')
    assert noted.json()["definition"] == read.json()["definition"]
    stale = await on_both.client.patch(address, json={"note": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_changed")
    assert (await on_both.client.get(address)).json()["note"] == "The first one"


async def test_a_version_comes_back_as_its_author_wrote_it(on_both):
    workflow = await _published(on_both, "Hello", "Hola")
    stale = await on_both.client.post(f"/workflows/{workflow}/versions/1/restore", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "workflow_changed")
    etag = (await on_both.client.get(f"/workflows/{workflow}")).headers["etag"]
    restored = await on_both.client.post(f"/workflows/{workflow}/versions/1/restore", headers={"If-Match": etag})
    assert restored.status_code == 200
    assert (restored.json()["published_version"], restored.json()["unpublished_changes"]) == (2, True)
    assert (await on_both.client.get(f"/workflows/{workflow}/export")).text == _greeting("Hello")
    assert (await on_both.run(workflow, version="draft"))["output"] == {"said": "Hello"}
    again = await on_both.post(f"/workflows/{workflow}/publish", status=201)
    assert again["number"] == 3


async def test_every_change_of_a_version_is_told(house, ana):
    await ana.post("/workflows", json={"definition": _greeting("Hello")})
    await ana.post("/workflows/1/publish")
    await ana.put("/workflows/1/versions/1/labels/test")
    await ana.patch("/workflows/1/versions/1", json={"note": "new"})
    await ana.delete("/workflows/1/versions/1/labels/test")
    await ana.post("/workflows/1/versions/1/restore")
    told = [(type_, data.get("label")) for type_, data in await house.events()]
    assert told[2:] == [
        ("workflow.labelled", "test"),
        ("workflow.version_noted", None),
        ("workflow.unlabelled", "test"),
        ("workflow.updated", None),
    ]
