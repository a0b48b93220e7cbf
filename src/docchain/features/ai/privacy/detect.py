"""Personal data of texts of any length; its one rule: it is found as people read it, however it is written."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from docchain.features.ai.asking import Redaction
from docchain.features.ai.local.entities import personal_in
from docchain.features.ai.local.finds import Find as Span

_AT_ONCE: Final = 40_000
_OVERLAP: Final = 400
_BREAK: Final = re.compile(r"\s")
_LETTER: Final = re.compile("(?s:.)[\u0300-\u036f]*")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_GOES_ON: Final = re.compile(r"[-\u2010]\s?\n\s*[^\W\d_]+")
"""The rest of a word that is broken at the end of a line."""

__all__ = ["Span", "detect", "detect_all"]


def detect(text: str, language: str = "", level: Redaction = "strict") -> list[Span]:
    """Personal data in a text, in order and apart.

    Args:
        text: of any length.
        language: what it is written in; both Spanish and English are looked for always, for papers mix them.
        level: see `Policy.redact`.
    """
    del language
    if level == "off":
        return []
    read, places = _as_read(text)
    found: list[Span] = []
    for start, end in _windows(read):
        for span in personal_in(read[start:end], level):
            rest = _GOES_ON.match(read, span.end + start) if span.text[-1:].isalpha() else None
            whole = places[span.start + start], places[rest.end() if rest else span.end + start]
            _keep(found, Span(span.kind, text[slice(*whole)], *whole, span.confidence, span.method))
    return found


def detect_all(texts: Sequence[str], language: str, level: Redaction) -> list[list[tuple[str, int, int]]]:
    """The same of several, as plain data: what a child process answers."""
    return [[(span.kind, span.start, span.end) for span in detect(text, language, level)] for text in texts]


def _as_read(text: str) -> tuple[str, Sequence[int]]:
    """The text with whole letters and without what nobody sees, and where each of its letters is."""
    if text.isascii() or (unicodedata.is_normalized("NFC", text) and not _UNSEEN.search(text)):
        return text, range(len(text) + 1)
    told, places = list[str](), list[int]()
    for match in _LETTER.finditer(text):
        letter = unicodedata.normalize("NFC", _UNSEEN.sub("", match[0]))
        told.append(letter)
        places += [match.start()] * len(letter)
    return "".join(told), [*places, len(text)]


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Parts that overlap, each from one space to another where there are any."""
    start = 0
    while True:
        end = min(start + _AT_ONCE, len(text))
        yield start, end
        if end == len(text):
            return
        space = _BREAK.search(text, end - _OVERLAP, end)
        start = space.end() if space else end - _OVERLAP


def _keep(found: list[Span], span: Span) -> None:
    """In order; one that begins within the last one takes its place or is cut, so that none is lost."""
    if not found or span.start >= found[-1].end:
        found.append(span)
    elif span.end > found[-1].end:
        rest = span.text[found[-1].end - span.start :]
        found.append(Span(span.kind, rest, found[-1].end, span.end, span.confidence, span.method))
