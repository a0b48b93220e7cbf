"""Stacks of pages as an office scans them: split, merged, turned; the given file stays as it was."""

import io
from uuid import UUID

import numpy as np
import pypdfium2
import pytest
import typst
import zxingcpp
from PIL import Image

from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Contents, DocumentRef
from docchain.features.documents.page_work.ranges import BadPages, pages_of, written
from docchain.features.documents.page_work.schemas import HowToSplit
from docchain.features.documents.page_work.working import PageWork
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.processes import ProcessPool

WORKSPACE = UUID("0199f5e2-0000-7000-8000-00000000000a")
A4 = (595, 842)


def pdf_of(*pages):
    """Pages of text, of nothing, or with a QR code (`QR:` before what it says)."""
    whole = pypdfium2.PdfDocument.new()
    for text in pages:
        if text.startswith("QR:"):
            single = _picture(text[3:])
        elif text:
            single = typst.compile(f"#set page(width: 595pt, height: 842pt)\n{text}".encode())
        else:
            single = None
        if single is None:
            whole.new_page(*A4)
        else:
            whole.import_pages(pypdfium2.PdfDocument(single))
    file = io.BytesIO()
    whole.save(file)
    return file.getvalue()


def _picture(text):
    code = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode), scale=10)
    page = Image.new("L", (1240, 1754), 255)
    page.paste(Image.fromarray(np.array(code)), (400, 400))
    file = io.BytesIO()
    page.save(file, "PDF", resolution=150)
    return file.getvalue()


def texts(data):
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded().strip().split("\r\n")[0] for page in document]


@pytest.fixture
async def house(tmp_path):
    pool = ProcessPool(1)
    contents = Contents(LocalBlobs(tmp_path))
    work = PageWork(contents, Children(pool, 60.0), 50, 10)

    async def reference(data, name="pila.pdf", media_type="application/pdf"):
        stored = await contents.blobs.put(WORKSPACE, data)
        ids = {"document_id": new_id(), "version_id": new_id()}
        return DocumentRef(**ids, sha256=stored.sha256, media_type=media_type, name=name, size=stored.size)

    yield work, reference
    await pool.close()


async def ranges(house, data, **how):
    work, reference = house
    async with work.parts(WORKSPACE, await reference(data), HowToSplit(**how)) as parts:
        return [(pages, texts(path.read_bytes())) for path, pages in parts]


async def test_ranges(house):
    data = pdf_of("uno", "dos", "tres")

    assert await ranges(house, data, ranges=["1-2", "3-"]) == [("1-2", ["uno", "dos"]), ("3", ["tres"])]


async def test_every_so_many_pages(house):
    data = pdf_of("uno", "dos", "tres")
    assert await ranges(house, data, every=2) == [("1-2", ["uno", "dos"]), ("3", ["tres"])]
    assert [pages for pages, _ in await ranges(house, data, by="every", every=1)] == ["1", "2", "3"]
    assert [pages for pages, _ in await ranges(house, data, every=3)] == ["1-3"]


async def test_blank_pages_part_documents_and_are_left_out(house):
    data = pdf_of("uno", "", "dos", "tres", "", "")

    assert await ranges(house, data, by="blank") == [("1", ["uno"]), ("3-4", ["dos", "tres"])]


async def test_separators_by_what_their_code_says(house):
    data = pdf_of("uno", "QR:PATCH-1", "dos", "QR:https://other", "tres")

    assert [pages for pages, _ in await ranges(house, data, by="barcode", separator="PATCH-*")] == ["1", "3-5"]
    assert [pages for pages, _ in await ranges(house, data, by="barcode")] == ["1", "3", "5"]
    kept = await ranges(house, data, by="barcode", separator="PATCH-*", keep_separator=True)
    assert [pages for pages, _ in kept] == ["1", "2-5"]


async def test_a_proposal_says_why(house):
    work, reference = house
    stack = pdf_of(
        "Jardines, S.L.\n\nFactura nº: 2026-118\n\nPágina 1 de 2",
        "Jardines, S.L.\n\nPágina 2 de 2",
        "Café, S.A.\n\nFactura nº: C-77",
        "Café, S.A.\n\nFactura nº: C-78",
        "Condiciones generales",
    )

    found = await work.proposal(WORKSPACE, await reference(stack), HowToSplit(by="layout"))

    assert (found.pages, found.ranges, found.blank) == (5, ["1-2", "3", "4-5"], [])
    assert "another number" in found.parts[1].reasons
    assert found.parts[1].confidence >= 0.8


async def test_turned_reordered_and_deleted_pages_keep_attachments(house):
    work, reference = house
    document = pypdfium2.PdfDocument(pdf_of("uno", "dos", "tres"))
    document.new_attachment("factur-x.xml").set_data(b"<x/>")
    file = io.BytesIO()
    document.save(file)
    source = await reference(file.getvalue())
    operations = [
        {"op": "reorder", "pages": "3,1,2"},
        {"op": "delete", "pages": "2"},
        {"op": "rotate", "pages": "1", "degrees": 90},
    ]

    async with work.edited(WORKSPACE, source, operations) as (made, order):
        data = made.read_bytes()

    assert order == [3, 2]
    assert texts(data) == ["tres", "dos"]
    changed = pypdfium2.PdfDocument(data)
    assert [page.get_rotation() for page in changed] == [90, 0]
    assert changed.get_attachment(0).get_name() == "factur-x.xml"
    async with work.edited(WORKSPACE, source, [{"op": "delete", "pages": "1"}]) as (made, _):
        assert texts(made.read_bytes()) == ["dos", "tres"]  # the original is as it was


async def test_merged_in_order(house):
    work, reference = house
    sources = [await reference(pdf_of("uno", "dos")), await reference(pdf_of("tres"))]

    async with work.merged(WORKSPACE, sources) as (made, pages):
        assert (pages, texts(made.read_bytes())) == (3, ["uno", "dos", "tres"])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"ranges": ["1-9"]}, "“1-9” is not within the document's 2 pages"),
        ({"ranges": ["x"]}, "names no pages; write them like 1-3,5"),
        ({"ranges": ["1,1"]}, "names a page twice"),
        ({}, "Nothing says where to split pila.pdf"),
        ({"by": "every"}, "Nothing says how many pages each part has"),
        ({"by": "blank", "every": 1}, "not both"),
        ({"ranges": ["1"] * 11}, "11 documents are more than the 10"),
    ],
)
async def test_what_cannot_be_split_says_why(house, how, message):
    with pytest.raises(StepError, match=message):
        await ranges(house, pdf_of("uno", "dos"), **how)


async def test_other_files_and_too_many_pages_are_refused(house):
    work, reference = house
    with pytest.raises(StepError, match=r"foto\.png is no PDF"):
        await work.proposal(WORKSPACE, await reference(b"x", "foto.png", "image/png"), HowToSplit())
    with pytest.raises(StepError, match="has 51 pages; up to 50"):
        await ranges(house, pdf_of(*[""] * 51), by="blank")
    with pytest.raises(StepError, match="All pages would go"):
        async with work.edited(WORKSPACE, await reference(pdf_of("a")), [{"op": "delete", "pages": "-"}]):
            pass
    with pytest.raises(StepError, match="not a readable PDF"):
        await ranges(house, b"%PDF-1.7 nothing", by="blank")


def test_page_numbers_as_people_write_them():
    assert pages_of("1-3, 5,8-", 9) == [1, 2, 3, 5, 8, 9]
    assert written([1, 2, 3, 5, 8, 9]) == "1-3,5,8-9"
    with pytest.raises(BadPages):
        pages_of("0", 3)
