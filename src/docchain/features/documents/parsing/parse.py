"""The one entry: bytes to an encoded `ParsedDocument`. Runs in a child process."""

from docchain.features.documents.parsing.lines import line_text
from docchain.features.documents.parsing.model import Page, ParsedDocument, encode
from docchain.features.documents.parsing.pdf import PdfPage, open_pdf


def parse(data: bytes, name: str, media_type: str | None = None, languages: tuple[str, ...] = ("es", "en")) -> bytes:
    document = open_pdf(data, name)
    pages, texts = [], []
    for number, raw in enumerate(document, start=1):
        page = PdfPage(raw)
        lines = page.lines()
        pages.append(Page(number, page.width, page.height, "text", [word for line in lines for word in line]))
        texts.append("\n".join(line_text(line) for line in lines))
    return encode(ParsedDocument("application/pdf", "\n\n".join(texts), pages))
