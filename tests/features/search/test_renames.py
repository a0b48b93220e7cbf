"""Documents are found by the names that their types, correspondents, collections and tags have now."""

from typing import Any
from uuid import UUID

import pytest

from conftest import House, found, titles
from docchain.features.documents import DocumentService
from docchain.features.documents.filing.catalogue import Catalogue
from docchain.features.documents.filing.schemas import (
    CollectionRequest,
    CorrespondentRequest,
    DocumentUpdate,
    TypeRequest,
)
from docchain.platform.preconditions import ANY
from docchain.platform.work import Work

REQUESTS: dict[str, Any] = {"type": TypeRequest, "correspondent": CorrespondentRequest, "collection": CollectionRequest}
KINDS = pytest.mark.parametrize("kind", list(REQUESTS))


async def file(house: House, document: UUID, kind: str, name: str) -> None:
    """Under something new of this name."""
    wanted = DocumentUpdate(**{"collections": [name]} if kind == "collection" else {kind: name})

    def write(work: Work) -> None:
        Catalogue(work, kind).create(REQUESTS[kind](name=name))
        DocumentService(work).update(str(document), wanted, ANY)

    await house.database.write(write, house.actors["ana"])


async def rename(house: House, kind: str, name: str, other: str) -> None:
    await house.database.write(
        lambda work: Catalogue(work, kind).replace(name, REQUESTS[kind](name=other)), house.actors["ana"]
    )


async def by_name(house: House, kind: str, name: str) -> tuple[list[str], Any]:
    async with house.client("ana") as ana:
        answer = await found(ana, "", filter=f"{kind}:{name}", facet=kind)
    return sorted(titles(answer)), answer["facets"][kind]


@KINDS
async def test_documents_are_found_by_a_new_name_and_not_by_the_old_one(house: House, kind: str, monkeypatch):
    monkeypatch.setattr("docchain.features.search.renames._STEP", 2)
    documents = [await house.add(f"{number}.txt", "kilovatios") for number in range(5)]
    await file(house, documents[0], kind, "Recibo")
    wanted = DocumentUpdate(**{"collections": ["Recibo"]} if kind == "collection" else {kind: "Recibo"})
    for id_ in documents[1:4]:
        await house.database.write(
            lambda work, id_=id_: DocumentService(work).update(str(id_), wanted, ANY), house.actors["ana"]
        )
    await house.indexed()
    four = ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert await by_name(house, kind, "Recibo") == (four, [{"value": "Recibo", "count": 4}])
    await rename(house, kind, "Recibo", "Factura")
    await house.indexed()
    assert await by_name(house, kind, "Factura") == (four, [{"value": "Factura", "count": 4}])
    assert await by_name(house, kind, "Recibo") == ([], [])


async def test_a_rename_that_a_process_noted_and_did_not_work_off_is_not_lost(house: House):
    document = await house.add("uno.txt", "kilovatios")
    await file(house, document, "type", "Recibo")
    await house.indexed()
    await rename(house, "type", "Recibo", "Factura")
    indexer = house.search.indexer
    async with indexer.claimed():
        await indexer.start()
        while await indexer._advance():  # noqa: SLF001 - as far as a process that is killed then
            pass
    assert (await by_name(house, "type", "Factura"))[0] == []
    await house.search.close()
    house.search = house.build()
    await house.indexed()
    assert (await by_name(house, "type", "Factura"))[0] == ["uno.txt"]


async def test_a_new_tag_is_found_and_one_that_was_taken_away_is_not(house: House):
    document = await house.add("uno.txt", "kilovatios")
    for wanted in (DocumentUpdate(tags=["urgente"]), DocumentUpdate(remove_tags=["urgente"], add_tags=["hecho"])):
        await house.database.write(
            lambda work, wanted=wanted: DocumentService(work).update(str(document), wanted, ANY), house.actors["ana"]
        )
        await house.indexed()
    assert await by_name(house, "tag", "hecho") == (["uno.txt"], [{"value": "hecho", "count": 1}])
    assert await by_name(house, "tag", "urgente") == ([], [])


async def test_a_rename_during_a_rebuild_is_in_what_was_built(house: House, monkeypatch):
    document = await house.add("uno.txt", "kilovatios")
    await file(house, document, "type", "Recibo")
    await house.indexed()
    async with house.client("ana") as ana:
        await ana.post("/search/rebuild")
    keeper = house.search.indexer._keeper  # noqa: SLF001 - what is read of entries is where others come between
    entries = keeper.entries

    async def entries_then_rename(*asked: Any) -> Any:
        read = await entries(*asked)
        monkeypatch.setattr(keeper, "entries", entries)
        await rename(house, "type", "Recibo", "Factura")
        return read

    monkeypatch.setattr(keeper, "entries", entries_then_rename)
    async with house.search.indexer.claimed():
        await house.search.indexer.start()
        await house.search.indexer._rebuild_what_is_due()  # noqa: SLF001 - before the log is followed
    assert (await by_name(house, "type", "Factura"))[0] == ["uno.txt"]
