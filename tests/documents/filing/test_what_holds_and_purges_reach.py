"""One document through its life, on both databases: a hold keeps all that was made of it, a purge leaves nothing."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from filing_place import a_place
from sqlalchemy import inspect, select, text

from docchain.features.documents.filing.retention import Sweeper
from docchain.platform.clock import SystemClock
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM

SECRET = "zanahoria"
LETTER = f"El contrato de {SECRET} se firma en marzo.\nImporte total: 1.210,00 EUR\n".encode()
WORKFLOW = """
workflow: read
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: copy
    use: value.set
    with: {values: {first: "${steps.text.pages}"}}
"""


class Later:
    """A clock that is ahead."""

    def __init__(self, days):
        self._ahead = timedelta(days=days)

    def now(self):
        return SystemClock().now() + self._ahead


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request):
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres_url")}


@pytest.fixture
async def place(tmp_path, storage):
    async with a_place(tmp_path, retention={"payload": "1d"}, **storage) as place:
        yield place


async def told(answer):
    assert answer.is_success, answer.text
    return answer.json()


async def until(ask, wanted):
    """Ask again until it is so, for a minute at most."""
    async with asyncio.timeout(60):
        while (answer := await ask()) != wanted:  # noqa: ASYNC110 - what is asked has no event
            await asyncio.sleep(0.05)
    return answer


async def later(place, days, act):
    database = place.services.database
    clock, database.clock = database.clock, Later(days)
    try:
        return await act()
    finally:
        database.clock = clock


async def found(place, mode="text"):
    answer = await place.client.get("/search", params={"q": SECRET, "mode": mode, "kind": "document"})
    return [hit["title"] for hit in (await told(answer))["hits"]]


async def read_and_seen(place):
    """Have it read by a run, drawn, and indexed."""
    headers = {"content-type": "application/yaml"}
    await told(await place.client.post("/workflows/import", content=WORKFLOW.encode(), headers=headers))
    order = {"parameters": {"document": "document_1"}, "wait": 60}
    ran = await told(await place.client.post("/workflows/workflow_1/execute", json=order))
    assert ran["status"] == "succeeded", ran
    await place.services.journal.catch_up()
    drawn = await place.client.get("/documents/document_1/pages/1.png")
    assert drawn.status_code in (200, 202)
    await told(await place.client.get("/documents/document_1/pages"))
    await until(lambda: found(place), ["carta.txt"])


async def sweep(place, actor):
    return await place.services.database.write(lambda work: Sweeper(work, 30).sweep(), actor)


async def inputs_of(place, run):
    return (await told(await place.client.get(f"/runs/{run}")))["inputs"]


async def tables_naming(place, *words):
    """The tables in which a row has one of the words."""

    def look(work):
        here = set(inspect(work.session.connection()).get_table_names())
        return {
            table.name
            for table in Table.metadata.sorted_tables
            if table.name in here
            for row in work.session.execute(select(text("*")).select_from(table))
            if any(word in repr(tuple(row)) for word in words)
        }

    return await place.services.database.read(look, SYSTEM)


async def test_a_hold_keeps_all_that_was_made_of_a_document_and_a_purge_leaves_nothing(place):
    actor = await place.actor()
    document = await place.upload(LETTER, "carta.txt")
    await read_and_seen(place)
    await told(await place.client.put("/documents/document_1/hold", json={"reason": "Case 7"}))

    refused = await place.client.delete("/documents/document_1")
    assert (refused.status_code, refused.json()["code"]) == (409, "document_held")
    assert await later(place, 4_000, partial(sweep, place, actor)) == 0
    await later(place, 4_000, place.services.history.sweep)
    run = await told(await place.client.get("/runs/run_1"))
    assert (run["purged_at"], run["inputs"]["document"]["document_id"]) == (None, document["id"])
    assert await found(place) == ["carta.txt"]
    assert (await place.client.get("/documents/document_1/content")).content == LETTER

    await told(await place.client.delete("/documents/document_1/hold"))
    assert (await place.client.delete("/documents/document_1")).status_code == 204
    await until(lambda: found(place), [])
    assert await later(place, 31, partial(sweep, place, actor)) == 1
    await later(place, 31, place.services.history.sweep)
    await later(place, 31, place.services.beside.loop.drop_unused)
    for path in ("", "/content", "/pages", "/pages/1.png", "/lineage", "/duplicates"):
        assert (await place.client.get(f"/documents/document_1{path}")).status_code == 404
    await until(lambda: inputs_of(place, "run_1"), {"document": "[purged]"})
    assert (await found(place), await found(place, "semantic")) == ([], [])
    kept = await tables_naming(place, SECRET, document["current"]["sha256"])
    assert kept <= {"event", "audit_batch", "intake_item", "command"}


async def test_runs_under_way_and_other_documents_are_left_alone(place):
    await place.upload(LETTER, "carta.txt")
    await place.upload(LETTER, "copia.txt")
    await place.client.delete("/documents/document_1")
    assert (await place.client.post("/documents/document_1/purge")).status_code == 204
    assert (await place.client.get("/documents/document_2/content")).content == LETTER
    assert await place.listed() == ["document_2"]
    (purged,) = await place.events("document.purged")
    assert (purged["handle"], purged["reason"]) == ("document_1", "admin purged it")


async def test_near_duplicates_and_retention_are_told_alike(place):
    actor = await place.actor()
    await place.client.post("/documents/types", json={"name": "Note", "retention": {"delete_after_days": 10}})
    await place.upload(b"one", "uno.txt")
    await place.upload(b"one", "dos.txt")
    await place.ordered(action="update", filter={"status": "inbox"}, changes={"type": "note"})
    same = await told(await place.client.get("/documents/document_1/duplicates"))
    assert [(item["document"]["handle"], item["kind"], item["similarity"]) for item in same["items"]] == [
        ("document_2", "exact", 1.0)
    ]
    assert await later(place, 9, partial(sweep, place, actor)) == 0
    assert await later(place, 11, partial(sweep, place, actor)) == 2
    assert await place.listed(deleted=True) == ["document_2", "document_1"]
