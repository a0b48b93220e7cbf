"""Totals of narrowed lists: exact where one facet is rare, told as being more where that would take too long."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from filing_place import a_place
from sqlalchemy import event, text

from docchain.features.documents import DocumentFilter, DocumentService
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, FacetRow
from docchain.platform.bulk import insert_many
from docchain.platform.pagination import PageRequest

MANY = 6_000
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def chosen(request):
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres_url")}


@pytest.fixture
async def place(tmp_path, chosen):
    async with a_place(tmp_path, **chosen) as place:
        yield place


@pytest.fixture
async def archive(place):
    actor = await place.actor()
    rows = [_document(number, actor.workspace_id) for number in range(MANY)]

    def write(work):
        for table, of in zip((DocumentRow, DocumentVersionRow, FacetRow), zip(*rows, strict=True), strict=True):
            insert_many(work.session, table, [row for some in of for row in some])

    await place.services.database.write(write, actor)
    return place


def _document(number, workspace):
    at = START + timedelta(minutes=number)
    own = {"workspace_id": workspace, "created_at": at, "created_by": "ana", "media_type": "text/plain"}
    own |= {"name": f"{number}.txt", "origin": "step" if number % 1_000 == 1 else "upload"}
    document, version = UUID(int=(1 << 96) + number), UUID(int=(2 << 96) + number)
    tags = ["all", "even" if number % 2 == 0 else "odd", *(["rare"] if number % 2_000 == 0 else [])]
    told = {"workspace_id": workspace, "document_id": document, "facet": "tag", "created_at": at}
    kept = {"id": version, "document_id": document, "number": 1, "sha256": f"{number:064x}", "size": 1, "inline": False}
    return (
        [{**own, "id": document, "number": number + 1, "current_version_id": version, "revision": 1}],
        [own | kept],
        [told | {"value": tag} for tag in tags],
    )


@pytest.mark.parametrize(
    ("narrowed", "total", "capped", "first"),
    [
        ({}, 6_000, False, "document_6000"),
        ({"tag": ["all"]}, 6_000, False, "document_6000"),
        ({"tag": ["all", "odd"]}, 3_000, False, "document_6000"),
        ({"tag": ["all", "rare"]}, 3, False, "document_4001"),
        ({"tag": ["even", "odd"]}, 0, False, None),
        ({"tag": ["all", "even", "rare"]}, 3, False, "document_4001"),
        ({"origin": "step"}, 6, False, "document_5002"),
        ({"tag": ["all", "even"], "origin": "step"}, 0, False, None),
        ({"tag": ["all", "odd"], "origin": "step"}, 6, False, "document_5002"),
    ],
)
async def test_a_total_counts_what_the_list_has(archive, narrowed, total, capped, first):
    page = await listed(archive, **narrowed)
    assert (page.total, page.total_capped) == (total, capped)
    assert (page.items[0].handle if page.items else None) == first


async def test_a_total_that_would_take_too_long_says_that_there_may_be_more(archive):
    """SQLite looks at 2,500 documents of the rarest of three facets, twice each; PostgreSQL walks along all of them."""
    page = await listed(archive, tag=["all", "odd"], status="inbox")
    assert (page.total, page.total_capped) == (0, False)
    await archive.services.database.write(_put_in_inbox, await archive.actor())
    page = await listed(archive, tag=["all", "odd"], status="inbox")
    on_sqlite = archive.services.database.dialect == "sqlite"
    assert (page.total, page.total_capped) == ((2_500, True) if on_sqlite else (3_000, False))
    assert len(page.items) == 50


def _put_in_inbox(work):
    rows = [_document(number, work.workspace_id)[2][0] for number in range(MANY)]
    insert_many(work.session, FacetRow, [row | {"facet": "status", "value": "inbox"} for row in rows])


async def listed(archive, **narrowed):
    def read(work):
        return DocumentService(work).list(DocumentFilter(**narrowed), PageRequest(total=True))

    return await archive.services.database.read(read, await archive.actor())


@pytest.mark.parametrize("chosen", ["postgresql"], indirect=True)
@pytest.mark.parametrize("tags", [["even", "odd"], ["all", "even", "odd"]])
async def test_tags_that_never_meet_are_walked_along_side_by_side(archive, tags):
    """Looked up one by one, each of 3,000 documents would begin at the top of an index."""
    plans = await archive.services.database.read(lambda work: _plans(work, tags), await archive.actor())
    assert [loops for loops in plans if loops > 100] == []
    assert len(plans) > 3


def _plans(work, tags):
    """How often each part of the plans for a page and its total was begun."""
    connection, asked = work.session.connection(), []

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    connection.execute(text("ANALYZE document_facet"))
    event.listen(connection, "before_cursor_execute", note)
    page = DocumentService(work).list(DocumentFilter(tag=tags), PageRequest(total=True))
    event.remove(connection, "before_cursor_execute", note)
    assert (page.items, page.total, page.total_capped) == ([], 0, False)
    pages = [(said, values) for said, values in asked if "ORDER BY document_facet.created_at DESC" in said]
    found = [
        connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {said}", values).scalar() for said, values in pages
    ]
    return [loops for plan in found for loops in _loops(plan[0]["Plan"])]


def _loops(node):
    yield node["Actual Loops"]
    for inner in node.get("Plans", []):
        yield from _loops(inner)
