"""What a child process does for `document.parse`: from file to file, and a short summary for us."""

from pathlib import Path
from typing import Any, Final

from docchain.features.documents.parsing.limits import ParseLimits
from docchain.features.documents.parsing.parse import Options, parse_into

SHOWN: Final = 2_000


def run(
    given: str, made: str, name: str, media_type: str, languages: tuple[str, ...], limits: dict[str, int]
) -> dict[str, Any]:
    """Write the encoded parsed document; return what the next steps want to know at once."""
    options = Options(languages, ParseLimits(**limits))
    with Path(made).open("r+b") as file:
        head, pages = parse_into(file, Path(given).read_bytes(), name, media_type, options)
    return {
        "pages": pages,
        "language": head.language,
        "title": head.title,
        "text": head.text[:SHOWN],
        "attachments": head.attachments,
        "warnings": head.warnings,
    }
