"""Bundles of workflows: what goes out comes back, with versions and labels; what cannot be read is told."""

import io
import json
import random
import zipfile

import pytest
from test_import_export import STEP, YAML, take

from docchain.features.workflows.bulk_errors import BadBundle
from docchain.features.workflows.bundle import unpacked

AS_ZIP = {"Content-Type": "application/zip"}


async def bundle_of(client, query=""):
    answer = await client.get(f"/workflows/bundle{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return answer.content


async def take_bundle(client, body, query="", status=200):
    answer = await client.post(f"/workflows/bundle{query}", content=body, headers=AS_ZIP)
    assert answer.status_code == status, answer.text
    return answer.json()


async def made(client):
    """One with versions and labels, one with proposals, one whose draft has faults, one deleted."""
    await take(client, YAML)
    await client.post("/workflows/1/publish", json={"note": "first"})
    await client.put("/workflows/1/versions/1/labels/production", headers={"If-Match": "*"})
    second = YAML.replace("default: 1000", "default: 7")
    await client.patch("/workflows/1", json={"definition": second, "tags": ["es"]}, headers={"If-Match": "*"})
    await client.post("/workflows/1/publish", json={"note": "second"})
    await client.post("/workflows", json={"definition": {"steps": [STEP]}})
    broken = {"workflow": "later", "steps": [{"id": "a", "use": "not.yet"}]}
    await client.post("/workflows", json={"definition": broken, "keep_faults": True})
    await client.post("/workflows", json={"name": "gone"})
    await client.delete("/workflows/4", headers={"If-Match": "*"})


_OWN = {"id", "created_at", "created_by", "updated_at", "revision", "handle", "published_at", "published_by"}


def without_own(shown):
    return {name: value for name, value in shown.items() if name not in _OWN}


async def test_a_bundle_makes_the_same_workflows_elsewhere(on_both, ana):
    here, there = on_both.client, ana
    await made(here)
    body = await bundle_of(here, "?versions=true")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.namelist() == [
            "bundle.json",
            "00001_invoice_intake/draft.yaml",
            "00001_invoice_intake/version_1.yaml",
            "00001_invoice_intake/version_2.yaml",
            "00002_set_values/draft.yaml",
            "00003_later/draft.yaml",
        ]
        assert archive.read("00001_invoice_intake/version_1.yaml").decode() == YAML
    result = await take_bundle(there, body)
    assert [(item["status"], item["workflow"]) for item in result["items"]] == [
        (201, "workflow_1"),
        (201, "workflow_2"),
        (201, "workflow_3"),
    ]
    for number in (1, 2, 3):
        one, other = [(await client.get(f"/workflows/{number}")).json() for client in (here, there)]
        assert without_own(other) == without_own(one)
        one, other = [(await client.get(f"/workflows/{number}/versions")).json()["items"] for client in (here, there)]
        assert [version["labels"] for version in other] == [version["labels"] for version in one]
        assert [(v["number"], v["note"], v["digest"]) for v in other] == [
            (v["number"], v["note"], v["digest"]) for v in one
        ]
    assert await bundle_of(there, "?versions=true") == body
    assert (await there.get("/workflows/1/export?version=production")).text == YAML


async def test_only_some_workflows_without_versions(ana):
    await made(ana)
    result = await take_bundle(ana, await bundle_of(ana, "?tag=es"), "?on_conflict=rename")
    assert [item["workflow"] for item in result["items"]] == ["workflow_5"]
    copy = (await ana.get("/workflows/5")).json()
    assert (copy["name"], copy["status"], copy["published_version"]) == ("invoice_intake 2", "draft", None)
    assert copy["definition"]["workflow"] == "invoice_intake_2"


async def test_what_is_there_already_is_refused_or_changed_one_by_one(ana):
    await made(ana)
    body = await bundle_of(ana)
    again = await take_bundle(ana, body)
    assert [item["status"] for item in again["items"]] == [409, 201, 409]
    assert again["items"][0]["error"]["code"] == "workflow_name_taken"
    await ana.patch("/workflows/1", json={"tags": ["other"]}, headers={"If-Match": "*"})
    updated = await take_bundle(ana, body, "?on_conflict=update")
    assert [(item["status"], item["workflow"]) for item in updated["items"]] == [
        (200, "workflow_1"),
        (201, "workflow_6"),
        (200, "workflow_3"),
    ]
    assert (await ana.get("/workflows/1")).json()["tags"] == ["es"]


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def listing(*workflows, number=1):
    return json.dumps({"bundle": number, "workflows": workflows})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "It cannot be read as a ZIP file"),
        (b"PK\x03\x04 no zip", "It cannot be read as a ZIP file"),
        (zipped(a="x"), "It has no bundle.json"),
        (zipped(**{"bundle.json": "[]"}), "bundle.json: "),
        (zipped(**{"bundle.json": listing(number=2)}), "It has the format 2; this release reads 1."),
        (zipped(**{"bundle.json": listing({"file": "a"})}), "It lists 'a', and has no such file."),
        (zipped(**{"bundle.json": listing({"file": "a", "tags": 5}), "a": "x"}), "bundle.json: workflows[0].tags"),
        (zipped(**{"bundle.json": b"\xff"}), "bundle.json is no UTF-8 text (byte 1)."),
        (zipped(**{"bundle.json": listing(), "bomb": "0" * 5_000_000}), "bomb has more than 4,000,000 bytes"),
    ],
)
async def test_what_is_no_bundle_is_told(ana, body, told):
    refused = await take_bundle(ana, body, status=422)
    assert refused["code"] == "bad_bundle"
    assert refused["detail"].startswith(told)


