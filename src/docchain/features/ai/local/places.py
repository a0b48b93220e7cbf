"""From a place in a text back to its page and box; its one rule: the text is made from the words, so that both agree.

Method: words in the order of their lines; the next line is joined by a line break, a gap is an empty line.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from docchain.features.documents import Box, ParsedDocument

MOST_CHARS: Final = 400_000
_GAP: Final = 1.6


@dataclass(frozen=True, slots=True)
class Place:
    """The words of one page, in one box."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Located:
    """A document's text, and of each word where it starts and ends in it and on which page and where it stands."""

    text: str
    starts: list[int]
    ends: list[int]
    places: list[Place]

    def places_of(self, start: int, end: int) -> list[Place]:
        """For each page that a part of the text is on, the box around its words there."""
        boxes: dict[int, Box] = {}
        for place in self.places[bisect_right(self.ends, start) : bisect_left(self.starts, end)]:
            known, (x0, y0, x1, y1) = boxes.get(place.page), place.box
            boxes[place.page] = (
                (min(known[0], x0), min(known[1], y0), max(known[2], x1), max(known[3], y1)) if known else place.box
            )
        return [Place(page, box) for page, box in boxes.items()]


def located(document: ParsedDocument, most: int = MOST_CHARS) -> Located:
    """Up to `most` characters of a document's words; of one without pages, its text without places."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    places: list[Place] = []
    length = 0
    for page in document.pages:
        before = None
        for word in page.words:
            gap = "" if not length else "\n\n" if before is None else _gap(before.line, word.line, before.box, word.box)
            if length + len(gap) + len(word.text) > most:
                return Located("".join(parts), starts, ends, places)
            parts += (gap, word.text)
            starts.append(length + len(gap))
            length += len(gap) + len(word.text)
            ends.append(length)
            places.append(Place(page.number, word.box))
            before = word
    text = "".join(parts) if places else document.text[:most]
    return Located(text, starts, ends, places)


def _gap(line: int, following: int, box: Box, next_box: Box) -> str:
    if line == following:
        return " "
    height = max(box[3] - box[1], next_box[3] - next_box[1], 1.0)
    far = next_box[1] - box[1] > _GAP * height or next_box[1] < box[1] - height
    return "\n\n" if far else "\n"
