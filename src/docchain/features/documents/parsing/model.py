"""The parsed document: text and words with their boxes, one shape for every format.

Boxes are `(x0, y0, x1, y1)` in PDF points (1/72 inch) from the page's top-left corner. Formats without pages
(DOCX, HTML, e-mail…) are laid out on a grid of 6 by 12 points a character, so geometry means the same everywhere.
"""

import msgspec

Box = tuple[float, float, float, float]

MEDIA_TYPE = "application/vnd.docchain.parsed+json"
UNREAD = "unread"


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
    """One page. `origin` names the attachment it came from.

    `source` says how it was read: `text` (born digital), `ocr`, `mixed` (text, and pictures by OCR), `grid`, or
    `unread`; then `problem` says why.

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
    problem: str | None = None


def lost_page(number: int, problem: str) -> Page:
    """In the place of a page that nobody could read."""
    return Page(number, 0.0, 0.0, UNREAD, [], problem=problem)


class ParsedDocument(msgspec.Struct, frozen=True):
    """A whole parsed document; `text` is Markdown in reading order; `einvoice` is the XML of one that came with it."""

    media_type: str
    text: str
    pages: list[Page]
    title: str | None = None
    language: str | None = None
    attachments: list[str] = []
    warnings: list[str] = []
    einvoice: bytes | None = None
    einvoice_file: str | None = None


def decode(data: bytes) -> ParsedDocument:
    return msgspec.json.decode(data, type=ParsedDocument)
