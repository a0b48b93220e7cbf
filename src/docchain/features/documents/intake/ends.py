"""What a file's beginning and end tell together: one that is two things at once is a trap for whoever reads it."""

import re
from typing import Final

from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.findings import Suspicious

TAIL: Final = 128 * 1024
_SCRIPT: Final = re.compile(rb"<script[\s>]|<\?php|<html[\s>]", re.IGNORECASE)
_PDF_PREFIX: Final = re.compile(rb"MZ|PK|<|#!|\x89PNG|GIF8|\xff\xd8\xff|\x7fELF|II\*|MM\0|Rar!", re.IGNORECASE)
WHOLE: Final = frozenset(
    {kinds.PDF, kinds.ZIP, kinds.GZIP, kinds.BZIP2, kinds.XZ, kinds.TAR, kinds.OLE, kinds.XML, kinds.SVG, kinds.MAIL}
)
"""Kinds that are known only from all of their content; of the others, beginning and end tell enough."""


def check_ends(media_type: str, head: bytes, tail: bytes) -> None:
    """Refuse what is one thing from its beginning and another from its end."""
    if media_type in (kinds.TEXT, kinds.BINARY, kinds.PROGRAM):
        return
    at = head[:1024].find(b"%PDF-")
    if media_type == kinds.PDF and at > 0 and _PDF_PREFIX.match(head):
        raise Suspicious("polyglot", "It is a PDF and something else at once; export it again.")
    if media_type.startswith("image/") and media_type != kinds.SVG and (at >= 0 or _SCRIPT.search(head)):
        raise Suspicious("polyglot", "It is an image and something else at once; export it again.")
    if (media_type == kinds.PDF or media_type.startswith("image/")) and _has_zip_tail(tail):
        raise Suspicious("polyglot", "An archive hangs on its end; export it again.")
    if media_type == kinds.HTML and at >= 0:
        raise Suspicious("polyglot", "It is a page and a PDF at once; export it again.")


def _has_zip_tail(tail: bytes) -> bool:
    """Whether programs that read archives from their end find one here."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return False
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    return entries > 0 and length >= 46 * entries and (length > at or tail[at - length : at - length + 2] == b"PK")
