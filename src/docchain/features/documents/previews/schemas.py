"""What clients see of pages, and of pictures that are not there yet."""

from enum import IntEnum
from typing import Literal

from pydantic import ConfigDict, Field

from docchain.features.documents.parsing.model import Page
from docchain.features.documents.previews.examples import BEING_MADE, PAGE_TEXT, PAGES
from docchain.platform.model import Model

Box = tuple[float, float, float, float]


class Size(IntEnum):
    """Pixels of a thumbnail's longer side."""

    TINY = 64
    SMALL = 128
    MEDIUM = 256
    LARGE = 512


class BeingMade(Model):
    """Not there yet; ask again after the seconds of `Retry-After`."""

    model_config = ConfigDict(json_schema_extra={"example": BEING_MADE})

    status: Literal["being_made"] = "being_made"
    detail: str


class DocumentPages(Model):
    """How the pages of a version were read."""

    model_config = ConfigDict(json_schema_extra={"example": PAGES})

    document: str
    version: int
    pages: int
    language: str | None = None
    read: dict[str, int] = Field(description="Pages by how they were read: `text`, `ocr`, `mixed`, `grid`, `unread`.")
    problems: dict[str, str] = Field(description="What is wrong with some pages, by their numbers.")
    warnings: list[str]


class PageWord(Model):
    """A word and its place, in points from the page's top left corner."""

    text: str
    box: Box
    line: int
    confidence: float


class PageTable(Model):
    """Rows of cells in reading order."""

    box: Box
    rows: list[list[str]]


class PageText(Model):
    """What a page says, and where."""

    model_config = ConfigDict(json_schema_extra={"example": PAGE_TEXT})

    number: int
    width: float
    height: float
    source: str = Field(description="`text` (born digital), `ocr`, `mixed`, `grid` or `unread`.")
    rotation: int = Field(description="Degrees against the clock to turn the picture before a box is shown on it.")
    origin: str | None = Field(description="The attachment that it came from.")
    problem: str | None
    words: list[PageWord]
    tables: list[PageTable]


def page_text(page: Page) -> PageText:
    words = [PageWord(text=word.text, box=word.box, line=word.line, confidence=word.confidence) for word in page.words]
    return PageText(
        number=page.number,
        width=page.width,
        height=page.height,
        source=page.source,
        rotation=page.rotation,
        origin=page.origin,
        problem=page.problem,
        words=words,
        tables=[PageTable(box=table.box, rows=table.rows) for table in page.tables],
    )
