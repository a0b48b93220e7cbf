"""Pages as they were read, and copies of scans that can be searched."""

import io

import made
import pypdfium2
import pytest

from docchain.features.documents.parsing.model import decode
from docchain.features.documents.parsing.parse import parse

LETTER = """
#set page(paper: "a4", margin: 2cm)
#set text(font: "Libertinus Serif", size: 12pt)
Construcciones Peñalver e Hijos, S.L.

Fecha de emisión: 14 de marzo de 2024

Total due: £3,224.58
"""
FLOW = {
    "workflow": "searchable",
    "inputs": {"document": {"type": "document"}},
    "steps": [{"id": "copy", "use": "document.searchable_pdf", "with": {"document": "${inputs.document}"}}],
    "output": "${steps.copy.document}",
}


def turned(data: bytes, degrees: int) -> bytes:
    document = pypdfium2.PdfDocument(data)
    document[1].set_rotation(degrees)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def scan(angle: int = 0) -> bytes:
    return made.image(made.pdf(LETTER), angle=angle)


@pytest.mark.parametrize(
    ("name", "data", "number"),
    [
        ("scan.png", scan(), 1),
        ("lying.png", scan(90), 1),
        ("mixed.pdf", made.pdf_of("Born digital", scan()), 2),
        ("turned.pdf", turned(made.pdf_of("Born digital", scan()), 90), 2),
        ("upside.pdf", turned(made.pdf_of("Born digital", scan()), 180), 2),
    ],
)
async def test_words_lie_where_they_were_recognized(place, name, data, number):
    document = await place.upload(data, name)

    answer = await place.get(f"/documents/{document}/searchable.pdf")
    words = (await place.get(f"/documents/{document}/pages/{number}/text")).json()["words"]

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    page = decode(parse(answer.content, "copy.pdf")).pages[number - 1]
    assert page.source == "text"
    assert [word.text for word in page.words] == [word["text"] for word in words]
    assert "Peñalver" in [word.text for word in page.words]
    for found, recognized in zip(page.words, words, strict=True):
        assert found.box == pytest.approx(recognized["box"], abs=1.5)


async def test_the_picture_of_a_searchable_page_is_as_before(place):
    document = await place.upload(made.pdf_of("Born digital", scan()), "mixed.pdf")
    copy = await place.get(f"/documents/{document}/searchable.pdf")
    again = await place.upload(copy.content, "copy.pdf")

    before, after = [await place.picture(f"/documents/{which}/pages/2.png", width=800) for which in (document, again)]

    assert before.tobytes() == after.tobytes()
    assert copy.headers["content-disposition"] == 'attachment; filename="mixed.searchable.pdf"'


async def test_any_document_becomes_a_pdf(place):
    document = await place.upload(made.docx("# Informe", "Un párrafo con acentos"), "informe.docx")

    answer = await place.get(f"/documents/{document}/searchable.pdf")

    text = decode(parse(answer.content, "informe.pdf")).text
    assert "Un párrafo con acentos" in text


async def test_pages_say_how_they_were_read(place):
    document = await place.upload(made.pdf_of("Un texto que nació digital, de una página", scan()), "mixed.pdf")

    pages = await place.get(f"/documents/{document}/pages")
    beyond = await place.get(f"/documents/{document}/pages/3/text")

    assert pages.json() == {
        "document": document,
        "version": 1,
        "pages": 2,
        "language": "es",
        "read": {"text": 1, "ocr": 1},
        "problems": {},
        "warnings": [],
    }
    assert (beyond.status_code, beyond.json()["code"]) == (404, "page_not_found")


async def test_a_workflow_makes_a_searchable_copy_that_knows_its_origin(place):
    document = await place.upload(made.pdf_of("Born digital", scan()), "mixed.pdf")
    made_of = await place.client.post("/workflows", json={"definition": FLOW})
    assert made_of.status_code == 201, made_of.text
    order = {"inputs": {"document": document}, "wait": 60}
    run = (await place.client.post(f"/workflows/{made_of.json()['handle']}/execute", json=order)).json()

    assert run["status"] == "succeeded", run
    assert run["output"]["name"] == "mixed.pdf"
    lineage = (await place.client.get(f"/documents/{run['output']['document_id']}/lineage")).json()
    assert [version["name"] for version in lineage["versions"]] == ["mixed.pdf", "mixed.pdf"]
