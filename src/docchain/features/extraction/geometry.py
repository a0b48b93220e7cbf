"""The page as rows and cells of tokens; its one rule: places decide, never a file's own order."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from docchain.features.documents import Box, ParsedDocument, Word

PAGES = (8, 4)
"""How many are read from the start and from the end, unless somebody says."""
MAX_WORDS = 2500
MAX_ALL_WORDS = 10_000
MAX_ROW = 150
MAX_WORD = 80
SHORT_WORD = 3
MAX_SAMPLE, ROW_STEP = 300, 5.0

SEPARATORS = frozenset("·•|")
DASHES = "-\u2010\u2013\u2014\u2212"
_GLUED = re.compile(r"^([^\W\d][^\d:#=]{1,24}[:#=]|[^\W\d][^\d:#=°º]{0,24}[°º])([^\s/].*)$")
_KEEP = str.maketrans({"#": "no", "№": "no"})


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case without accents and punctuation, percent signs kept: what labels are compared by."""
    plain = unicodedata.normalize("NFKD", text.translate(_KEEP)).casefold()
    return "".join(char for char in plain if char.isalnum() or char == "%")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a part of one where a label is glued to its value."""

    text: str
    norm: str
    box: Box
    confidence: float


@dataclass(slots=True)
class Row:
    """One visual line across the page; `cells` are (start, end) ranges of its tokens."""

    page: int
    index: int
    tokens: list[Token]
    y0: float
    y1: float
    cells: list[tuple[int, int]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return max(self.y1 - self.y0, 1.0)

    def cell_at(self, position: int) -> tuple[int, int]:
        return next((cell for cell in self.cells if cell[0] <= position < cell[1]), (position, position + 1))

    def text(self, start: int, end: int) -> str:
        return " ".join(token.text for token in self.tokens[start:end])


@dataclass(slots=True)
class Layout:
    """All rows of the pages that are read, top to bottom."""

    rows: list[Row]
    sizes: dict[int, tuple[float, float]]
    usual_height: float

    def below(self, row: Row, distance: float) -> Iterator[Row]:
        """Rows of the same page under `row`, nearest first, no further than `distance` points."""
        for other in self.rows[row.index + 1 :]:
            if other.page != row.page or other.y0 - row.y1 > distance:
                return
            yield other


def union(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def has_digit(tokens: Sequence[Token]) -> bool:
    return any(char.isdigit() for token in tokens for char in token.text)


def overlap(a: Box, b: Box) -> float:
    """Shared width as a share of the narrower box."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return max(0.0, shared) / max(min(a[2] - a[0], b[2] - b[0]), 1.0)


def build(document: ParsedDocument, read: tuple[int, int] = PAGES) -> Layout:
    pages, (first, last) = document.pages, read
    if len(pages) > first + last:
        pages = [*pages[:first], *pages[len(pages) - last :]]
    crowded = sum(len(page.words) for page in pages) > MAX_ALL_WORDS
    limit = min(MAX_ALL_WORDS // len(pages) if crowded else MAX_WORDS, MAX_WORDS)
    rows: list[Row] = []
    for page in pages:
        for tokens in _rows(page.words[:limit], turned=page.source == "ocr"):
            row = Row(page.number, len(rows), tokens, _middle(tokens, 1), _middle(tokens, 3))
            row.cells = _cells(row)
            rows.append(row)
    sizes = {page.number: (page.width, page.height) for page in pages}
    heights = sorted(row.height for row in rows)
    return Layout(rows, sizes, heights[len(heights) // 2] if heights else 1.0)


def _middle(tokens: Sequence[Token], side: int) -> float:
    values = sorted(token.box[side] for token in tokens)
    return values[len(values) // 2]


def _rows(given: Sequence[Word], *, turned: bool) -> Iterator[list[Token]]:
    words = [word for word in given if word.text.strip() and _upright(word)]
    slope = _slope(words) if turned else 0.0
    words.sort(key=lambda word: (_centre(word, slope), word.box[0]))
    group: list[Word] = []
    centre = height = 0.0
    for word in words:
        middle, tall = _centre(word, slope), word.box[3] - word.box[1]
        if group and middle - centre > 0.4 * max(min(tall, height), 4.0):
            yield _tokens(group)
            group = []
        if not group:
            centre, height = middle, tall
        else:
            centre += (middle - centre) / (len(group) + 1)
            height = max(height, tall)
        group.append(word)
    if group:
        yield _tokens(group)


def _centre(word: Word, slope: float) -> float:
    return (word.box[1] + word.box[3]) / 2 - slope * (word.box[0] + word.box[2]) / 2


def _slope(words: Sequence[Word]) -> float:
    """How much a scanned page is turned: the slope at which its words form the fewest rows."""
    sample = words[:: max(1, len(words) // MAX_SAMPLE)]

    def steps(slope: float) -> float:
        centres = sorted(_centre(word, slope) for word in sample)
        return sum(min(after - before, ROW_STEP) for before, after in pairwise(centres))

    return min((step / 400 for step in range(-20, 21)), key=lambda slope: (round(steps(slope), 1), abs(slope)))


def _upright(word: Word) -> bool:
    width, height = word.box[2] - word.box[0], word.box[3] - word.box[1]
    return width >= 0 and height >= 0 and not (len(word.text) > SHORT_WORD and height > 2 * width)


def _tokens(words: list[Word]) -> list[Token]:
    tokens: list[Token] = []
    for word in sorted(words, key=lambda word: word.box[0])[:MAX_ROW]:
        tokens.extend(_split(word))
    return tokens


def _split(word: Word) -> Iterator[Token]:
    text = word.text.strip()[:MAX_WORD]
    glued = _GLUED.match(text)
    if glued is None or text.lower().startswith(("http:", "https:", "mailto:")):
        yield Token(text, fold(text), word.box, word.confidence)
        return
    left, right = glued.groups()
    x0, y0, x1, y1 = word.box
    cut = x0 + (x1 - x0) * len(left) / len(text)
    yield Token(left, fold(left), (x0, y0, cut, y1), word.confidence)
    yield Token(right, fold(right), (cut, y0, x1, y1), word.confidence)


def _cells(row: Row) -> list[tuple[int, int]]:
    heights = sorted(token.box[3] - token.box[1] for token in row.tokens)
    limit = max(0.85 * heights[int(0.8 * (len(heights) - 1))], 5.0)
    cells: list[tuple[int, int]] = []
    start, right = 0, row.tokens[0].box[2]
    for index, token in enumerate(row.tokens[1:], 1):
        if token.box[0] - right > limit or row.tokens[index - 1].text in SEPARATORS:
            cells.append((start, index))
            start = index
        right = max(right, token.box[2])
    cells.append((start, len(row.tokens)))
    return cells
