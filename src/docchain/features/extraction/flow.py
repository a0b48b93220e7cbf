"""A document as running text; its one rule: every piece of it knows its words, across the ends of lines."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby

from docchain.features.extraction.geometry import Layout, Row
from docchain.features.extraction.spans import Span

MOST_CHARS = 60_000
PARAGRAPH = 0.8
"""Of a row's height: a gap that is wider parts paragraphs."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The text of all rows, and where each word of it begins; a new line stands only between paragraphs."""

    text: str
    starts: list[int]
    words: list[tuple[Row, int]]

    def spans(self, start: int, end: int) -> list[Span]:
        """The words of a piece of the text, one span a row."""
        first = max(0, bisect_right(self.starts, start) - 1)
        held = self.words[first : bisect_right(self.starts, max(start, end - 1))]
        grouped = (list(group) for _, group in groupby(held, key=lambda word: word[0].index))
        return [Span(group[0][0], group[0][1], group[-1][1] + 1) for group in grouped]


def flow_of(layout: Layout) -> Flow:
    """The rows from top to bottom; what is longer than any contract is left out."""
    starts: list[int] = []
    words: list[tuple[Row, int]] = []
    text, above = "", None
    for row in layout.rows:
        if len(text) > MOST_CHARS:
            break
        text += "\n" if above is not None and _parted(above, row) else " " if text else ""
        for place, token in enumerate(row.tokens):
            text += " " if place else ""
            starts.append(len(text))
            words.append((row, place))
            text += token.text
        above = row
    return Flow(text, starts, words)


def _parted(above: Row, row: Row) -> bool:
    return row.page != above.page or row.y0 - above.y1 > PARAGRAPH * min(row.height, above.height)
