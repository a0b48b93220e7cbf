"""Parts of an encoded parsed document: only what is asked for is ever decoded, however many pages there are."""

from collections.abc import Iterator

import msgspec
from msgspec import structs

from docchain.features.documents.parsing.model import Page, ParsedDocument
from docchain.features.documents.parsing.writing import Head


class _Text(msgspec.Struct):
    text: str


class _Pages(msgspec.Struct):
    pages: list[msgspec.Raw]


def text_in(data: bytes) -> str:
    """What it says, and nothing of where."""
    return msgspec.json.decode(data, type=_Text).text


def pages_in(data: bytes) -> int:
    """How many pages it has."""
    return len(_pages(data))


def page_in(data: bytes, number: int) -> Page | None:
    """One page, counted from 1."""
    pages = _pages(data)
    return _page(pages[number - 1]) if 1 <= number <= len(pages) else None


def every_page(data: bytes) -> Iterator[Page]:
    """One after the other."""
    return map(_page, _pages(data))


def ends_of(data: bytes, first: int, last: int) -> ParsedDocument:
    """The document with its first and last pages only; all of them if there are no more."""
    pages = _pages(data)
    if len(pages) > first + last:
        pages = pages[:first] + pages[len(pages) - last :]
    head = msgspec.json.decode(data, type=Head)
    return ParsedDocument(**structs.asdict(head), pages=[_page(page) for page in pages])


def _pages(data: bytes) -> list[msgspec.Raw]:
    return msgspec.json.decode(data, type=_Pages).pages


def _page(page: msgspec.Raw) -> Page:
    return msgspec.json.decode(page, type=Page)
