"""The parsed document: text and words with their boxes, one shape for every format.

Boxes are `(x0, y0, x1, y1)` in PDF points (1/72 inch) from the page's top-left corner. Formats without pages
(DOCX, HTML, e-mail…) are laid out on a grid of 6 by 12 points a character, so geometry means the same everywhere.
"""

import msgspec

Box = tuple[float, float, float, float]

MEDIA_TYPE = "application/vnd.docchain.parsed+json"


class Word(msgspec.Struct, array_like=True, frozen=True):
    """A run of characters without a space. `line` numbers the page's lines, `confidence` sinks below 1 in OCR."""

    text: str
    box: Box
    line: int
    confidence: float = 1.0


class Table(msgspec.Struct, frozen=True):
    """Rows of cell texts in reading order."""

    box: Box
    rows: list[list[str]]


class Page(msgspec.Struct, frozen=True):
    """One page. `source` is `text` (born digital), `ocr` or `grid`; `origin` names the attachment it came from.

    A scan that lies on its side or head is measured upright: `rotation` says how many degrees against the clock
    to turn its picture before a box is shown on it.
    """

    number: int
    width: float
    height: float
    source: str
    words: list[Word]
    tables: list[Table] = []
    origin: str | None = None
    rotation: int = 0


class ParsedDocument(msgspec.Struct, frozen=True):
    """A whole parsed document; `text` is Markdown in reading order."""

    media_type: str
    text: str
    pages: list[Page]
    title: str | None = None
    language: str | None = None
    attachments: list[str] = []
    warnings: list[str] = []


def decode(data: bytes) -> ParsedDocument:
    return msgspec.json.decode(data, type=ParsedDocument)
