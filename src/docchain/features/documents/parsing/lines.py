"""Words to text lines in reading order, from geometry alone.

A line is a visual row of the page; only columns of running prose are read one after the other.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from docchain.features.documents.parsing.model import Box, Word

GUTTER = 12.0
PROSE_ROWS = 4
PROSE_CHARACTERS = 24
PROSE_DIGITS = 0.2

Line = list[Word]


def order(words: Iterable[Word]) -> list[Line]:
    """Group words into lines, number them and return the lines in reading order."""
    lines = reading_order(words)
    return [[msgspec.structs.replace(word, line=number) for word in line] for number, line in enumerate(lines)]


def reading_order(words: Iterable[Word]) -> list[Line]:
    return _cut([word for word in words if word.text])


def rows(words: Sequence[Word]) -> list[Line]:
    """Visual rows from top to bottom, each from left to right."""
    found: list[Line] = []
    middle = height = 0.0
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3]):
        center, tall = (word.box[1] + word.box[3]) / 2, word.box[3] - word.box[1]
        if found and center - middle <= 0.5 * min(tall, height):
            found[-1].append(word)
            middle += (center - middle) / len(found[-1])
        else:
            found.append([word])
            middle = center
        height = tall if len(found[-1]) == 1 else max(height, tall)
    return [sorted(row, key=lambda word: word.box[0]) for row in found]


def bounds(words: Iterable[Word]) -> Box:
    boxes = [word.box for word in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def segments(line: Line, factor: float = 1.0) -> list[Line]:
    """A line cut where the gap between two words is wider than `factor` times their height."""
    parts: list[Line] = [[line[0]]]
    for left, right in pairwise(line):
        tall = max(left.box[3] - left.box[1], right.box[3] - right.box[1])
        if right.box[0] - left.box[2] > factor * tall:
            parts.append([])
        parts[-1].append(right)
    return parts


def line_text(line: Line) -> str:
    """The line's words; two spaces stand for a wide gap."""
    return "  ".join(" ".join(word.text for word in part) for part in segments(line))


def _cut(words: list[Word]) -> list[Line]:
    if len(words) < 2 * PROSE_ROWS:
        return rows(words)
    columns = _prose_columns(words)
    if columns:
        return [line for column in columns for line in _cut(column)]
    bands = _bands(words)
    if len(bands) == 1:
        return rows(words)
    return [line for band in bands for line in (_cut(band) if _gutters(band) else rows(band))]


def _bands(words: list[Word]) -> list[list[Word]]:
    """Groups of words with clear white space above and below."""
    gap = 0.8 * median(word.box[3] - word.box[1] for word in words)
    bands: list[list[Word]] = []
    bottom = 0.0
    for word in sorted(words, key=lambda word: word.box[1]):
        if not bands or word.box[1] - bottom > gap:
            bands.append([])
            bottom = word.box[3]
        bands[-1].append(word)
        bottom = max(bottom, word.box[3])
    return bands


def _gutters(words: list[Word]) -> list[float]:
    """Middles of the vertical strips that no word touches."""
    found: list[float] = []
    right = None
    for x0, x1 in sorted((word.box[0], word.box[2]) for word in words):
        if right is not None and x0 - right >= GUTTER:
            found.append((x0 + right) / 2)
        right = x1 if right is None else max(right, x1)
    return found


def _prose_columns(words: list[Word]) -> list[list[Word]]:
    for gutter in _gutters(words):
        sides = [
            [word for word in words if word.box[2] <= gutter],
            [word for word in words if word.box[0] >= gutter],
        ]
        if all(_is_prose(side) for side in sides):
            return sides
    return []


def _is_prose(words: list[Word]) -> bool:
    lines = rows(words)
    characters = sum(len(word.text) + 1 for word in words)
    numeric = sum(any(character.isdigit() for character in word.text) for word in words)
    return (
        len(lines) >= PROSE_ROWS
        and characters / len(lines) >= PROSE_CHARACTERS
        and numeric <= PROSE_DIGITS * len(words)
    )
