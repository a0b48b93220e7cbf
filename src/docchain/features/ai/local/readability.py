"""How easily a text is read; its one rule: formulas as published, and the band that people know beside the number.

Methods: English: reading ease (Flesch, 1948). Spanish: Fernández Huerta (1959, with the factors as corrected by Law,
2011) and Szigriszt-Pazos (1993) with the bands of the INFLESZ scale (Barrio-Cantalejo et al., 2008). Syllables by
rules of our own: of Spanish nearly exact, of English approximate.
"""

import re
from dataclasses import dataclass
from typing import Final

from docchain.features.ai.local.lists import WORD
from docchain.features.ai.local.sentences import sentences_of

_STRONG: Final = frozenset("aeoáéóíú")
_RUN: Final = re.compile(r"[aeiouáéíóúüy]+")
_SILENT: Final = re.compile(r"(?<=q)u(?=[eiéí])|(?<=g)u(?=[eiéí])")
_ENGLISH_RUN: Final = re.compile(r"[aeiouy]+")
_SILENT_ENDINGS: Final = {
    "e": ("le", "ee", "ye"),
    "ed": ("ted", "ded", "eed"),
    "es": ("ses", "ces", "zes", "xes", "ches", "shes", "ges", "ies", "ees"),
}
"""Endings that are not spoken, but for those that are."""
_ENOUGH: Final = 100
_BANDS_ES: Final[tuple[tuple[int, str], ...]] = (
    (40, "muy difícil"),
    (55, "algo difícil"),
    (65, "normal"),
    (80, "bastante fácil"),
    (999, "muy fácil"),
)
_BANDS_EN: Final[tuple[tuple[int, str], ...]] = (
    (30, "very difficult"), (50, "difficult"), (60, "fairly difficult"), (70, "plain English"), (80, "fairly easy"),
    (90, "easy"), (999, "very easy"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Readability:
    """`score`: 0 (hard) to 100 (easy), by the formula that `method` names; `scores` has all."""

    score: float
    band: str
    scores: dict[str, float]
    words: int
    sentences: int
    syllables: int
    confidence: float
    method: str


def readability_of(text: str, language: str) -> Readability | None:
    """The ease of a text in Spanish or English; nothing if it has no words."""
    words = WORD.findall(text)
    if not words:
        return None
    count = max(1, len(sentences_of(text)))
    syllables = sum((syllables_es if language == "es" else syllables_en)(word) for word in words)
    each, length = syllables / len(words), len(words) / count
    if language == "es":
        scores = {
            "fernandez_huerta": 206.84 - 60 * each - 1.02 * length,
            "szigriszt_pazos": 206.835 - 62.3 * each - length,
        }
        score, method, bands = scores["szigriszt_pazos"], "inflesz", _BANDS_ES
    else:
        scores = {"flesch": 206.835 - 1.015 * length - 84.6 * each}
        score, method, bands = scores["flesch"], "flesch", _BANDS_EN
    rounded = {name: round(value, 1) for name, value in scores.items()}
    band = next(name for limit, name in bands if score < limit)
    sure = round(min(1.0, len(words) / _ENOUGH) * (0.95 if language == "es" else 0.85), 3)
    return Readability(round(score, 1), band, rounded, len(words), count, syllables, sure, method)


def syllables_es(word: str) -> int:
    """Strong and accented vowels are syllables of their own, weak ones join them; `que` and `gui` have a silent u."""
    plain = _SILENT.sub("", word.lower())
    count = 0
    for match in _RUN.finditer(plain):
        run = match[0]
        if run.startswith("y") and match.start() + 1 < len(plain):  # a consonant before a vowel
            run = run[1:]
        run = "".join(char for place, char in enumerate(run) if char != "y" or place == len(run) - 1)
        if run:
            count += max(1, sum(char in _STRONG for char in run))
    return max(1, count)


def syllables_en(word: str) -> int:
    """Groups of vowels, without the silent ending of `made` and `asked`."""
    plain = word.lower()
    count = len(_ENGLISH_RUN.findall(plain))
    silent = any(plain.endswith(end) and not plain.endswith(spoken) for end, spoken in _SILENT_ENDINGS.items())
    return max(1, count - silent)
