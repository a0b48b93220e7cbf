"""The lists of 200,000 documents, however narrowed, and one document's detail, as doors ask for them."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import uvloop

from bench.figures import Figure, below, percentile, progress, show
from bench.lists import ACTOR, TIMES, Ask, times
from bench.loads import WORKSPACE
from bench.places import Place, Places
from docchain.features.documents import Document, DocumentFilter, DocumentService
from docchain.features.documents.filing.changing import WITHIN
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, FacetRow, FilingRow
from docchain.platform.bulk import insert_many
from docchain.platform.database import Database
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.schema import ensure_current
from docchain.platform.work import SYSTEM, Work

DOCUMENTS: Final = 200_000
BATCH: Final = 5_000
START: Final = datetime(2020, 1, 1, tzinfo=UTC)
PAPERS: Final = ("application/pdf", "application/pdf", "application/pdf", "image/png", "message/rfc822")
Rows = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]
"""A document, its version, and what it is filed under."""

TOTAL: Final = PageRequest(total=True)
BUDGET: Final = 50
FREE: Final = ("two that never meet", "part of a name", "media type", "family of media")
"""Read along the list until a page is full; there is no index for them, so no budget either."""
FILTERS: Final[dict[str, dict[str, Any]]] = {
    "all": {},
    "one status, common": {"status": "done"},
    "one status, rare": {"status": "in_review"},
    "a status that none has": {"status": "archived"},
    "a type": {"type": "type 3"},
    "a correspondent": {"correspondent": "correspondent 77"},
    "a collection": {"collection": "collection 1"},
    "a collection with others within": {"collection": "collection 0"},
    "a tag that all have": {"tag": ["all"]},
    "a rare tag": {"tag": ["rare"]},
    "a custom field": {"field": ["total=7"]},
    "two common tags": {"tag": ["all", "half"]},
    "two that never meet": {"tag": ["half", "other half"]},
    "type, status and tag": {"type": "type 3", "status": "inbox", "tag": ["half"]},
    "type and correspondent": {"type": "type 3", "correspondent": "correspondent 77"},
    "a month": {"created_after": START + timedelta(hours=96_000), "created_before": START + timedelta(hours=96_720)},
    "type and a month": {
        "type": "type 3",
        "created_after": START + timedelta(hours=6_000),
        "created_before": START + timedelta(hours=6_720),
    },
    "media type, rare": {"media_type": "application/xml"},
    "a family of media types": {"media_type": "image/*"},
    "made by steps": {"origin": "step"},
    "part of a name, none": {"name": "no such name"},
    "a content": {"sha256": f"{777:064x}"},
    "held": {"held": True},
    "held, of a type": {"held": True, "type": "type 3"},
    "trash": {"deleted": True},
    "trash of a type": {"deleted": True, "type": "type 3"},
    "trash of a tag that all have": {"deleted": True, "tag": ["all"]},
}


def id_of(space: int, number: int) -> UUID:
    """In the order of numbers, as the ids of documents are."""
    return UUID(int=(number << 64) + (7 << 76) + (1 << 63) + space)


async def fill(place: Place, documents: int) -> None:
    await ensure_current(place.url)
    database = Database(place.url)
    await database.write(_write_filings, SYSTEM)
    chance = random.Random(1)  # noqa: S311  (the same archive each time)
    batches = range(0, documents, BATCH)
    for first in progress(batches, len(batches), f"writing {documents:,} documents"):
        rows = [_document(number, chance) for number in range(first, min(first + BATCH, documents))]
        await database.write(partial(_write, rows), SYSTEM)
    await database.close()
    if not place.on_sqlite:
        await _vacuum(place)


async def _vacuum(place: Place) -> None:
    """As PostgreSQL does by itself a minute after so many rows came."""
    connection = await asyncpg.connect(place.url)
    for table in ("document", "document_version", "document_facet"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
    await connection.close()


def _write_filings(work: Work) -> None:
    told = {"type": 8, "correspondent": 2_000, "collection": 40}
    rows: list[dict[str, Any]] = [
        {
            "id": id_of(10 + which, number),
            "workspace_id": WORKSPACE,
            "kind": kind,
            "name": f"{kind} {number}",
            "key": f"{kind} {number}",
            "parent_id": id_of(12, 0) if kind == "collection" and number % 4 == 1 else None,
            "data": {"fields": [], "retention": {}} if kind == "type" else {},
            "revision": 1,
            "created_at": START,
            "created_by": "bench",
        }
        for which, (kind, many) in enumerate(told.items())
        for number in range(many)
    ]
    with work.inside(WORKSPACE):
        insert_many(work.session, FilingRow, rows)


def _write(rows: Sequence[Rows], work: Work) -> None:
    with work.inside(WORKSPACE):
        insert_many(work.session, DocumentRow, [document for document, _, _ in rows])
        insert_many(work.session, DocumentVersionRow, [version for _, version, _ in rows])
        insert_many(work.session, FacetRow, [facet for _, _, facets in rows for facet in facets])


def _document(number: int, chance: random.Random) -> Rows:
    document, version, at = id_of(1, number), id_of(2, number), START + timedelta(minutes=30 * number)
    media_type = "application/xml" if number % 1_000 == 1 else PAPERS[number % len(PAPERS)]
    own = {"workspace_id": WORKSPACE, "created_at": at, "created_by": "ana", "media_type": media_type}
    made = {"origin": "step" if number % 50 == 2 else "upload", "name": f"paper {number}.pdf"}  # noqa: PLR2004
    held = number % 5_000 == 3  # noqa: PLR2004
    row = {
        **own,
        **made,
        "id": document,
        "number": number + 1,
        "current_version_id": version,
        "revision": 1,
        "deleted_at": at if number % 40 == 0 else None,
        "held_at": at if held else None,
        "held_by": "ana" if held else None,
        "hold_reason": "a case" if held else None,
    }
    content = {"id": version, "document_id": document, "number": 1, "sha256": f"{number:064x}", "size": 1}
    filed = [
        {"workspace_id": WORKSPACE, "document_id": document, "facet": facet, "value": value, "created_at": at}
        for facet, value in _facets(number, chance)
    ]
    return row, {**own, **made, **content, "inline": False}, filed


def _facets(number: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    collection = chance.randrange(40)
    yield "status", "in_review" if number % 1_000 == 5 else "inbox" if number % 10 else "done"  # noqa: PLR2004
    yield "tag", "all"
    yield "tag", "half" if number % 2 else "other half"
    yield "type", str(id_of(10, chance.randrange(8)))
    yield "correspondent", str(id_of(11, chance.randrange(2_000)))
    yield "collection", str(id_of(12, collection))
    yield WITHIN, str(id_of(12, collection))
    yield "field:total", str(chance.randrange(1_000))
    if collection % 4 == 1:
        yield WITHIN, str(id_of(12, 0))
    if number % 2_000 == 0:
        yield "tag", "rare"


def _page(database: Database, wanted: DocumentFilter, request: PageRequest, *, newest_first: bool = True) -> Ask:
    async def ask() -> None:
        (await database.read(partial(_list, wanted, request, newest_first=newest_first), ACTOR)).model_dump_json()

    return ask


def _list(wanted: DocumentFilter, request: PageRequest, work: Work, *, newest_first: bool = True) -> Page[Document]:
    return DocumentService(work).list(wanted, request, newest_first=newest_first)


async def _middle(database: Database, wanted: DocumentFilter, most: int) -> PageRequest:
    """A page far into the list."""
    request = PageRequest(limit=200)
    for _ in range(most // 200):
        page = await database.read(partial(_list, wanted, request), ACTOR)
        if page.next_cursor is None:
            break
        request = PageRequest(limit=200, cursor=page.next_cursor)
    return PageRequest(cursor=request.cursor)


async def asked_of(database: Database, documents: int) -> dict[str, Ask]:
    """What is timed, by its name."""
    asked: dict[str, Ask] = {}
    for name, narrowed in FILTERS.items():
        wanted = DocumentFilter(**narrowed)
        asked[name] = _page(database, wanted, PageRequest())
        asked[f"{name}, oldest first"] = _page(database, wanted, PageRequest(), newest_first=False)
        asked[f"{name}, with a total"] = _page(database, wanted, TOTAL)
    for name in ("all", "a tag that all have", "type, status and tag", "trash"):
        wanted = DocumentFilter(**FILTERS[name])
        asked[f"{name}, far page"] = _page(database, wanted, await _middle(database, wanted, documents // 10))
    numbers = iter(range(2, documents, max(documents // (TIMES + 1), 1)))

    async def detail() -> None:
        reference = f"document_{next(numbers)}"
        (await database.read(lambda work: DocumentService(work).read(reference), ACTOR)).model_dump_json()

    return asked | {"detail of one document": detail}


async def _measure(place: Place, documents: int) -> list[Figure]:
    database = Database(place.url)
    asked = await asked_of(database, documents)
    figures = []
    for name, ask in progress(asked.items(), len(asked), "lists"):
        took = await times(ask)
        budget = None if any(free in name for free in FREE) else BUDGET
        figures.append(below(name, percentile(took, 0.95), "ms", budget, f"p50 {percentile(took, 0.5):.1f} ms"))
    await database.close()
    return figures


def run(places: Places, scale: float) -> None:
    documents = int(DOCUMENTS * scale)
    with places.empty() as place:
        uvloop.run(fill(place, documents))
        figures = uvloop.run(_measure(place, documents))
    show(f"the lists of {documents:,} documents, {places.database}", figures)
