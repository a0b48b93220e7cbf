"""Every version and value leads back to where it came from; an export proves itself without us."""

import asyncio
import json
from functools import partial

import pytest
from typer.testing import CliRunner

from docchain.entrypoints.cli.program import app
from docchain.features.documents import Tracer, verify_export, write_export

INVOICE = b"""\
<html><body><h1>INVOICE</h1><p>Invoice number: 2026-114</p><p>Invoice date: 2026-05-01</p>
<p>Subtotal: 1000.00 EUR</p><p>VAT 21%: 210.00 EUR</p><p>Total: 1210.00 EUR</p></body></html>
"""
WORKFLOW = """
workflow: read_invoice
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: fields
    use: extract.fields
    with: {document: "${steps.text.document}", schema: {$ref: invoice}}
"""


async def import_and_run(place):
    document = await place.upload(INVOICE, "factura.html")
    answer = await place.client.post(
        "/workflows/import", content=WORKFLOW.encode(), headers={"content-type": "application/yaml"}
    )
    assert answer.is_success, answer.text
    ran = await place.client.post(
        "/workflows/workflow_1/execute", json={"parameters": {"document": document["handle"]}, "wait": 30}
    )
    assert ran.json()["status"] == "succeeded", ran.text
    await place.services.journal.catch_up()
    return document


@pytest.fixture
async def read(place):
    await import_and_run(place)
    return place


async def test_a_value_leads_back_to_step_page_and_box(read):
    await read.filed(status="done")
    lineage = (await read.client.get("/documents/document_1/lineage")).json()
    total = next(field for field in lineage["fields"] if field["field"] == "total")
    assert (total["step"], total["step_kind"], total["page"], total["value"]["amount"]) == (
        "fields",
        "extract.fields",
        1,
        "1210.00",
    )
    assert len(total["box"]) == 4
    assert [source["name"] for source in total["sources"]] == ["factura.html"]
    assert [edit["what"] for edit in lineage["edits"]] == ["document.uploaded", "document.updated"]
    assert lineage["edits"][1]["changes"]["changes"] == [{"name": "status", "from": ["inbox"], "to": ["done"]}]


async def test_a_made_version_leads_back_to_its_upload(read):
    lineage = (await read.client.get("/documents/document_2/lineage")).json()
    assert [version["name"] for version in lineage["versions"]] == ["factura.html.json", "factura.html"]
    assert lineage["versions"][0]["made_by"]["step_kind"] == "document.parse"
    assert lineage["complete"] is True


async def test_prov_says_who_made_what_of_what(read):
    prov = (await read.client.get("/documents/document_2/prov")).json()
    labels = {entity["prov:label"]: name for name, entity in prov["entity"].items()}
    source, parsed = labels["factura.html"], labels["factura.html.json"]
    derived = [(one["prov:generatedEntity"], one["prov:usedEntity"]) for one in prov["wasDerivedFrom"].values()]
    assert (parsed, source) in derived
    assert (labels["total"], parsed) in derived
    activity = next(one["prov:activity"] for one in prov["wasGeneratedBy"].values() if one["prov:entity"] == parsed)
    assert prov["activity"][activity]["dc:step"] == "text"
    assert {"prov:activity": activity, "prov:entity": source} in prov["used"].values()
    assert {"prov:activity": activity, "prov:agent": "dc:kind/document.parse/1"} in prov["wasAssociatedWith"].values()
    assert {"prov:entity": source, "prov:agent": "dc:person/admin"} in prov["wasAttributedTo"].values()
    places = [entity["prov:location"] for entity in prov["entity"].values() if "prov:location" in entity]
    assert places
    assert all(place.startswith("page=1&box=") for place in places)


async def exported(place, folder):
    services, actor = place.services, await place.actor()
    tracer = Tracer(services.database, services.engine, services.kinds)
    lineage = await tracer.trace(actor, "document_2")
    return await write_export(folder, lineage, partial(services.contents.open, actor.workspace_id))


async def test_an_export_is_verified_and_the_first_altered_thing_named(read, tmp_path):
    folder = tmp_path / "proof"
    root = await exported(read, folder)
    assert (verify_export(folder, root).problem, verify_export(folder).files) == ("", 4)
    content = next(path for path in (folder / "content").iterdir() if b"INVOICE" in path.read_bytes()[:40])
    kept = content.read_bytes()
    content.write_bytes(kept.replace(b"1210.00", b"9210.00"))
    found = verify_export(folder, root)
    assert found.path == f"content/{content.name}"
    assert found.problem.endswith(f"and was {content.name}")
    content.write_bytes(kept)
    (folder / "extra.txt").write_text("x")
    assert verify_export(folder).problem == "it was not part of the export"
    (folder / "extra.txt").unlink()
    (folder / "prov.json").unlink()
    assert (verify_export(folder).path, verify_export(folder).problem) == ("prov.json", "it is missing")


async def test_a_manifest_that_was_made_anew_is_told_by_the_root_hash(read, tmp_path):
    folder = tmp_path / "proof"
    root = await exported(read, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["version_id"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert verify_export(folder).path == "manifest.json"
    import hashlib  # noqa: PLC0415 - whoever alters it does it well

    anew = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (folder / "ROOT").write_text(anew)
    assert verify_export(folder).problem == ""
    assert verify_export(folder, root).path == "manifest.json"


async def test_on_the_command_line(read, tmp_path):
    run = partial(CliRunner().invoke, app)
    proof, data = str(tmp_path / "proof"), str(tmp_path / "data")
    made = await asyncio.to_thread(
        run, ["document", "export", "document_2", "--out", proof, "--data-dir", data], catch_exceptions=False
    )
    assert made.exit_code == 0, made.output
    whole = await asyncio.to_thread(run, ["document", "verify", proof])
    assert (whole.exit_code, "All 4 files are as they were exported" in whole.output) == (0, True)
    (tmp_path / "proof" / "lineage.json").write_text("{}")
    altered = await asyncio.to_thread(run, ["document", "verify", proof])
    assert (altered.exit_code, altered.output.startswith("ALTERED lineage.json")) == (1, True)
    (event,) = await read.events("document.exported")
    assert event["root"] in made.output.replace("\n", "")


async def test_another_workspace_traces_none_of_it(read):
    async with read.stranger() as eve:
        for path in ("lineage", "prov", "versions/1/lineage"):
            assert (await eve.get(f"/documents/document_1/{path}")).status_code == 404
