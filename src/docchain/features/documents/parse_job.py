"""What a child process does for `document.parse`: parses, and sums up, so that the server never decodes the whole."""

from typing import Any, Final

import msgspec

from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.model import decode
from docchain.features.documents.parsing.parse import parse

SHOWN: Final = 2_000


class Summary(msgspec.Struct, frozen=True):
    """What the next steps want to know at once."""

    pages: int
    language: str | None
    title: str | None
    text: str
    attachments: list[str]
    warnings: list[str]


def run(data: bytes, name: str, media_type: str, languages: tuple[str, ...], limits: dict[str, Any]) -> Any:
    """Return the encoded parsed document and its `Summary` as plain values."""
    parsed = parse(data, name, media_type, languages, ParseLimits(**limits))
    document = decode(parsed)
    summary = Summary(
        pages=len(document.pages),
        language=document.language,
        title=document.title,
        text=document.text[:SHOWN],
        attachments=document.attachments,
        warnings=document.warnings,
    )
    return parsed, msgspec.to_builtins(summary)
