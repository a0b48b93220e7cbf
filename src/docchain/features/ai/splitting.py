"""Long texts in windows for models; its one rule: cut between paragraphs, else lines, else words, never within one."""

from dataclasses import dataclass
from typing import Final

_EDGES: Final = ("\n\n", "\n", ". ", " ")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text, and where in it the part starts."""

    start: int
    text: str


def windows(text: str, most: int) -> list[Window]:
    """The whole text in parts of at most `most` characters; one part where it fits."""
    parts: list[Window] = []
    start = 0
    while start < len(text):
        end = _end(text, start, most)
        if text[start:end].strip():
            parts.append(Window(start, text[start:end]))
        start = end
    return parts


def _end(text: str, start: int, most: int) -> int:
    """After the last good edge in the second half of what fits."""
    if len(text) - start <= most:
        return len(text)
    for edge in _EDGES:
        at = text.rfind(edge, start + most // 2, start + most - len(edge) + 1)
        if at >= 0:
            return at + len(edge)
    return start + most
