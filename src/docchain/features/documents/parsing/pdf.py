"""PDF pages: the text layer's words with their boxes; a page whose layer is missing or garbage is left to OCR."""

import ctypes
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.lines import Line, order
from docchain.features.documents.parsing.model import Box, Word

SCALE = 1000  # FPDF_PageToDevice answers whole numbers
SPAN = 1000
GARBAGE = "\ufffd"
HYPHENS = {0x02: "-", 0xAD: "-", 0xFFFE: "-"}
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
INVISIBLE = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
GARBAGE_SHARE = 0.2
FEW_CHARACTERS = 12
PICTURE_SHARE = 0.01


class PdfPage:
    """One open page: size, words, and whether its text layer is worth anything."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.width, self.height = page.get_size()
        self.garbage = 0
        self.characters = 0

    def lines(self) -> list[Line]:
        text_page = self._page.get_textpage()
        turn = self._page.get_rotation()
        words = [(text, _turned(box, -turn)) for text, box in _words(text_page, turn)]
        text_page.close()
        self.characters = sum(len(text) for text, _ in words)
        self.garbage = sum(text.count(GARBAGE) for text, _ in words)
        to_page = self._transform()
        return order(Word(text, to_page(box), 0) for text, box in words)

    def needs_ocr(self) -> bool:
        """Call after `lines`."""
        if self.characters >= FEW_CHARACTERS:
            return self.garbage > GARBAGE_SHARE * self.characters
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        return any(
            pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(self._page, index)) != pdfium.FPDF_PAGEOBJ_TEXT
            for index in range(pdfium.FPDFPage_CountObjects(self._page))
        )

    def has_pictures(self) -> bool:
        """Whether pictures take enough of the page to say something."""
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        pictures = self._page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=4)
        least = PICTURE_SHARE * self.width * self.height
        return any(_area(picture.get_bounds()) >= least for picture in pictures)

    def image(self, dpi: int, pixels: int) -> Any:
        """The page as a PIL image in grey, at most `pixels` large."""
        scale = dpi / 72
        area = self.width * self.height * scale * scale
        if area > pixels:
            scale *= (pixels / area) ** 0.5
        return self._page.render(scale=scale, grayscale=True).to_pil()

    def _transform(self) -> Callable[[Box], Box]:
        """From PDF space (bottom-left, unrotated) to points from the shown page's top-left corner."""
        (x, y), right, up = (self._device(*point) for point in ((0, 0), (SPAN, 0), (0, SPAN)))
        xx, xy, yx, yy = (right[0] - x) / SPAN, (up[0] - x) / SPAN, (right[1] - y) / SPAN, (up[1] - y) / SPAN

        def to_page(box: Box) -> Box:
            left, bottom, right_, top = box
            x0, x1 = sorted((x + xx * left + xy * bottom, x + xx * right_ + xy * top))
            y0, y1 = sorted((y + yx * left + yy * bottom, y + yx * right_ + yy * top))
            return (round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))

        return to_page

    def _device(self, x: float, y: float) -> tuple[float, float]:
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        at_x, at_y = ctypes.c_int(), ctypes.c_int()
        size = (round(self.width * SCALE), round(self.height * SCALE))
        pdfium.FPDF_PageToDevice(self._page, 0, 0, *size, 0, x, y, ctypes.byref(at_x), ctypes.byref(at_y))
        return at_x.value / SCALE, at_y.value / SCALE


def _words(text_page: Any, turn: int) -> Iterator[tuple[str, Box]]:
    """Runs of visible characters with their box in PDF space, turned as the page is; a gap or a jump ends a run."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

    handle, rect = text_page.raw, pdfium.FS_RECTF()
    where = ctypes.byref(rect)
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    text, x0, y0, x1, y1 = "", 0.0, 0.0, 0.0, 0.0
    for index in range(pdfium.FPDFText_CountChars(handle)):
        piece = _visible(unicode_of(handle, index))
        if piece:
            box_of(handle, index, where)
            left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
            if turn:
                left, bottom, right, top = _turned((left, bottom, right, top), turn)
            tall = max(top - bottom, y1 - y0, 1.0)
            if text and -2 * tall < left - x1 < 0.6 * tall and abs(top + bottom - y1 - y0) < 2.4 * tall:
                text += piece
                x0, y0, x1, y1 = min(x0, left), min(y0, bottom), max(x1, right), max(y1, top)
                continue
        elif piece is None:
            continue
        if text:
            yield text, (x0, y0, x1, y1)
        text = piece
        if piece:
            x0, y0, x1, y1 = left, bottom, right, top
    if text:
        yield text, (x0, y0, x1, y1)


def _turned(box: Box, turn: int) -> Box:
    """About the origin, by degrees with the clock."""
    x0, y0, x1, y1 = box
    match turn % 360:
        case 90:
            return (y0, -x1, y1, -x0)
        case 180:
            return (-x1, -y1, -x0, -y0)
        case 270:
            return (-y1, x0, -y0, x1)
    return box


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


@cache
def _visible(code: int) -> str | None:
    """What a reader sees: empty for white space, `None` for what has no width, `GARBAGE` for what has no meaning."""
    if code in INVISIBLE:
        return None
    piece = HYPHENS.get(code) or LIGATURES.get(code) or (chr(code) if code else GARBAGE)
    if piece.isspace():
        return ""
    return piece if piece.isprintable() else GARBAGE


def open_pdf(data: bytes, name: str) -> Any:
    """An open `pypdfium2.PdfDocument`, or the reason why not."""
    import pypdfium2 as pdfium  # noqa: PLC0415 -- heavy

    try:
        document = pdfium.PdfDocument(data)
        pages = len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable(
                "encrypted", f"{name} is protected by a password; save a copy without a password and send it again."
            ) from None
        raise Unreadable(
            "damaged", f"{name} is not a readable PDF: the file is damaged or incomplete; export it again."
        ) from None
    if not pages:
        raise Unreadable("empty", f"{name} is a PDF without pages; export it again.")
    return document
