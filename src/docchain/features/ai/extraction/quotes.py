"""Where a quote stands in a text; its one rule: the same words in the same order, nearly the same only where told."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

_WORD: Final = re.compile(r"\w+")
_NEAR: Final = 0.9
_SHORTEST_NEAR: Final = 4
_MOST_WORDS: Final = 120


@dataclass(frozen=True, slots=True)
class Quote:
    """A part of a text; `likeness` is 1 where it says the same words."""

    start: int
    end: int
    likeness: float


def plain(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in parts if not unicodedata.combining(char))


def find_quote(text: str, quote: str) -> Quote | None:
    """The first place that says the quote; else the place most like it, if at least nine tenths are the same."""
    spans = [(match.start(), match.end(), plain(match[0])) for match in _WORD.finditer(text)]
    wanted = [plain(match[0]) for match in _WORD.finditer(quote)][:_MOST_WORDS]
    if not wanted or len(wanted) > len(spans):
        return None
    words = [word for _, _, word in spans]
    at = _same(words, wanted)
    likeness = 1.0
    if at is None:
        at, likeness = _nearest(words, wanted)
        if likeness < _NEAR:
            return None
    return Quote(spans[at][0], spans[at + len(wanted) - 1][1], round(likeness, 3))


def _same(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    size = len(wanted)
    return next(
        (at for at in range(len(words) - size + 1) if words[at] == wanted[0] and words[at : at + size] == wanted), None
    )


def _nearest(words: Sequence[str], wanted: Sequence[str]) -> tuple[int, float]:
    """Where as many words say nearly the same; only places that share some word are looked at."""
    said, size, known = " ".join(wanted), len(wanted), set(wanted)
    if len(said) < _SHORTEST_NEAR or any(char.isdigit() for char in said):
        return 0, 0.0
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(said)
    best = (0, 0.0)
    for at in range(len(words) - size + 1):
        window = words[at : at + size]
        if size > 1 and not known.intersection(window):
            continue
        matcher.set_seq1(" ".join(window))
        if matcher.real_quick_ratio() > best[1] and matcher.quick_ratio() > best[1]:
            best = max(best, (at, matcher.ratio()), key=lambda found: found[1])
    return best
