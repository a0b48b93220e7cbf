"""Passages: long texts in pieces that an embedding can hold the meaning of; the same text gives the same pieces."""

import re
from collections.abc import Iterator
from typing import Final

LENGTH: Final = 600
_SHORTEST: Final = 40
_BREAK: Final = re.compile(r"(?<=[.!?;:])\s+|\n+")


def passages_of(text: str, most: int, length: int = LENGTH) -> list[tuple[int, int]]:
    """Where up to `most` passages start and end: sentences together, up to a length."""
    found: list[tuple[int, int]] = []
    start = end = 0
    for piece_start, piece_end in _pieces(text, length):
        if end > start and piece_end - start > length:
            found.append((start, end))
            if len(found) == most:
                return found
            start = piece_start
        end = piece_end
    if end > start and (not found or end - start >= _SHORTEST):
        found.append((start, end))
    return found


def _pieces(text: str, length: int) -> Iterator[tuple[int, int]]:
    """Sentences and lines; what is longer than a passage is cut at a space."""
    place = 0
    breaks = [match.end() for match in _BREAK.finditer(text)]
    for end in [*breaks, len(text)]:
        while end - place > length:
            cut = text.rfind(" ", place + 1, place + length)
            cut = cut if cut > place else place + length
            yield place, cut
            place = cut
        if end > place:
            yield place, end
        place = end
