"""Whether a text praises or complains; its one rule: words are read with their neighbours, which may turn them round.

Method: a lexicon of our own with scopes of negation, intensifiers and “but” clauses (after Hutto & Gilbert, 2014,
VADER), blended with nearness to sentences known to praise, to complain or to tell, where a model of meaning is at hand.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from docchain.features.ai.local.lists import fold
from docchain.features.ai.local.sentences import sentences_of

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed

Label = Literal["positive", "neutral", "negative"]
MOST: Final = 300
_SCOPE: Final = 4
_TURNED: Final = -0.7
_SPREAD: Final = 6.0
_LINE: Final = 0.25
_LEXICON_SHARE: Final = 0.65
_TEMPERATURE: Final = 0.08
_STEM: Final = 3
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[.,;:!?()]")
_STOPS: Final = frozenset(".;:!?()")
_SET_PHRASES: Final = re.compile(
    r"buen[oa]s (?:dias|tardes|noches)|good (?:morning|afternoon|evening)|(?:best|kind|warm) regards|fed up"
    r"|un cordial saludo|a la mayor brevedad|hace falta|whom it may concern|thank you for your (?:order|payment|letter)"
    r"|gracias por su (?:pedido|pago)"
)
"""What is only politeness or has another meaning; “fed up” is a complaint."""
_KNOWN: Final = {
    "positive": (
        "Estoy muy contento con el servicio.", "Excelente atención, muchas gracias.", "Me encanta, lo recomiendo.",
        "I am very happy with this.", "Excellent service, thank you.", "Great quality, I recommend it.",
    ),
    "negative": (
        "Estoy muy descontento con el servicio.", "Es una vergüenza, quiero quejarme.", "Llegó roto y no funciona.",
        "I am very unhappy with this.", "Terrible service, I want to complain.", "It arrived broken and nobody helps.",
    ),
    "neutral": (
        "Adjunto la factura de marzo.", "La reunión es el lunes a las diez.", "El total es de 100 euros.",
        "The invoice is attached.", "The meeting is on Monday at ten.", "The total is 100 dollars.",
        "Hola, buenos días.", "Un saludo, Ana López", "Hello, good morning.", "Kind regards, John Smith",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`score`: from -1 (complains) to 1 (praises)."""

    label: Label
    score: float
    confidence: float
    method: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    weights: dict[str, float]
    stems: dict[str, float]
    factors: dict[str, float]
    negations: frozenset[str]
    turns: frozenset[str]

    def weight(self, word: str) -> float:
        if word in self.weights:
            return self.weights[word]
        return next((self.stems[word[:n]] for n in range(len(word), _STEM - 1, -1) if word[:n] in self.stems), 0.0)


def sentiment_of(text: str, language: str, embed: "Embed | None" = None) -> Sentiment:
    """What a text of up to 300 sentences feels, all in all; sentences that feel nothing count a quarter."""
    pieces = [sentence.text for sentence in sentences_of(text, MOST)] or [text]
    lexicon = _lexicon("en" if language == "en" else "es")
    scores = [_squashed(_score(piece, lexicon)) for piece in pieces]
    method = "lexicon"
    if embed is not None:
        near = _nearness(pieces, embed)
        scores = [
            _LEXICON_SHARE * own + (1 - _LEXICON_SHARE) * near_by for own, near_by in zip(scores, near, strict=True)
        ]
        method = "lexicon+prototypes"
    shares = [1.0 if abs(score) >= _LINE else 0.25 for score in scores]
    score = sum(score * share for score, share in zip(scores, shares, strict=True)) / sum(shares)
    label: Label = "positive" if score >= _LINE else "negative" if score <= -_LINE else "neutral"
    return Sentiment(label, round(score, 3), _confidence(score), method)


def _confidence(score: float) -> float:
    """Half on the line between two labels, more the farther from it."""
    far = abs(abs(score) - _LINE) / (_LINE if abs(score) < _LINE else 1 - _LINE)
    return round(min(0.95, 0.5 + 0.5 * math.sqrt(far)), 3)


def _squashed(total: float) -> float:
    return total / math.sqrt(total * total + _SPREAD)


def _score(sentence: str, lexicon: _Lexicon) -> float:
    tokens = _TOKEN.findall(_SET_PHRASES.sub(lambda found: "annoyed" if found[0] == "fed up" else " ", fold(sentence)))
    before = after = 0.0
    turned = False
    for place, word in enumerate(tokens):
        if word in lexicon.turns:
            before, after, turned = before + after, 0.0, True
        elif weight := lexicon.weight(word):
            after += weight * _effect(tokens, place, lexicon)
    total = 0.4 * before + 1.3 * after if turned and after else before + after
    return total * (1.2 if "!" in tokens else 1.0)


def _effect(tokens: Sequence[str], place: int, lexicon: _Lexicon) -> float:
    """What the words before it make of a word: more, less, or the opposite."""
    effect, negated, seen = 1.0, False, 0
    for word in reversed(tokens[:place]):
        if word in _STOPS or word in lexicon.turns or seen == _SCOPE:
            break
        if seen and word not in lexicon.negations and lexicon.weight(word):  # what is denied is the word before
            break
        if word == ",":
            seen += 1
            if not negated and seen > 1:
                break
            continue
        seen += 1
        negated = negated or word in lexicon.negations
        if seen <= 2:  # noqa: PLR2004 - “very, very good”, no farther
            effect *= lexicon.factors.get(word, 1.0)
    return effect * _TURNED if negated else effect


def _nearness(pieces: Sequence[str], embed: "Embed") -> list[float]:
    rows = embed([*pieces, *(text for texts in _KNOWN.values() for text in texts)])
    own, place, likeness = rows[: len(pieces)], len(pieces), []
    for texts in _KNOWN.values():
        likeness.append((own @ rows[place : place + len(texts)].T).max(axis=1))
        place += len(texts)
    near = []
    for good, bad, plain in zip(*likeness, strict=True):
        top = max(good, bad, plain)
        parts = [math.exp((float(value) - float(top)) / _TEMPERATURE) for value in (good, bad, plain)]
        near.append((parts[0] - parts[1]) / sum(parts))
    return near


@cache
def _lexicon(language: str) -> _Lexicon:
    weights: dict[str, float] = {}
    stems: dict[str, float] = {}
    factors: dict[str, float] = {}
    others: dict[str, set[str]] = {"not": set(), "but": set()}
    for line in Path(__file__).with_name(f"sentiment_{language}.txt").read_text("utf-8").splitlines():
        head, _, rest = line.partition(":")
        if line.startswith("#"):
            continue
        for word in rest.split():
            if head in others:
                others[head].add(fold(word))
            elif head.startswith("x"):
                factors[fold(word)] = float(head[1:])
            else:
                (stems if word.endswith("*") else weights)[fold(word.rstrip("*"))] = float(head)
    return _Lexicon(weights, stems, factors, frozenset(others["not"]), frozenset(others["but"]))
