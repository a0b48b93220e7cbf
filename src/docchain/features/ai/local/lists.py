"""Words by the name of their list, and texts as words; its one rule: everything is compared folded."""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final, Literal

Speech = Literal["es", "en"]
WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_TILDE: Final = "\u0303"


def fold(text: str) -> str:
    """Lower case without accents; ñ stays a letter of its own. The length stays where accents are composed."""
    plain = []
    for char in text.casefold().replace("\u2019", "'"):
        parts = unicodedata.normalize("NFD", char)
        plain.append(
            "ñ" if parts == "n" + _TILDE else "".join(part for part in parts if not unicodedata.combining(part))
        )
    return "".join(plain)


def folded_words(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return WORD.findall(fold(text))


@cache
def _lists() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for file in ("lists.txt", "common.txt"):
        for line in Path(__file__).with_name(file).read_text("utf-8").splitlines():
            name, colon, rest = line.partition(":")
            if colon and not line.startswith("#"):
                found.setdefault(name, set()).update(rest.split())
    return {name: frozenset(words) for name, words in found.items()}


def words(name: str) -> frozenset[str]:
    """The list of that name."""
    return _lists()[name]


def function_words(language: str) -> frozenset[str]:
    """Words that say nothing about what a text is about; of both languages where it is another."""
    if language in {"es", "en"}:
        return words(f"{language}_function")
    return words("es_function") | words("en_function")


def content_words(text: str, language: str) -> list[str]:
    """The words that say what it is about."""
    idle = function_words(language)
    return [word for word in folded_words(text) if word not in idle and len(word) > 1]
