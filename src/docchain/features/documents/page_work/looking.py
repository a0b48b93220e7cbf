"""What a page looks like: blank, with a barcode, a first page of something; its one rule: bounded pixels."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from docchain.features.documents.parsing.pdf import PdfPage

_BLANK_DPI: Final = 50
_CODE_DPI: Final = 150
_PIXELS: Final = 12_000_000
_DARK: Final = 160
_BLANK_SHARE: Final = 0.0008
_MARGIN: Final = 0.04
_TOP_LINES: Final = 4
_FIRST_OF = re.compile(
    r"\b(?:p[aá]g(?:ina|\.)?|page|hoja|seite|blatt)\s*:?\s*(\d{1,4})\s*(?:de|of|/|von)\s*(\d{1,4})\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\b(?:factura|invoice|rechnung|albar[aá]n|delivery note|pedido|order|contrato|contract)"
    r"\s*(?:n[ºo°.]{1,3}|n[uú]m(?:ero|\.)?|number|no\.?|#)?\s*[:#]?\s*([A-Z0-9][A-Z0-9/_.-]{2,30})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Seen:
    """What of a page helps to tell where a document begins."""

    number: int
    size: tuple[int, int]
    top: tuple[str, ...]
    page_of: tuple[int, int] | None = None
    reference: str | None = None
    blank: bool = False
    codes: tuple[str, ...] = field(default=())


def look(page: Any, number: int, *, codes: bool = False) -> Seen:
    """Look at an open page of a PDF."""
    shown = PdfPage(page)
    lines = [" ".join(word.text for word in line) for line in shown.lines()]
    text = "\n".join(lines)
    numbered, named = _FIRST_OF.search(text), _reference(text)
    return Seen(
        number,
        (round(shown.width), round(shown.height)),
        tuple(line.casefold() for line in lines[:_TOP_LINES]),
        (int(numbered[1]), int(numbered[2])) if numbered else None,
        named,
        not lines and _is_blank(shown),
        _codes(shown) if codes else (),
    )


def _reference(text: str) -> str | None:
    """The first number after a word for one; it has a digit in it."""
    found = (match[1].rstrip(".-/_") for match in _NUMBER.finditer(text))
    return next((number for number in found if any(char.isdigit() for char in number)), None)


def _is_blank(page: PdfPage) -> bool:
    """Nearly nothing dark within the margins: punch holes and the scanner's edge are no content."""
    image = page.image(_BLANK_DPI, _PIXELS)
    width, height = image.size
    inner = image.crop(
        (int(width * _MARGIN), int(height * _MARGIN), int(width * (1 - _MARGIN)), int(height * (1 - _MARGIN)))
    )
    counts: list[int] = inner.histogram()
    return sum(counts[:_DARK]) <= _BLANK_SHARE * max(1, sum(counts))


def _codes(page: PdfPage) -> tuple[str, ...]:
    import zxingcpp  # noqa: PLC0415 - native, and only for this

    return tuple(found.text for found in zxingcpp.read_barcodes(page.image(_CODE_DPI, _PIXELS)))
