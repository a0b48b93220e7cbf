"""PDF pages: the text layer's words with their boxes; a page whose layer is missing or garbage is left to OCR."""

import ctypes
from collections.abc import Iterator
from typing import Any

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.lines import Line, order
from docchain.features.documents.parsing.model import Box, Word

SCALE = 100  # FPDF_PageToDevice answers whole numbers
HYPHENS = {0x02: "-", 0xAD: "-", 0xFFFE: "-"}
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
INVISIBLE = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
GARBAGE_SHARE = 0.2
FEW_CHARACTERS = 12


class PdfPage:
    """One open page: size, words, and whether its text layer is worth anything."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.width, self.height = page.get_size()
        self.garbage = 0
        self.characters = 0

    def lines(self) -> list[Line]:
        return order(Word(text, self._to_page(box), 0) for text, box in self._words())

    def needs_ocr(self) -> bool:
        """Call after `lines`."""
        if self.characters >= FEW_CHARACTERS:
            return self.garbage > GARBAGE_SHARE * self.characters
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        return any(
            pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(self._page, index)) != pdfium.FPDF_PAGEOBJ_TEXT
            for index in range(pdfium.FPDFPage_CountObjects(self._page))
        )

    def image(self, dpi: int, pixels: int) -> Any:
        """The page as a PIL image in grey, at most `pixels` large."""
        scale = dpi / 72
        area = self.width * self.height * scale * scale
        if area > pixels:
            scale *= (pixels / area) ** 0.5
        return self._page.render(scale=scale, grayscale=True).to_pil()

    def _words(self) -> Iterator[tuple[str, Box]]:
        text, box = "", (0.0, 0.0, 0.0, 0.0)
        for piece, at in self._characters():
            if not piece or not _continues(box, at):
                if text:
                    yield text, box
                text = ""
            if piece:
                box = _union(box, at) if text else at
                text += piece
        if text:
            yield text, box

    def _characters(self) -> Iterator[tuple[str, Box]]:
        """Characters with boxes in PDF space; an empty string ends a word."""
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        text_page = self._page.get_textpage()
        rect = pdfium.FS_RECTF()
        where = ctypes.byref(rect)
        for index in range(pdfium.FPDFText_CountChars(text_page)):
            code = pdfium.FPDFText_GetUnicode(text_page, index)
            if code in INVISIBLE:
                continue
            piece = self._visible(code)
            if piece:
                pdfium.FPDFText_GetLooseCharBox(text_page, index, where)
            yield piece, (rect.left, rect.bottom, rect.right, rect.top)
        text_page.close()

    def _visible(self, code: int) -> str:
        piece = HYPHENS.get(code) or LIGATURES.get(code)
        if piece is None:
            piece = chr(code) if code else "\ufffd"
            if piece.isspace():
                return ""
            if not piece.isprintable():
                piece = "\ufffd"
        self.characters += 1
        self.garbage += piece == "\ufffd"
        return piece

    def _to_page(self, box: Box) -> Box:
        """PDF space (bottom-left, unrotated) to points from the shown page's top-left corner."""
        import pypdfium2.raw as pdfium  # noqa: PLC0415 -- heavy

        x, y = ctypes.c_int(), ctypes.c_int()
        size = (round(self.width * SCALE), round(self.height * SCALE))
        corners = []
        for at_x, at_y in ((box[0], box[1]), (box[2], box[3])):
            pdfium.FPDF_PageToDevice(self._page, 0, 0, *size, 0, at_x, at_y, ctypes.byref(x), ctypes.byref(y))
            corners.append((x.value / SCALE, y.value / SCALE))
        (x0, y0), (x1, y1) = corners
        return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


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


def _continues(box: Box, at: Box) -> bool:
    """Whether a character follows the word that ends in `box`: no wide gap, no jump back, no other line."""
    tall = max(at[3] - at[1], box[3] - box[1], 1.0)
    return -2 * tall < at[0] - box[2] < 0.6 * tall and abs((at[1] + at[3]) - (box[1] + box[3])) < 2.4 * tall


def _union(one: Box, other: Box) -> Box:
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))
