import io
import zipfile

import made
import pytest

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.limits import ParseLimits

LINES = [["Concepto", "Cant.", "Importe"], ["Papel A4", "10", "45,00 €"], ["Tinta | negra", "2", "1.234,50 €"]]
LINES_TEXT = (
    "| Concepto | Cant. | Importe |\n| --- | --- | --- |\n"
    "| Papel A4 | 10 | 45,00 € |\n| Tinta \\| negra | 2 | 1.234,50 € |"
)


def test_a_word_document_becomes_markdown_and_a_grid(read):
    document = read(made.docx("# Factura F-1", "Fecha: 5 de marzo", LINES, "Total: 1.279,50 €"), "factura.docx")
    page = document.pages[0]

    assert document.text == f"# Factura F-1\n\nFecha: 5 de marzo\n\n{LINES_TEXT}\n\nTotal: 1.279,50 €"
    assert page.source == "grid"
    assert [word.text for word in page.words if word.line == 0] == ["Factura", "F-1"]
    assert page.words[0].box == (36.0, 36.0, 78.0, 48.0)
    assert page.tables[0].rows == LINES


def test_table_cells_of_a_column_start_at_the_same_place(read):
    page = read(made.docx(LINES), "factura.docx").pages[0]

    starts = {word.text: word.box[0] for word in page.words}
    assert starts["Importe"] == starts["45,00"] == starts["1.234,50"]
    assert starts["Cant."] == starts["10"] == starts["2"]


def test_every_sheet_and_every_slide_is_a_page(read):
    workbook = read(made.xlsx(Factura=[["Número", "F-1"], ["Total", 1234.5]], Otra=LINES), "libro.xlsx")
    slides = read(made.pptx(["Título", "Primer punto"], ["Segunda"]), "charla.pptx")

    assert [[word.text for word in page.words[:3]] for page in workbook.pages] == [
        ["Factura", "Número", "F-1"],
        ["Otra", "Concepto", "Cant."],
    ]
    assert workbook.pages[0].tables[0].rows == [["Número", "F-1"], ["Total", "1234.5"]]
    assert [[word.text for word in page.words] for page in slides.pages] == [
        ["Título", "Primer", "punto"],
        ["Segunda"],
    ]


def test_html_loses_its_scripts_and_keeps_its_table(read):
    html = "<html><head><title>x</title></head><body><h1>Factura ñ</h1><script>evil()</script><p>Uno<br>dos</p>"
    html += "<table><tr><td>Total</td><td>12,00 €</td></tr></table></body></html>"
    document = read(html.encode(), "pagina.html")

    assert [word.text for word in document.pages[0].words] == ["Factura", "ñ", "Uno", "dos", "Total", "12,00", "€"]
    assert document.pages[0].tables[0].rows == [["Total", "12,00 €"]]
    assert "evil" not in document.text


def test_text_keeps_its_columns_and_windows_letters(read):
    page = read("Total     12,00\r\nAño".encode("cp1252"), "nota.txt").pages[0]

    assert [(word.text, word.box[0], word.line) for word in page.words] == [
        ("Total", 36.0, 0),
        ("12,00", 96.0, 0),
        ("Año", 36.0, 1),
    ]


def test_csv_and_markdown_become_tables(read):
    table = [["Fecha", "Importe"], ["5/3/2024", "1,5"]]

    assert read(b"Fecha;Importe\n5/3/2024;1,5\n", "a.csv").pages[0].tables[0].rows == table
    assert read(b"|Fecha|Importe|\n|-|-|\n|5/3/2024|1,5|\n", "a.md").pages[0].tables[0].rows == table


def test_a_long_text_fills_several_pages(read):
    document = read("\n".join(f"línea {n}" for n in range(150)).encode(), "largo.txt")

    assert [(page.number, page.words[-1].text) for page in document.pages] == [(1, "63"), (2, "127"), (3, "149")]


def test_a_zip_bomb_is_refused_before_it_unpacks(read):
    stream = io.BytesIO(made.docx("x"))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/zeros.bin", b"\0" * 3_000_000)

    with pytest.raises(Unreadable) as refused:
        read(stream.getvalue(), "bomba.docx", limits=ParseLimits(expanded=1_000_000))
    assert str(refused.value) == ("bomba.docx unpacks to more than this server accepts; split it and send the parts.")


@pytest.mark.parametrize(
    ("name", "data", "code", "message"),
    [
        ("a.docx", made.docx("x")[:-40], "damaged", "a.docx is not a readable Word document"),
        ("a.docx", b"PK\x03\x04 nothing", "damaged", "a.docx is not a readable Word document"),
        (
            "a.docx",
            made.xlsx(A=[["x"]]),
            "mismatch",
            "a.docx is of another kind (Excel workbook), but its name",
        ),
        (
            "a.png",
            made.pdf("x"),
            "mismatch",
            "a.png is of another kind (PDF), but its name ends in .png; name",
        ),
        ("a.exe", b"MZ\x90\x00\x03\x00\x00\x00", "unsupported", "a.exe: files ending in .exe"),
        ("a.json", b'{"a": 1}', "unsupported", "a.json: files ending in .json cannot be read. Send PDF, DOCX"),
        (
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "unsupported",
            "a.doc is an old Office file; save",
        ),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(read, name, data, code, message):
    with pytest.raises(Unreadable) as refused:
        read(data, name)
    assert refused.value.code == code
    assert str(refused.value).startswith(message)


def test_the_declared_type_must_agree_where_it_says_something(read):
    assert read(made.pdf("Hola"), "a.pdf", "application/octet-stream").text == "Hola"
    with pytest.raises(Unreadable, match=r"a.pdf is of another kind \(PDF\), but it was sent as image/png"):
        read(made.pdf("Hola"), "a.pdf", "image/png")


def test_a_password_is_asked_to_be_taken_off(read):
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")

    with pytest.raises(Unreadable) as refused:
        read(encrypted, "a.xlsx")
    assert str(refused.value) == (
        "a.xlsx is protected by a password; save a copy without a password and send it again."
    )
