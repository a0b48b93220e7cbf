import io

import made
import pypdfium2
import pytest

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.limits import ParseLimits

INVOICE = """
#set page(paper: "a4", margin: 2cm)
#set text(size: 10pt)
#place(top + left)[Papelería Núñez, S.L.]
#place(top + right)[FACTURA F-2024/17]
#v(3cm)
Fecha: 5 de marzo de 2024

#table(columns: (3fr, 1fr, 1fr, 1fr), stroke: none,
  [Concepto], [Cant.], [Precio], [Importe],
  [Papel A4 80 g], [10], [4,50 €], [45,00 €],
  [Tinta negra], [2], [617,25 €], [1.234,50 €])
"""


def test_words_have_boxes_in_points_from_the_top_left_corner(read):
    page = read(made.pdf(INVOICE), "factura.pdf").pages[0]
    words = {word.text: word for word in page.words}

    assert (page.number, page.width, page.height, page.source) == (1, 595.28, 841.89, "text")
    assert words["Papelería"].box[:2] == pytest.approx((56.7, 56.7), abs=4)
    assert words["F-2024/17"].box[2] == pytest.approx(595.28 - 56.7, abs=2)
    assert words["Núñez,"].confidence == 1.0


def test_a_line_is_a_visual_row_and_tables_keep_their_cells(read):
    document = read(made.pdf(INVOICE), "factura.pdf")
    words = {word.text: word.line for word in document.pages[0].words}

    assert words["Papelería"] == words["F-2024/17"] == 0
    assert words["Fecha:"] == 1
    assert document.pages[0].tables[0].rows == [
        ["Concepto", "Cant.", "Precio", "Importe"],
        ["Papel A4 80 g", "10", "4,50 €", "45,00 €"],
        ["Tinta negra", "2", "617,25 €", "1.234,50 €"],
    ]
    assert document.text == (
        "Papelería Núñez, S.L.  FACTURA F-2024/17\n\nFecha: 5 de marzo de 2024\n\n"
        "| Concepto | Cant. | Precio | Importe |\n| --- | --- | --- | --- |\n"
        "| Papel A4 80 g | 10 | 4,50 € | 45,00 € |\n| Tinta negra | 2 | 617,25 € | 1.234,50 € |"
    )


def test_columns_of_prose_are_read_one_after_the_other(read):
    left, right = "Izquierda " + "uno dos tres " * 40, "Derecha " + "cuatro cinco seis " * 40
    document = read(made.pdf(f"#columns(2)[{left} #colbreak() {right}]"), "prosa.pdf")

    assert document.text.index("Izquierda") < document.text.index("tres\n") < document.text.index("Derecha")
    assert "Izquierda uno dos tres uno dos tres" in document.text
    assert "tres  Derecha" not in document.text


def test_a_turned_page_is_measured_as_it_is_shown(read):
    document = pypdfium2.PdfDocument(made.pdf("#set page(width: 200pt, height: 100pt, margin: 10pt)\nHola"))
    document[0].set_rotation(90)
    stream = io.BytesIO()
    document.save(stream)

    page = read(stream.getvalue(), "girada.pdf").pages[0]

    assert (page.width, page.height) == (100.0, 200.0)
    assert [word.text for word in page.words] == ["Hola"]
    x0, y0, x1, y1 = page.words[0].box
    assert 75 < x0 < x1 < 95
    assert 5 < y0 < y1 < 40


def test_only_the_scanned_page_is_read_by_ocr(read):
    scan = made.image(made.pdf("#set text(size: 14pt)\nImporte total: 1.234,50 €"), dpi=150)
    document = read(made.pdf_of("Born digital text here", scan), "mixto.pdf")

    assert [page.source for page in document.pages] == ["text", "ocr"]
    assert document.pages[1].words[-2].text == "1.234,50"
    assert document.text == "Born digital text here\n\nImporte total: 1.234,50 €"


def test_a_blank_page_is_no_scan(read):
    document = read(made.pdf("Uno\n#pagebreak()\n#pagebreak()\nTres"), "blanco.pdf")

    assert [(page.source, len(page.words)) for page in document.pages] == [("text", 1), ("text", 0), ("text", 1)]


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b"", "empty", "x.pdf is empty; export it again."),
        (
            b"%PDF-1.7\nnothing",
            "damaged",
            "x.pdf is not a readable PDF: the file is damaged or incomplete; export it again.",
        ),
        (
            b"\x00\x01\x02garbage",
            "damaged",
            "x.pdf is not a readable PDF: the file is damaged or of another kind; export it again.",
        ),
        (
            b"just words",
            "damaged",
            "x.pdf is not a readable PDF: the file is damaged or of another kind; export it again.",
        ),
    ],
)
def test_a_broken_pdf_is_refused_with_advice(read, data, code, message):
    with pytest.raises(Unreadable) as refused:
        read(data, "x.pdf")
    assert (refused.value.code, str(refused.value)) == (code, message)


def test_too_many_pages_are_refused(read):
    with pytest.raises(Unreadable, match=r"x.pdf has 3 pages; split it into parts of 2\."):
        read(made.pdf("a\n#pagebreak()\nb\n#pagebreak()\nc"), "x.pdf", limits=ParseLimits(pages=2))


def test_scans_beyond_the_limit_are_named_not_silently_lost(read):
    scan = made.image(made.pdf("#set text(size: 14pt)\nImporte total: 1.234,50 €"), dpi=150)
    document = read(made.pdf_of("Text", scan), "mixto.pdf", limits=ParseLimits(ocr_pages=0))

    assert document.warnings == ["mixto.pdf: page 2 is a scan and was not read; send it in a smaller file."]
