"""Papers for the extractor: a parse as text that goes to a child process, and what comes back of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from docchain.features.documents import Page, ParsedDocument, Word
from docchain.features.extraction import extract_parsed

METHOD: Final = "labels, places and arithmetic"
_WIDE, _HIGH = 6.0, 12.0
_LETTER: Final = (612.0, 842.0)


def encoded(document: ParsedDocument, ends: tuple[int, int]) -> str:
    """The pages that are read, as JSON."""
    first, last = ends
    pages = document.pages
    if len(pages) > first + last:
        pages = [*pages[:first], *pages[len(pages) - last :]]
    return msgspec.json.encode(msgspec.structs.replace(document, pages=pages, text="")).decode()


def read_paper(local: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `parsed` by the `paper` schema: for a child process."""
    found = extract_parsed(str(local["parsed"]).encode(), local["paper"], local.get("hints") or {})
    return {**found, "method": METHOD}


def drawn(text: str) -> ParsedDocument:
    """A text without pages as one page of a grid, so that places mean the same."""
    words = []
    for line, printed in enumerate(text.splitlines()):
        column = 0
        for part in printed.split(" "):
            if part:
                left, top = column * _WIDE, line * _HIGH
                words.append(Word(part, (left, top, left + len(part) * _WIDE, top + _HIGH - 2), line))
            column += len(part) + 1
    return ParsedDocument("text/plain", text, [Page(1, *_LETTER, "grid", words)])


def numbered(pages: Sequence[Page]) -> str:
    """Pages as lines for a model, each page under its number."""
    parts = []
    for page in pages:
        lines: dict[int, list[str]] = {}
        for word in page.words:
            lines.setdefault(word.line, []).append(word.text)
        parts.append("\n".join([f"[page {page.number}]", *(" ".join(words) for words in lines.values())]))
    return "\n\n".join(parts)


def windows_of(pages: Sequence[Page], most: int) -> list[list[Page]]:
    """Pages that fit together, in order; a page is never cut."""
    groups: list[list[Page]] = []
    size = most + 1
    for page in pages:
        own = sum(len(word.text) + 1 for word in page.words)
        if size + own > most:
            groups.append([])
            size = 0
        groups[-1].append(page)
        size += own
    return groups
