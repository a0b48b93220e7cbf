"""Pages of paper, born digital or scanned: words, tables and Markdown text; a page nobody can read says so alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from docchain.features.documents.parsing import markdown, ocr, tables
from docchain.features.documents.parsing.lines import Line, line_text, order
from docchain.features.documents.parsing.model import UNREAD, Box, Page, Table, Word, lost_page
from docchain.features.documents.parsing.options import Options
from docchain.features.documents.parsing.pdf import PdfPage
from docchain.features.documents.parsing.watch import PageWatch

DPI: Final = 200
PARAGRAPH_GAP: Final = 0.8
SCAN_LEFT_OUT: Final = "is a scan and was not read; send it in a smaller file"
DAMAGED: Final = "cannot be read; export the file again"

PageText = tuple[Page, str]


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: at page `first`, when `scans` pages before it were read by OCR; `watch` is told of every page."""

    first: int = 1
    scans: int = 0
    watch: PageWatch = field(default_factory=PageWatch)


def pdf_pages(document: Any, options: Options, start: Start) -> Iterator[PageText]:
    """Every page of an open document from the start with its text, one by one."""
    scans = start.scans
    for number in range(start.first, len(document) + 1):
        start.watch.begins(number)
        try:
            page, text, scanned = _pdf_page(document, number, options, scans)
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception:  # noqa: BLE001 - libraries raise whatever they like on damaged pages
            page, text, scanned = lost_page(number, DAMAGED), "", False
        scans += scanned
        yield page, text


def image_page(image: Any, scale: float, number: int, languages: tuple[str, ...]) -> PageText:
    lines, turns = ocr.read(image, scale, languages)
    size = (image.width * scale, image.height * scale)
    return _page(number, size[::-1] if turns % 2 else size, "ocr", lines, turns * 90)


def _pdf_page(document: Any, number: int, options: Options, scans: int) -> tuple[Page, str, bool]:
    sheet = document[number - 1]
    try:
        page = PdfPage(sheet)
        lines = page.lines()
        size = (page.width, page.height)
        wants = options.wants_ocr(page)
        if not wants:
            return *_page(number, size, "text", lines), False
        if scans >= options.limits.ocr_pages:
            kept, text = _page(number, size, UNREAD if wants == "page" else "text", lines, problem=SCAN_LEFT_OUT)
            return kept, text, False
        image = page.image(DPI, options.limits.pixels)
        scale = page.width / image.width
        if wants == "page":
            return *image_page(image, scale, number, options.languages), True
        both = _with_pictures(lines, image, scale, options.languages)
        return *_page(number, size, "text" if both is lines else "mixed", both), True
    finally:
        sheet.close()


def _with_pictures(lines: list[Line], image: Any, scale: float, languages: tuple[str, ...]) -> list[Line]:
    """The text, and what is written in pictures beside it."""
    found, turns = ocr.read(image, scale, languages)
    words = [word for line in lines for word in line]
    more = [word for line in found for word in line if not turns and not _is_among(word, words)]
    return order([*words, *more]) if more else lines


def _is_among(word: Word, others: list[Word]) -> bool:
    return any(_overlap(word.box, other.box) for other in others)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _page(
    number: int,
    size: tuple[float, float],
    source: str,
    lines: list[Line],
    rotation: int = 0,
    problem: str | None = None,
) -> PageText:
    found = tables.find(lines)
    words = [word for line in lines for word in line]
    width, height = (round(side, 2) for side in size)
    page = Page(
        number,
        width,
        height,
        source,
        words,
        [table for _, table in found],
        rotation=rotation,
        problem=problem,
    )
    return page, _text(lines, found)


def _text(lines: list[Line], found: list[tuple[tables.Span, Table]]) -> str:
    """Lines as paragraphs, tables as Markdown tables."""
    at = {start: (end, table) for (start, end), table in found}
    parts: list[str] = []
    index = 0
    while index < len(lines):
        if index in at:
            end, table = at[index]
            parts += ["", markdown.pipe_table(table.rows), ""]
            index = end
        else:
            if index and _is_apart(lines[index - 1], lines[index]):
                parts.append("")
            parts.append(line_text(lines[index]))
            index += 1
    return "\n".join(part for number, part in enumerate(parts) if part or (number and parts[number - 1])).strip("\n")


def _is_apart(above: Line, below: Line) -> bool:
    tall = below[0].box[3] - below[0].box[1]
    return not 0 <= below[0].box[1] - above[0].box[3] + tall <= (1 + PARAGRAPH_GAP) * tall
