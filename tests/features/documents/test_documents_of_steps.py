import asyncio
import hashlib

import pytest

from docchain.engine.kinds import StepError
from docchain.features.documents import DocumentReader, DocumentRef, DocumentService, references_in
from docchain.features.documents.lineage import LineageService
from docchain.platform.work import SYSTEM


async def test_a_small_product_travels_with_the_step_and_a_large_one_through_the_store(house):
    context = house.step()
    small = await house.documents.write(context, b"s" * 32 * 1024, "small.txt", "text/plain")
    large = await house.documents.write(context, b"l" * (32 * 1024 + 1), "large.txt", "text/plain")

    assert list(context.blobs) == [small.sha256]
    assert await house.blobs.exists(house.ours, large.sha256)
    assert not await house.blobs.exists(house.ours, small.sha256)
    assert [product["inline"] for product in context.products] == [True, False]


async def test_what_a_step_wrote_can_be_read_at_once_after_its_commit_and_never_elsewhere(house):
    context = house.step()
    reference = await house.documents.write(context, b"hello", "a.txt", "text/plain")
    assert await house.documents.read(context, reference) == b"hello"

    await house.commit(context)
    later = house.step("next")
    assert await house.documents.read(later, reference.model_dump(mode="json")) == b"hello"

    with pytest.raises(StepError, match=r"The content of a\.txt is not stored in this workspace\.") as refused:
        await house.documents.read(house.step(workspace_id=house.theirs), reference)
    assert refused.value.failure == "bad_input"


async def test_a_repeated_step_makes_the_same_versions_and_another_run_makes_others(house):
    first = house.step()
    again = house.step(run_id=first.run_id, attempt=2)
    other = house.step()
    made = [
        [await house.documents.write(context, b"x", "x", "text/plain") for _ in range(2)]
        for context in (first, again, other)
    ]

    assert made[0] == made[1]
    assert len({reference.version_id for references in made for reference in references}) == 4
    assert made[0][0].version_id.version == 8


async def test_versions_written_at_the_same_time_are_kept_apart(house):
    context = house.step()
    made = await asyncio.gather(
        *(house.documents.write(context, bytes([n]) * 40_000, f"{n}", "text/plain") for n in range(3))
    )

    assert len({reference.version_id for reference in made}) == 3


async def test_the_reader_writes_rows_once_with_what_made_them(house):
    source = (await house.upload(b"%PDF", "a.pdf")).current.reference()
    context = house.step(attempt=2)
    parsed = await house.documents.write(context, b"{}", "a.json", "application/json", inputs=[source, source])
    for _ in range(2):
        await house.commit(context)

    document = await house.read(lambda work: DocumentService(work).read(str(parsed.document_id)))
    assert (document.handle, document.name, document.origin) == ("document_2", "a.json", "step")
    assert document.current.made_by.model_dump() == {
        "run_id": context.run_id,
        "step": "text",
        "attempt": 2,
        "step_kind": "document.parse",
        "step_kind_version": 1,
    }
    assert await house.read(lambda work: DocumentService(work).resolve("document_2")) == parsed


async def test_a_step_can_make_the_next_version_of_a_document(house):
    source = (await house.upload(b"one", "a.txt")).current.reference()
    context = house.step("edit", "text.edit")
    await house.documents.write(context, b"two", "a.txt", "text/plain", inputs=[source], document_id=source.document_id)
    await house.commit(context)

    document = await house.read(lambda work: DocumentService(work).read("document_1"))
    assert (document.origin, document.current.number, document.current.origin) == ("upload", 2, "step")
    assert document.current.parent_version_id == source.version_id


async def test_lineage_goes_from_what_was_delivered_back_to_the_upload(house):
    source = (await house.upload(b"%PDF", "a.pdf")).current.reference()
    parse = house.step("text", "document.parse")
    parsed = await house.documents.write(parse, b"{}", "a.json", "application/json", inputs=[source])
    render = house.step("summary", "document.render", run_id=parse.run_id)
    made = await house.documents.write(render, b"%PDF 2", "s.pdf", "application/pdf", inputs=[parsed, source])
    await house.commit(render)
    await house.commit(parse)
    await house.write(lambda work: DocumentService(work).delete("document_1"))

    lineage = await house.read(lambda work: LineageService(work).of(str(made.document_id)))
    assert lineage.version_id == made.version_id
    assert lineage.complete
    assert {version.name: (version.made_by and version.made_by.step_kind) for version in lineage.versions} == {
        "s.pdf": "document.render",
        "a.json": "document.parse",
        "a.pdf": None,
    }
    assert {version.name: len(version.inputs) for version in lineage.versions} == {"s.pdf": 2, "a.json": 1, "a.pdf": 0}
    assert {version.name: version.deleted for version in lineage.versions}["a.pdf"] is True


async def test_products_of_other_kinds_and_workspaces_are_kept_apart(house):
    ours, theirs = house.step(), house.step(workspace_id=house.theirs)
    ours.products.append({"kind": "something_else"})
    await house.documents.write(ours, b"a", "a.txt", "text/plain")
    await house.documents.write(theirs, b"b", "b.txt", "text/plain")
    entries = house.journal.commit(ours) + house.journal.commit(theirs)
    await house.database.write(lambda work: DocumentReader().handle(work, entries), SYSTEM)

    assert (await house.read(lambda work: DocumentService(work).read("document_1"))).name == "a.txt"


def test_references_are_found_wherever_they_are():
    reference = DocumentRef(
        document_id="0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
        version_id="0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11",
        sha256=hashlib.sha256(b"").hexdigest(),
        media_type="text/plain",
        name="a.txt",
        size=0,
    )
    value = reference.model_dump(mode="json")

    assert list(references_in({"a": [1, {"b": value}], "c": reference})) == [reference]
    assert list(references_in({"a": {**value, "sha256": "no"}})) == []
