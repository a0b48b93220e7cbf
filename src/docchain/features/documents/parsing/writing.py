"""A parsed document written page by page, so that memory does not grow with its pages.

First a line a page, which a parse that was cut goes on from; then the whole.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from docchain.features.documents.parsing.model import Page


class Head(msgspec.Struct, frozen=True):
    """All of a parsed document but its pages; see `ParsedDocument`."""

    media_type: str
    text: str
    title: str | None = None
    language: str | None = None
    attachments: list[str] = []
    warnings: list[str] = []
    einvoice: bytes | None = None
    einvoice_file: str | None = None


class PageWriter:
    """Writes what `model.decode` reads.

    Args:
        file: where to.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.pages = 0
        self._file = file
        self._encoder = msgspec.json.Encoder()
        file.write(b'{"pages":[')

    def page(self, page: Page) -> None:
        if self.pages:
            self._file.write(b",")
        self._file.write(self._encoder.encode(page))
        self.pages += 1

    def end(self, head: Head) -> None:
        self._file.write(b"],")
        self._file.write(self._encoder.encode(head)[1:])  # the object is open already


class PageLine(msgspec.Struct, frozen=True):
    """A page that was read, as a line of a file."""

    page: Page
    text: str


def write_line(file: BinaryIO, line: PageLine) -> None:
    """At once, so that it outlives whoever wrote it."""
    file.write(msgspec.json.encode(line) + b"\n")
    file.flush()


def whole_lines(file: BinaryIO) -> Iterator[PageLine]:
    """The pages of a file, in order; a last line that was cut is not one."""
    file.seek(0)
    decoder = msgspec.json.Decoder(PageLine)
    for line in file:
        if line.endswith(b"\n"):
            yield decoder.decode(line)


def trim(file: BinaryIO) -> None:
    """Cut off a last line that was not finished, and go on behind the others."""
    size = file.seek(0)
    for line in file:
        size += len(line) if line.endswith(b"\n") else 0
    file.truncate(size)
    file.seek(size)
