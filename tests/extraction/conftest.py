import pytest

from docchain.features.documents import Page, ParsedDocument, Word
from docchain.features.extraction.extract import extract

WIDE, HIGH, MARGIN = 6.0, 12.0, 36.0


def document_of(*texts, source="text"):
    """Pages drawn with letters: a character is 6 points wide, a line 12 high, so blanks are distances."""
    pages = [_page(number, text, source) for number, text in enumerate(texts, 1)]
    return ParsedDocument("application/pdf", "\n\n".join(texts), pages)


def _page(number, text, source):
    words = []
    for line, printed in enumerate(text.splitlines()):
        column = 0
        for part in printed.split(" "):
            if part:
                left, top = MARGIN + column * WIDE, MARGIN + line * HIGH
                words.append(Word(part, (left, top, left + len(part) * WIDE, top + HIGH - 2), line))
            column += len(part) + 1
    return Page(number, 612.0, 842.0, source, words)


@pytest.fixture
def paper():
    return document_of


@pytest.fixture
def read(paper):
    """The values of an invoice (or another schema) drawn with letters."""

    def reader(*texts, schema="invoice", today="2026-11-22"):
        return extract(paper(*texts), schema, {"today": today})

    return reader


@pytest.fixture
def values(read):
    def reader(*texts, **given):
        return {name: found.value for name, found in read(*texts, **given).fields.items()}

    return reader
