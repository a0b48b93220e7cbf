"""A purge reaches the runs that handled a document: what they copied goes, that they ran and when stays."""

import asyncio
from datetime import timedelta

import pytest
from filing_place import a_place
from sqlalchemy import inspect, select, text

from docchain.features.documents import named_by_versions, references_in
from docchain.features.runs import Erasure, ErasureNames
from docchain.platform.clock import SystemClock
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM

SECRET = "zanahoria"
LETTER = f"El contrato de {SECRET} se firma en marzo.\nImporte total: 1.210,00 EUR\n".encode()
READ = """
workflow: read
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: copy
    use: value.set
    with: {values: {first: "${steps.text.text}"}}
output: "${steps.copy}"
"""
ASKED = """
workflow: asked
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: ask
    use: human.approval
    with: {title: "${steps.text.text}"}
"""
CALLING = """
workflow: calling
inputs:
  document: {type: document}
steps:
  - id: inner
    use: workflow
    with: {workflow: workflow_1, inputs: {document: "${inputs.document}"}}
output: "${steps.inner}"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request):
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres_url")}


@pytest.fixture
async def place(tmp_path, storage):
    async with a_place(tmp_path, **storage) as place:
        yield place


async def told(answer):
    assert answer.is_success, answer.text
    return answer.json()


async def ran(place, workflow, document, wait=60):
    headers = {"content-type": "application/yaml"}
    await told(await place.client.post("/workflows/import", content=workflow.encode(), headers=headers))
    newest = (await told(await place.client.get("/workflows")))["items"][0]["handle"]
    order = {"parameters": {"document": document}, "wait": wait}
    run = await told(await place.client.post(f"/workflows/{newest}/execute", json=order))
    await place.services.journal.catch_up()
    return run


async def purged(place, document):
    assert (await place.client.delete(f"/documents/{document}")).status_code == 204
    assert (await place.client.post(f"/documents/{document}/purge")).status_code == 204


async def until_erased(place, run):
    async with asyncio.timeout(60):
        while not (found := [event for event in await place.events("run.erased") if event["run"] == run]):  # noqa: ASYNC110 - events of the log have no bell here
            await asyncio.sleep(0.05)
    assert found == [{"run": run}]
    shown = await told(await place.client.get(f"/runs/{run}"))
    assert shown["inputs"] == {"document": "[purged]"}
    assert shown["purged_at"] is not None
    return shown


async def said_anywhere(place, word):
    """Tables and facts that say it; the log has rules of its own, and what was drawn or read goes when it is unused."""

    def look(work):
        here = set(inspect(work.session.connection()).get_table_names()) - {"event", "audit_batch", "document_artefact"}
        return {
            table.name
            for table in Table.metadata.sorted_tables
            if table.name in here
            for row in work.session.execute(select(text("*")).select_from(table))
            if word in repr(tuple(row))
        }

    found = await place.services.database.read(look, SYSTEM)
    facts = await place.services.engine.journal.entries_after(0, 10_000)
    return found | {"journal" for _, _, said in facts if word.encode() in bytes(said)}


async def contents_of(place, document):
    """The hashes of what was made of a document."""
    lineage = await told(await place.client.get(f"/documents/{document}/versions"))
    return [version["sha256"] for version in lineage["items"]]


def erasure(place):
    names = ErasureNames(
        lambda inputs: {str(reference.document_id) for reference in references_in(inputs)},
        lambda work, shas: named_by_versions(work, shas).keys(),
    )
    services = place.services
    return Erasure(services.database, services.history, services.engine.journal, names)


class Later:
    """A clock that is ahead."""

    def now(self):
        return SystemClock().now() + timedelta(minutes=11)


async def test_what_a_run_copied_goes_with_the_document_and_the_run_still_folds(place):
    uploaded = await place.upload(LETTER, "carta.txt")
    await place.upload(b"Otra carta, que se queda.", "otra.txt")
    run = await ran(place, READ, "document_1")
    assert SECRET in str(run["output"])
    other = await ran(place, READ.replace("workflow: read", "workflow: read2"), "document_2")
    (parsed,) = await contents_of(place, "document_3")
    workspace = (await place.actor()).workspace_id
    assert SECRET.encode() in await place.services.engine.blob(workspace, parsed)

    await purged(place, "document_1")
    shown = await until_erased(place, run["handle"])

    assert (shown["status"], shown["output"]) == ("succeeded", "[purged]")
    assert [step["status"] for step in shown["steps"]] == ["done", "done"]
    stays = await told(await place.client.get(f"/runs/{other['handle']}"))
    assert "Otra carta" in str(stays["output"])
    assert (await place.client.get("/documents/document_3")).status_code == 404
    assert await said_anywhere(place, SECRET) == set()
    async with asyncio.timeout(60):
        while await place.services.engine.blob(workspace, parsed) is not None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)
    place.services.database.clock = Later()
    await erasure(place).erase()
    await erasure(place).erase()
    (ended,) = await place.events("retention.erased")
    assert (uploaded["id"] in ended["purged"], len(ended["purged"]), ended["runs"]) == (True, 2, 1)


async def test_a_run_that_waits_is_erased_when_it_has_ended(place):
    await place.upload(LETTER, "carta.txt")
    run = await ran(place, ASKED, "document_1", wait=1)
    (approval,) = (await told(await place.client.get("/approvals")))["items"]
    assert SECRET in approval["title"]
    await purged(place, "document_1")
    await erasure(place).erase()
    assert await place.events("run.erased") == []
    answered = await place.client.post(f"/approvals/{approval['handle']}/answer", json={"decision": "approve"})
    assert answered.is_success, answered.text
    async with asyncio.timeout(60):
        while (await told(await place.client.get(f"/runs/{run['handle']}")))["status"] != "succeeded":  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
    await place.services.journal.catch_up()
    await erasure(place).erase()
    await until_erased(place, run["handle"])
    assert await said_anywhere(place, SECRET) == set()


async def test_what_called_a_run_is_erased_with_it(place):
    await place.upload(LETTER, "carta.txt")
    await ran(place, READ, "document_1")
    calling = await ran(place, CALLING, "document_1")
    assert SECRET in str(calling["output"])
    await purged(place, "document_1")
    for run in ("run_1", "run_2", "run_3"):
        await until_erased(place, run)
    assert await said_anywhere(place, SECRET) == set()


SAYING = """
workflow: saying
inputs:
  words: {type: string}
steps:
  - id: copy
    use: value.set
    with: {values: {said: "${inputs.words}"}}
output: "${steps.copy}"
"""
TELLING = """
workflow: telling
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: inner
    use: workflow
    with: {workflow: workflow_1, inputs: {words: "${steps.text.text}"}}
output: "${steps.inner}"
"""


async def test_what_a_run_called_with_words_only_is_erased_with_it(place):
    await place.upload(LETTER, "carta.txt")
    headers = {"content-type": "application/yaml"}
    await told(await place.client.post("/workflows/import", content=SAYING.encode(), headers=headers))
    calling = await ran(place, TELLING, "document_1")
    assert SECRET in str(calling["output"])
    inner = await told(await place.client.get("/runs/run_2"))
    assert SECRET in str(inner["inputs"]["words"])
    await purged(place, "document_1")
    await until_erased(place, "run_1")
    async with asyncio.timeout(60):
        while (inner := await told(await place.client.get("/runs/run_2")))["purged_at"] is None:
            pass
    assert (inner["inputs"], inner["output"]) == ({"words": "[purged]"}, "[purged]")
    assert await said_anywhere(place, SECRET) == set()
