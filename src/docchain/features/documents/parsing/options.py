"""What a parse is to read and how; two parses with the same options of the same bytes give the same."""

import hashlib
from typing import Final, Literal, Protocol

import msgspec

from docchain.features.documents.parsing.limits import ParseLimits

PARSER: Final = 3
"""Goes up with every change of what parsing finds, so that what an older one found is not taken for the same."""
DEFAULT_LANGUAGES: Final = ("es", "en")

Ocr = Literal["auto", "pictures", "always", "never"]


class Places(msgspec.Struct, frozen=True):
    """Files: what is read, its pages as lines, and the whole."""

    given: str
    lines: str
    made: str


class Budget(msgspec.Struct, frozen=True):
    """Seconds after which no other page is begun, and seconds one page may take."""

    batch: float = 5.0
    page: float = 60.0


class Readable(Protocol):
    """What the options ask of a page."""

    def needs_ocr(self) -> bool: ...

    def has_pictures(self) -> bool: ...


class Options(msgspec.Struct, frozen=True):
    """What to read and how.

    Args:
        languages: what recognition of scans expects.
        ocr: `auto`: pages with little or no text of their own; `pictures`: also text in pictures on pages that have
            text; `always`: every page; `never`.
        limits: what it may cost.
    """

    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    ocr: Ocr = "auto"
    limits: ParseLimits = ParseLimits()

    @property
    def key(self) -> str:
        """The same for the same parser and options."""
        told = hashlib.sha256(msgspec.json.encode(self)).hexdigest()
        return f"{PARSER}-{told[:16]}"

    def wants_ocr(self, page: Readable) -> Literal["page", "pictures", ""]:
        """What of a PDF page OCR has to read."""
        if self.ocr == "always" or (self.ocr != "never" and page.needs_ocr()):
            return "page"
        return "pictures" if self.ocr == "pictures" and page.has_pictures() else ""
