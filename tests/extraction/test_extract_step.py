"""The step kind over real blobs and a real child process."""

from uuid import UUID

import msgspec
import pytest
from papers import WORKSHOP
from pydantic import ValidationError

from docchain.engine.kinds import StepContext, StepError
from docchain.features.documents import Children, Contents, DocumentRef, StepDocuments
from docchain.features.extraction import ExtractFields
from docchain.features.extraction.steps import PARSED, ExtractParams
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.processes import ProcessPool

WORKSPACE = UUID("0199f5e2-0000-7000-8000-00000000000a")
STARTED = 1_764_000_000_000_000


def context():
    return StepContext(new_id(), WORKSPACE, "fields", 1, "extract.fields", 1, "key", STARTED, STARTED, "ana", {})


@pytest.fixture
async def kind(tmp_path):
    pool = ProcessPool(size=1, memory_bytes=512 * 1024 * 1024)
    blobs = LocalBlobs(tmp_path)
    kind = ExtractFields(StepDocuments(Contents(blobs)), Children(pool, 30.0))

    async def reference(document, media_type=PARSED):
        stored = await blobs.put(WORKSPACE, msgspec.json.encode(document))
        ids = {"document_id": new_id(), "version_id": new_id()}
        return DocumentRef(
            **ids, sha256=stored.sha256, media_type=media_type, name="factura.pdf.json", size=stored.size
        )

    yield kind, reference
    await pool.close()


async def test_fields_come_back_plain_and_with_their_evidence(kind, paper):
    step, reference = kind
    params = ExtractParams(document=await reference(paper(WORKSHOP)), schema={"$ref": "invoice"})

    result = await step.run(params, context())

    assert result.ok
    assert result.value["total"] == {"amount": "405.35", "currency": "EUR"}
    assert result.fields["total"].accepted
    assert (result.fields["total"].page, result.fields["total"].text) == (1, "405,35 €")
    assert (result.missing, result.faults, result.unsure) == ({}, [], [])


async def test_a_threshold_nobody_reaches_leaves_everything_to_a_person(kind, paper):
    step, reference = kind
    params = ExtractParams(document=await reference(paper(WORKSHOP)), threshold=1.0)

    result = await step.run(params, context())

    assert not result.ok
    assert {"number", "date", "total"} <= set(result.unsure)
    assert not any(field.accepted for field in result.fields.values())


async def test_a_field_with_a_fault_is_never_accepted(kind, paper):
    step, reference = kind
    wrong = paper(WORKSHOP.replace("405,35 €", "450,35 €"))

    result = await step.run(ExtractParams(document=await reference(wrong)), context())

    assert not result.ok
    assert not result.fields["total"].accepted
    assert [fault.code for fault in result.faults] == ["arithmetic"]


async def test_a_document_that_is_not_parsed_says_what_to_do(kind, paper):
    step, reference = kind
    params = ExtractParams(document=await reference(paper(WORKSHOP), "application/pdf"))

    with pytest.raises(StepError, match=r"factura\.pdf\.json is not parsed\.") as refused:
        await step.run(params, context())
    assert refused.value.hint == "Put a document.parse step before this one and give its `document`."


async def test_a_wrong_schema_says_where(kind, paper):
    step, reference = kind
    params = ExtractParams(document=await reference(paper(WORKSHOP)), schema={"fields": {"a": {"type": "colour"}}})

    with pytest.raises(StepError, match=r"The schema is wrong at fields\.a\.type"):
        await step.run(params, context())


def test_unknown_parameters_are_refused():
    with pytest.raises(ValidationError):
        ExtractParams.model_validate({"document": {}, "treshold": 0.5})


@pytest.mark.parametrize(("pages", "found"), [((1, 0), False), ((1, 1), True), ((2, 0), True)])
async def test_how_many_pages_are_read_is_the_operators_choice(kind, paper, pages, found):
    step, reference = kind
    step._pages = pages  # noqa: SLF001 - as the settings say
    whole = paper(WORKSHOP)
    blank = msgspec.structs.replace(whole.pages[0], words=[], tables=[])
    papers = [blank, *(msgspec.structs.replace(page, number=page.number + 1) for page in whole.pages)]
    document = msgspec.structs.replace(whole, pages=papers)

    result = await step.run(ExtractParams(document=await reference(document)), context())

    assert ("total" in result.fields) == found
