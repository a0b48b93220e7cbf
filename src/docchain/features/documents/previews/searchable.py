"""A searchable PDF: the pages as they are, upright, and over each scan its recognized words, invisible and selectable.

The font has no glyphs, for nothing of it is drawn: a code is a character, each half as wide as the font is tall.
"""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from docchain.features.documents.parsing import pictures
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.kinds import IMAGES, detect
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import Page, Word
from docchain.features.documents.parsing.parts import every_page

Matrix = tuple[float, float, float, float, float, float]
FONT: Final = "/DocchainText"
ADVANCE: Final = 500
ASCENT: Final = 800
RECOGNIZED: Final = {"ocr", "mixed"}
_TO_UNICODE: Final = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap CMapName currentdict /CMap defineresource pop end end"""


def make_searchable(given: str, parsed: str, made: str, name: str, media_type: str, limits: ParseLimits) -> int:
    """From a PDF or pictures, and what was read of them, to a PDF; returns how many pages got text."""
    import pikepdf  # noqa: PLC0415 - heavy

    data = Path(given).read_bytes()
    kind = detect(data, name, media_type)
    pages = [page for page in every_page(Path(parsed).read_bytes()) if page.source in RECOGNIZED]
    source = data
    if kind in IMAGES:
        source = _bound(pictures.frames(data, name, kind, limits), [page.rotation for page in pages])
        pages = [structs.replace(page, rotation=0) for page in pages]
    try:
        with pikepdf.open(io.BytesIO(source)) as document:
            font = _font(pikepdf, document)
            for page in pages:
                _lay_over(pikepdf, document, page, font)
            document.save(Path(made), min_version="1.4", linearize=False)
    except pikepdf.PdfError:
        raise Unreadable("damaged", f"{name} is damaged too much to be written again; export it again.") from None
    return len(pages)


def _bound(frames: Iterable[tuple[Any, float]], rotations: list[int]) -> bytes:
    """Pictures, made upright, as the pages of a PDF, each as large as it was measured."""
    import pikepdf  # noqa: PLC0415 - heavy

    document = pikepdf.new()
    for (image, scale), rotation in zip(frames, rotations, strict=False):
        page = io.BytesIO()
        image.rotate(rotation, expand=True).save(page, "PDF", resolution=72 / scale, quality=90)
        with pikepdf.open(page) as single:
            document.pages.extend(single.pages)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _lay_over(pikepdf: Any, document: Any, page: Page, font: Any) -> None:
    sheet = document.pages[page.number - 1]
    fonts = sheet.obj.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary())
    assert FONT not in fonts  # noqa: S101 - the name is ours
    sheet.add_resource(font, pikepdf.Name.Font, pikepdf.Name(FONT))
    placed = _to_sheet(sheet, page)
    text = "\n".join(_shown(words, placed) for words in _lines(page.words))
    sheet.contents_add(pikepdf.Stream(document, b"q"), prepend=True)
    sheet.contents_add(pikepdf.Stream(document, f"\nQ q BT 3 Tr\n{text}\nET Q".encode()))
    sheet.rotate(-page.rotation, relative=True)


def _lines(words: Iterable[Word]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _shown(words: list[Word], placed: Matrix) -> str:
    return "\n".join(_word(word, placed) for word in words)


def _word(word: Word, placed: Matrix) -> str:
    """As tall and as wide as its box, and a space behind it."""
    x0, y0, x1, y1 = word.box
    size, codes = max(y1 - y0, 0.1), word.text.encode("utf-16-be", "replace")
    stretch = 100_000 * max(x1 - x0, 0.1) / (len(codes) // 2 * ADVANCE * size)
    baseline = y0 + ASCENT / 1000 * size
    matrix = " ".join(f"{value:.4f}" for value in _times((1, 0, 0, -1, x0, baseline), placed))
    return f"{FONT} {size:.3f} Tf {stretch:.3f} Tz {matrix} Tm <{codes.hex()}0020> Tj"


def _to_sheet(sheet: Any, page: Page) -> Matrix:
    """From points of the upright picture, from its top left, to the page's own space."""
    left, bottom, right, top = (float(value) for value in sheet.cropbox)
    wide, tall = right - left, top - bottom
    turned = int(sheet.obj.get("/Rotate", 0)) % 360
    shown = (tall, wide) if turned % 180 else (wide, tall)
    upright = _turned_back(page, shown)
    return _times(upright, _unrotated(turned, (left, bottom, wide, tall)))


def _turned_back(page: Page, shown: tuple[float, float]) -> Matrix:
    """From the upright picture to the page as it is shown; `page.rotation` is against the clock."""
    wide, tall = shown
    along = (wide, tall) if page.rotation % 180 == 0 else (tall, wide)
    sx, sy = along[0] / page.width, along[1] / page.height
    match page.rotation % 360:
        case 90:  # shown x runs down the upright picture, from its bottom
            return (0, sx, -sy, 0, wide, 0)
        case 180:
            return (-sx, 0, 0, -sy, wide, tall)
        case 270:
            return (0, -sx, sy, 0, 0, tall)
    return (sx, 0, 0, sy, 0, 0)


def _unrotated(turned: int, box: tuple[float, float, float, float]) -> Matrix:
    """From the page as it is shown, from its top left, to its space, which is `turned` with the clock to be shown."""
    left, bottom, wide, tall = box
    match turned:
        case 90:
            return (0, 1, 1, 0, left, bottom)
        case 180:
            return (-1, 0, 0, 1, left + wide, bottom)
        case 270:
            return (0, -1, -1, 0, left + wide, bottom + tall)
    return (1, 0, 0, -1, left, bottom + tall)


def _times(one: Matrix, other: Matrix) -> Matrix:
    """First one, then the other."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _font(pikepdf: Any, document: Any) -> Any:
    name, make = pikepdf.Name, pikepdf.Dictionary
    descriptor = make(
        Type=name.FontDescriptor,
        FontName=name("/DocchainText"),
        Flags=4,
        FontBBox=[0, ASCENT - 1000, ADVANCE, ASCENT],
        ItalicAngle=0,
        Ascent=ASCENT,
        Descent=ASCENT - 1000,
        CapHeight=ASCENT,
        StemV=80,
    )
    descendant = make(
        Type=name.Font,
        Subtype=name.CIDFontType2,
        BaseFont=name("/DocchainText"),
        CIDSystemInfo=make(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=document.make_indirect(descriptor),
        DW=ADVANCE,
        CIDToGIDMap=name.Identity,
    )
    return document.make_indirect(
        make(
            Type=name.Font,
            Subtype=name.Type0,
            BaseFont=name("/DocchainText"),
            Encoding=name("/Identity-H"),
            DescendantFonts=[document.make_indirect(descendant)],
            ToUnicode=pikepdf.Stream(document, _TO_UNICODE),
        )
    )
