"""Several looks at one text; its one rule: each says its own method and how sure it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from docchain.features.ai.local.entities import entities_in
from docchain.features.ai.local.keywords import METHOD as KEYWORD_METHOD
from docchain.features.ai.local.keywords import keywords_of
from docchain.features.ai.local.labels import classify
from docchain.features.ai.local.language import language_of, spoken
from docchain.features.ai.local.readability import readability_of
from docchain.features.ai.local.sentiment import sentiment_of
from docchain.features.ai.local.summary import summary_of

if TYPE_CHECKING:
    from docchain.features.ai.local.vectors import Embed

ANALYSES: Final = ("sentiment", "keywords", "summary", "language", "entities", "classification", "readability")
_MOST_ENTITIES: Final = 500
_PATTERNS: Final = "patterns+check-digits+cues"


class UnknownAnalysis(Exception):
    """Something that nobody knows was asked for."""

    code = "invalid_request"


def analyze(
    text: str, wanted: Sequence[str], embed: "Embed", *, language: str = "", labels: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """One entry for each analysis that is wanted, in that order."""
    unknown = [name for name in wanted if name not in ANALYSES]
    if unknown:
        raise UnknownAnalysis(f"There is no analysis {unknown[0][:40]!r}. Use {', '.join(ANALYSES)}.")
    speech, told = spoken(text, language), language_of(text)
    foreign = told.code not in {"es", "en", "und"}
    looks: dict[str, Callable[[], dict[str, Any]]] = {
        "sentiment": lambda: _doubted(asdict(sentiment_of(text, speech, embed)), foreign=foreign),
        "keywords": lambda: _keywords(text, speech),
        "summary": lambda: summarized(text, embed),
        "language": lambda: asdict(told),
        "entities": lambda: _entities(text),
        "classification": lambda: asdict(classify(text, labels or {}, embed)),
        "readability": lambda: _readability(text, speech, foreign=foreign),
    }
    return {name: looks[name]() for name in wanted}


def summarized(text: str, embed: "Embed", sentences: int = 3, words: int | None = None) -> dict[str, Any]:
    """A summary with its sentences, as data."""
    found = summary_of(text, embed, sentences, words)
    return {"summary": found.text, **asdict(found)}


def _doubted(found: dict[str, Any], *, foreign: bool) -> dict[str, Any]:
    """Half as sure of a language whose words are in no list."""
    return {**found, "confidence": round(found["confidence"] / 2, 3)} if foreign else found


def _readability(text: str, speech: str, *, foreign: bool) -> dict[str, Any]:
    found = None if foreign else readability_of(text, speech)
    missing = "Readability is measured of Spanish and English only." if foreign else "There are no words."
    return asdict(found) if found else {"missing": missing, "confidence": 0.0, "method": ""}


def _keywords(text: str, speech: str) -> dict[str, Any]:
    found = keywords_of(text, speech)
    sure = round(sum(word.score for word in found) / len(found) * 0.8, 3) if found else 0.0
    return {"keywords": [asdict(word) for word in found], "confidence": sure, "method": KEYWORD_METHOD}


def _entities(text: str) -> dict[str, Any]:
    found = entities_in(text)
    sure = round(sum(find.confidence for find in found) / len(found), 3) if found else 0.5
    return {"entities": [asdict(find) for find in found[:_MOST_ENTITIES]], "confidence": sure, "method": _PATTERNS}
