import io

import made
import pytest
from PIL import Image

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.limits import ParseLimits

LETTER = """
#set page(paper: "a4", margin: 2cm)
#set text(font: "Libertinus Serif", size: 12pt)
Construcciones Peñalver e Hijos, S.L.

Fecha de emisión: 14 de marzo de 2024

Rehabilitación según presupuesto nº 7, pingüino, ¿cuándo?

#grid(columns: (3fr, 1fr), row-gutter: 8pt, [Base imponible], [14.411,75 €], [IVA 21 %], [3.026,47 €])

Total due: £3,224.58
"""
TEXT = """\
Construcciones Peñalver e Hijos, S.L.
Fecha de emisión: 14 de marzo de 2024
Rehabilitación según presupuesto nº 7, pingüino, ¿cuándo?
Base imponible  14.411,75 €
IVA 21 %  3.026,47 €
Total due: £3,224.58"""


def lines_of(text):
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg"), ("TIFF", "a.tif"), ("WEBP", "a.webp")])
def test_pictures_are_read_with_accents_amounts_and_boxes(read, kind, name):
    document = read(made.image(made.pdf(LETTER), kind), name)
    page = document.pages[0]

    assert lines_of(document.text) == lines_of(TEXT)
    assert page.source == "ocr"
    assert (page.width, page.height) == pytest.approx((595, 842), abs=2)
    total = next(word for word in page.words if word.text == "£3,224.58")
    assert total.box[0] == pytest.approx(113, abs=8)
    assert 0.5 < total.confidence <= 1.0


def test_a_scan_that_may_hold_ideographs_is_read_with_all_letters(read):
    document = read(made.image(made.pdf("#set text(size: 16pt)\nHoja 中 17"), dpi=80), "hoja.png", languages=("zh",))

    assert document.text.startswith("Hoja")
    assert document.text.endswith("17")


def test_a_crooked_scan_is_read_in_order(read):
    document = read(made.image(made.pdf(LETTER), angle=2.5), "torcida.png")

    assert lines_of(document.text) == lines_of(TEXT)
    assert document.pages[0].rotation == 0


@pytest.mark.parametrize(("angle", "rotation"), [(90, 270), (180, 180), (270, 90)])
def test_a_turned_scan_is_measured_upright_and_says_how_to_turn_it(read, angle, rotation):
    document = read(made.image(made.pdf(LETTER), angle=angle), "girada.png")
    page = document.pages[0]

    assert lines_of(document.text) == lines_of(TEXT)
    assert page.rotation == rotation
    assert (page.width, page.height) == pytest.approx((595, 842), abs=2)
    assert page.words[0].box[:2] == pytest.approx((56, 54), abs=5)


def test_a_picture_without_text_says_so(read):
    stream = io.BytesIO()
    Image.new("L", (300, 300), 255).save(stream, "PNG")

    document = read(stream.getvalue(), "vacia.png")

    assert document.warnings == ["vacia.png: no text was found in it."]
    assert document.pages[0].words == []


def test_a_picture_that_unpacks_to_too_much_is_refused(read):
    stream = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(stream, "PNG")

    with pytest.raises(Unreadable) as refused:
        read(stream.getvalue(), "bomba.png")
    assert str(refused.value) == (
        "bomba.png is larger than 60 megapixels or 200 pictures; scan it at 200 to 300 dpi, in parts."
    )


def test_a_truncated_picture_is_refused(read):
    data = made.image(made.pdf(LETTER))

    with pytest.raises(Unreadable) as refused:
        read(data[: len(data) // 2], "media.png")
    assert str(refused.value) == (
        "media.png is not a readable PNG image: the file is damaged or incomplete; scan it again."
    )


def test_every_frame_of_a_tiff_is_a_page(read):
    frames = [Image.open(io.BytesIO(made.image(made.pdf(f"#set text(size: 16pt)\nHoja {n}"), dpi=80))) for n in "12"]
    stream = io.BytesIO()
    frames[0].save(stream, "TIFF", save_all=True, append_images=frames[1:])

    document = read(stream.getvalue(), "fax.tiff")

    assert [page.number for page in document.pages] == [1, 2]
    assert document.text == "Hoja 1\n\nHoja 2"
    with pytest.raises(Unreadable, match=r"fax\.tiff is larger than 60 megapixels or 1 pictures"):
        read(stream.getvalue(), "fax.tiff", limits=ParseLimits(ocr_pages=1))
