"""Texts in sentences; its one rule: each keeps where it starts and ends, so that it leads back to its page.

Method: rules. A sentence ends at a full stop, question or exclamation mark before a capital, digit or quotation mark,
but not after an abbreviation (list of our own) or an initial; and at a blank line, a list item or a short title line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from docchain.features.ai.local.lists import words

MOST: Final = 20_000
_TITLE: Final = 45
_END: Final = re.compile(r"(?P<mark>[.!?…]+)[\"'»”\u2019)\]]*(?=\s)|\n")
_OPENS: Final = re.compile(r"[\"'«“\u2018(\[¿¡—\u2013-]*[A-ZÁÉÍÓÚÑÜ0-9¿¡]")
_ITEM: Final = re.compile(r"\s*(?:[-*•·\u2013—]|\d{1,3}[.)])\s")
_LAST: Final = re.compile(r"\S{1,12}$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is what stands from `start` to `end`, in one line."""

    text: str
    start: int
    end: int


def sentences_of(text: str, most: int = MOST) -> list[Sentence]:
    """Up to `most` sentences, in order; together they hold every word of the text that was looked at."""
    found: list[Sentence] = []
    start = 0
    for end in _ends(text):
        _keep(found, text, start, end)
        start = end
        if len(found) >= most:
            return found[:most]
    return found


def _ends(text: str) -> Iterator[int]:
    start = 0
    for match in _END.finditer(text):
        ends = _is_end(text, match) if match["mark"] else _is_line_end(text, start, match.start())
        if ends:
            start = match.end()
            yield start
    yield len(text)


def _keep(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    plain = piece.strip()
    if any(map(str.isalnum, plain)):
        begin = start + len(piece) - len(piece.lstrip())
        found.append(Sentence(" ".join(plain.split()), begin, begin + len(plain)))


def _is_end(text: str, match: re.Match[str]) -> bool:
    rest = text[match.end() : match.end() + 40].lstrip()
    if not rest or not _OPENS.match(rest):
        return not rest
    if match["mark"] != ".":
        return True
    before = _LAST.search(text[max(0, match.start() - 12) : match.start()])
    word = before[0].lstrip("(¿¡\"'«“").casefold() if before else ""
    initial = len(word) == 1 and word.isalpha() and before is not None and before[0][-1].isupper()
    return word not in words("abbreviation") and not initial


def _is_line_end(text: str, start: int, place: int) -> bool:
    following = text[place + 1 : place + 60]
    if not following.strip() or following[:1] == "\n" or _ITEM.match(following):
        return True
    line = text[max(start, text.rfind("\n", 0, place) + 1) : place].strip()
    if line.endswith(":"):
        return True
    return 0 < len(line) <= _TITLE and bool(_OPENS.match(following)) and line[-1:] not in ",;-\u2013—"
