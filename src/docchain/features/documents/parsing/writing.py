"""A parsed document written page by page, so that memory does not grow with its pages."""

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