def test_the_bound_of_all_files_together_is_told():
    with pytest.raises(BadBundle, match="Its files have more than 1,000 bytes together; split it"):
        unpacked(zipped(**{"bundle.json": listing(), "a": "0" * 600, "b": "0" * 600}), 1_000, 10)


async def test_faults_name_the_file(ana):
    body = zipped(
        **{"bundle.json": listing({"file": "a.yaml"}, {"file": "b.yaml"}), "a.yaml": "steps: 5", "b.yaml": YAML}
    )
    result = await take_bundle(ana, body)
    assert [item["status"] for item in result["items"]] == [422, 201]
    assert result["items"][0]["error"]["errors"][0]["path"] == "a.yaml: steps"


async def test_the_type_of_the_body_must_be_told(ana):
    refused = await ana.post("/workflows/bundle", content=zipped(a="x"))
    assert (refused.status_code, refused.json()["hint"]) == (
        415,
        "Send `application/zip` or `application/x-zip-compressed`.",
    )


def damaged(good, times):
    chance = random.Random(7)  # noqa: S311 - the same damage every time
    for _ in range(times):
        body = bytearray(good)
        for _ in range(chance.choice([1, 1, 1, 3, 10])):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        yield bytes(body)


def test_a_damaged_bundle_is_told_whatever_the_damage():
    good = zipped(**{"bundle.json": listing({"file": "a.yaml"}), "a.yaml": YAML})
    refused = 0
    for body in damaged(good, 300):
        try:
            unpacked(body, 1_000_000, 10)
        except BadBundle:
            refused += 1
    assert 200 < refused < 300


async def test_a_damaged_bundle_is_no_failure_of_the_server(ana):
    good = zipped(**{"bundle.json": listing({"file": "a.yaml"}), "a.yaml": YAML})
    answers = [
        await ana.post("/workflows/bundle?dry_run=true", content=body, headers=AS_ZIP) for body in damaged(good, 20)
    ]
    assert {answer.status_code for answer in answers} <= {200, 422}
    assert "bad_bundle" in {answer.json().get("code") for answer in answers}
