"""Answers that only quote; its one rule: what no passage says is not answered.

Method: passages ranked by BM25 (Robertson & Zaragoza, 2009) and by nearness of meaning, fused by reciprocal ranks with
k = 60 (Cormack et al., 2009); of the best passages the best sentence, and of it the date, amount or name that when, how
much and who ask for.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from docchain.features.ai.local.entities import DATE, MONEY, entities_in
from docchain.features.ai.local.lists import WORD, content_words, fold
from docchain.features.ai.local.sentences import Sentence, sentences_of

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed

METHOD: Final = "bm25+meaning, rrf 60"
MOST_SENTENCES: Final = 600
_K1, _B, _RRF = 1.2, 0.75, 60
_SOURCES: Final = 3
_STEM: Final = 5
_ENOUGH: Final = 0.42
_TYPED: Final = 0.08
_SIDES: Final = {
    "gives": re.compile(r"(?:dor|dora|nte|er|or)(?:e?s)?$"),
    "takes": re.compile(r"(?:tario|taria|ee)s?$"),
}
_WHEN: Final = re.compile(r"\b(?:cuando|when|que (?:dia|fecha)|(?:what|which) (?:date|day)|fecha|date)\b")
_MUCH: Final = re.compile(
    r"\b(?:cuanto (?:cuesta|vale|es|hay|debe|se paga|paga)|how much|importe|precio|price|amount|cost|total)\b"
)
_WHO: Final = re.compile(r"\b(?:quien(?:es)?|who|whom)\b")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that is asked, and whose it is."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence stands in which document."""

    document: str
    text: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Answered:
    """`answer` is a sentence or the part of it that was asked for; the first citation holds it."""

    answer: str
    found: bool
    citations: list[Citation]
    confidence: float
    method: str = METHOD


def answer(question: str, sources: Sequence[Source], embed: "Embed", language: str = "") -> Answered:
    """What the sources say about a question; up to 600 sentences of them are weighed."""
    pieces = _pieces(question, sources, language)
    asked = _stems(question, language)
    if not pieces or not asked:
        return Answered("", found=False, citations=[], confidence=0.0)
    sides = {side for word in content_words(question, language) if (side := _side(word))}
    across = {(stem, other) for stem, side in sides for other in _SIDES if other != side} - sides
    stems = [_stems(piece.text, language, across) for _, piece in pieces]
    exact = _bm25(asked, stems)
    rows = embed([question, *(piece.text for _, piece in pieces)])
    meant = [float(value) for value in rows[1:] @ rows[0]]
    fused = _fused(exact, meant)
    typed = _typed(question)
    scored = []
    for place in sorted(range(len(pieces)), key=lambda place: -fused[place])[: 4 * _SOURCES]:
        shared = len(set(asked) & set(stems[place])) / len(set(asked))
        if set(stems[place]) <= set(asked) and not any(map(str.isdigit, pieces[place][1].text)):
            shared /= 2  # a heading that only repeats the question says nothing
        span = typed(pieces[place][1].text) if typed else None
        sure = 0.55 * shared + 0.45 * max(0.0, meant[place]) + (_TYPED if span else -_TYPED if typed else 0.0)
        scored.append((sure, fused[place], place, span))
    scored.sort(key=lambda item: (-item[0], -item[1]))
    return _told(scored, pieces)


def _told(
    scored: Sequence[tuple[float, float, int, str | None]], pieces: Sequence[tuple[Source, Sentence]]
) -> Answered:
    sure, _, place, span = scored[0]
    citations = [
        Citation(pieces[at][0].document, pieces[at][1].text, pieces[at][1].start, pieces[at][1].end, _share(value))
        for value, _, at, _ in scored[:_SOURCES]
        if value >= min(_ENOUGH, sure) * 0.8
    ]
    if sure < _ENOUGH:
        return Answered("", found=False, citations=[], confidence=_share(1 - sure))
    return Answered(span or pieces[place][1].text, found=True, citations=citations, confidence=_share(sure))


def _share(value: float) -> float:
    return round(max(0.0, min(0.95, value)), 3)


def _pieces(question: str, sources: Sequence[Source], language: str) -> list[tuple[Source, Sentence]]:
    """All sentences; of too many, those that share words with the question first."""
    every = [(source, piece) for source in sources for piece in sentences_of(source.text)]
    if len(every) <= MOST_SENTENCES:
        return every
    asked = set(_stems(question, language))
    order = sorted(every, key=lambda item: -len(asked & set(_stems(item[1].text, language))))
    return order[:MOST_SENTENCES]


def _stems(text: str, language: str, across: Collection[tuple[str, str]] = ()) -> list[str]:
    """The words that matter by their first letters: enough for plurals and most forms of verbs; numbers whole."""
    numbers = re.findall(r"\d[\d.,/-]*\d|\d", text)
    return [_stem(word) for word in content_words(text, language) if _side(word) not in across] + numbers


def _stem(word: str) -> str:
    return word[:_STEM] if len(word) > _STEM else word.rstrip("s")


def _side(word: str) -> tuple[str, str] | None:
    """On which side of a deal somebody stands: an “arrendadora” is no “arrendatario”, a licensor no licensee."""
    sides = (side for side, ending in _SIDES.items() if len(word) > _STEM and ending.search(word))
    return next(((_stem(word), side) for side in sides), None)


def _bm25(asked: Sequence[str], texts: Sequence[Sequence[str]]) -> list[float]:
    count, mean = len(texts), sum(map(len, texts)) / max(1, len(texts)) or 1.0
    seen = Counter(word for text in texts for word in set(text))
    scores = []
    for text in texts:
        held, score = Counter(text), 0.0
        for word in set(asked) & held.keys():
            rarity = math.log(1 + (count - seen[word] + 0.5) / (seen[word] + 0.5))
            score += rarity * held[word] * (_K1 + 1) / (held[word] + _K1 * (1 - _B + _B * len(text) / mean))
        scores.append(score)
    return scores


def _fused(*rankings: Sequence[float]) -> list[float]:
    total = [0.0] * len(rankings[0])
    for scores in rankings:
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        for rank, place in enumerate(order, 1):
            total[place] += 1 / (_RRF + rank) if scores[place] > 0 else 0.0
    return total


def _typed(question: str) -> Callable[[str], str | None] | None:
    """What reads the kind of thing that is asked for out of a sentence."""
    plain = fold(question)
    if _WHEN.search(plain):
        return lambda text: _nearest(question, text, [match.span() for match in DATE.finditer(text)])
    if _MUCH.search(plain):
        return lambda text: _nearest(question, text, [match.span() for match in MONEY.finditer(text)])
    if _WHO.search(plain):
        people = frozenset({"person", "organization"})
        return lambda text: _nearest(
            question, text, [(find.start, find.end) for find in entities_in(text) if find.kind in people]
        )
    return None


def _nearest(question: str, text: str, spans: Sequence[tuple[int, int]]) -> str | None:
    """Of several, the one that stands next to a word of the question."""
    asked = set(_stems(question, ""))
    places = [match.span() for match in WORD.finditer(text) if set(_stems(match[0], "")) & asked]

    def far(span: tuple[int, int]) -> int:
        return min((max(span[0] - end, start - span[1], 0) for start, end in places), default=span[0])

    best = min(spans, key=far, default=None)
    return text[best[0] : best[1]] if best else None
