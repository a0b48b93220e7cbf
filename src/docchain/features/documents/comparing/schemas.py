"""What clients see of the difference between two versions."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from docchain.platform.model import Model

_PAGE: Final[dict[str, Any]] = {"page": 1, "similarity": 0.9871, "changed": [[0.62, 0.71, 0.84, 0.74]], "missing": None}
_DIFF: Final[dict[str, Any]] = {
    "old": 1,
    "new": 2,
    "same_content": False,
    "old_pages": 1,
    "new_pages": 1,
    "text": {
        "similarity": 0.96,
        "added": 1,
        "removed": 1,
        "lines": ["@@ -4,3 +4,3 @@", " Subtotal: 1000.00 EUR", "-Total: 1210.00 EUR", "+Total: 1310.00 EUR"],
        "cut": False,
    },
    "fields": [
        {
            "name": "total",
            "old": {"amount": "1210.00", "currency": "EUR"},
            "new": {"amount": "1310.00", "currency": "EUR"},
        }
    ],
}


class TextDiff(Model):
    """What the texts have that the other has not, as a unified diff of their lines."""

    similarity: float = Field(description="1: the words are the same; 0: none is.")
    added: int
    removed: int
    lines: list[str]
    cut: bool = Field(description="There are more lines than are shown.")


class FieldChange(Model):
    """A value that was read differently; null where it was not read."""

    name: str
    old: Any
    new: Any


class VersionDiff(Model):
    model_config = ConfigDict(json_schema_extra={"example": _DIFF})

    old: int = Field(description="Number of the one version.")
    new: int = Field(description="Number of the other.")
    same_content: bool
    old_pages: int
    new_pages: int
    text: TextDiff
    fields: list[FieldChange] = Field(description="Of the values that steps read from each, the newest.")


class PageDiff(Model):
    """How alike two pages look."""

    page: int
    similarity: float = Field(description="Share of the picture that is the same.")
    changed: list[tuple[float, float, float, float]] = Field(
        description="What differs, as `[x0, y0, x1, y1]` in shares of width and height from the top-left corner."
    )
    missing: str | None = Field(None, description="`old` or `new`: that version has no such page.")


class PageDiffs(Model):
    model_config = ConfigDict(json_schema_extra={"example": {"items": [_PAGE], "pages": 1}})

    items: list[PageDiff]
    pages: int = Field(description="How many there are to compare.")
