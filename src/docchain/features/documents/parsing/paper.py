"""Pages of paper, born digital or scanned: words, tables and Markdown text."""

from collections.abc import Iterator
from typing import Any

from docchain.features.documents.parsing import markdown, ocr, tables
from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.lines import Line, line_text
from docchain.features.documents.parsing.model import Page, Table
from docchain.features.documents.parsing.pdf import PdfPage, open_pdf

DPI = 200
PARAGRAPH_GAP = 0.8

PageText = tuple[Page, str]


def pdf_pages(
    data: bytes, name: str, limits: ParseLimits, languages: tuple[str, ...], warnings: list[str]
) -> Iterator[PageText]:
    """Every page with its text, one by one; says in `warnings` which ones nobody could read."""
    from pypdfium2 import PdfiumError  # noqa: PLC0415 -- heavy

    document = open_pdf(data, name)
    if len(document) > limits.pages:
        raise Unreadable("too_large", f"{name} has {len(document)} pages; split it into parts of {limits.pages}.")
    scans = 0
    for number in range(1, len(document) + 1):
        try:
            page = PdfPage(document[number - 1])
            lines = page.lines()
            scanned = page.needs_ocr()
            scans += scanned
            if scanned and scans <= limits.ocr_pages:
                image = page.image(DPI, limits.pixels)
                yield image_page(image, page.width / image.width, number, languages)
                continue
        except PdfiumError:
            raise Unreadable("damaged", f"{name}: page {number} cannot be read; export the PDF again.") from None
        if scanned:
            warnings.append(f"{name}: page {number} is a scan and was not read; send it in a smaller file.")
        yield _page(number, (page.width, page.height), "text", lines)


def image_page(image: Any, scale: float, number: int, languages: tuple[str, ...]) -> PageText:
    lines, turns = ocr.read(image, scale, languages)
    size = (image.width * scale, image.height * scale)
    return _page(number, size[::-1] if turns % 2 else size, "ocr", lines, turns * 90)


def _page(number: int, size: tuple[float, float], source: str, lines: list[Line], rotation: int = 0) -> PageText:
    found = tables.find(lines)
    words = [word for line in lines for word in line]
    width, height = (round(side, 2) for side in size)
    page = Page(number, width, height, source, words, [table for _, table in found], rotation=rotation)
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
