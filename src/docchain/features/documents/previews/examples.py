"""Examples of the API's documentation."""

from typing import Any, Final

BEING_MADE: Final[dict[str, Any]] = {
    "status": "being_made",
    "detail": "The thumbnail of factura-2026-017.pdf is being made; ask again in 2 seconds.",
}
PAGES: Final[dict[str, Any]] = {
    "document": "document_7",
    "version": 1,
    "pages": 3,
    "language": "es",
    "read": {"text": 2, "ocr": 1},
    "problems": {},
    "warnings": [],
}
PAGE_TEXT: Final[dict[str, Any]] = {
    "number": 1,
    "width": 595.28,
    "height": 841.89,
    "source": "text",
    "rotation": 0,
    "origin": None,
    "problem": None,
    "words": [
        {"text": "Total:", "box": [431.2, 655.1, 462.0, 667.3], "line": 24, "confidence": 1.0},
        {"text": "1.210,00", "box": [466.4, 655.1, 489.0, 667.3], "line": 24, "confidence": 1.0},
    ],
    "tables": [],
}
