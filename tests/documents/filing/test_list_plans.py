"""Narrowed lists are ranges of indexes in the order of the list, so that 200,000 documents cost what 20 do."""

import pytest
from sqlalchemy import event

from docchain.features.documents import DocumentFilter, DocumentService
from docchain.platform.pagination import PageRequest


@pytest.fixture
async def filed(place):
    for name in ("carta.txt", "nota.txt", "oferta.txt"):
        await place.upload(name.encode(), name)
    assert (await place.client.post("/documents/types", json={"name": "Letter"})).status_code == 201
    await place.filed("document_1", type="Letter", tags=["urgent"])
    await place.client.put("/documents/document_2/hold", json={"reason": "Case 7"})
    await place.client.delete("/documents/document_3")
    return place


async def plans_of(place, **narrowed):
    """What SQLite does for the page of a list, and the documents found."""

    def listed(work):
        connection, asked = work.session.connection(), []

        def note(_connection, _cursor, statement, parameters, *_):
            asked.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        page = DocumentService(work).list(DocumentFilter(**narrowed), PageRequest())
        event.remove(connection, "before_cursor_execute", note)
        pages = [(text, values) for text, values in asked if "LIMIT" in text]
        told = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in pages]
        return [row[-1] for rows in told for row in rows], [item.handle for item in page.items]

    return await place.services.database.read(listed, await place.actor())


FACETS = "ix_document_facet_workspace_id_facet_value_created_at_document_id"


@pytest.mark.parametrize(
    ("narrowed", "index", "found"),
    [
        ({}, "ix_document_workspace_id_created_at_id", ["document_2", "document_1"]),
        ({"held": True}, "ix_document_held", ["document_2"]),
        ({"deleted": True}, "ix_document_trash_list", ["document_3"]),
        ({"type": "letter"}, FACETS, ["document_1"]),
        ({"tag": ["urgent"], "status": "inbox"}, FACETS, ["document_1"]),
        ({"deleted": True, "status": "inbox"}, "ix_document_trash_list", ["document_3"]),
    ],
)
async def test_a_list_is_a_range_of_an_index_in_its_order(filed, narrowed, index, found):
    plans, handles = await plans_of(filed, **narrowed)
    assert handles == found
    assert any(index in step for step in plans), plans
    assert [step for step in plans if step.startswith("SCAN document") or step == "USE TEMP B-TREE FOR ORDER BY"] == []


async def test_dates_narrow_the_range_of_a_type(filed):
    plans, _ = await plans_of(filed, type="letter", created_after="2026-01-01T00:00:00Z")
    assert any(FACETS in step and "created_at>" in step for step in plans), plans
