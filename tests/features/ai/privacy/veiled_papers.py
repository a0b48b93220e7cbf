"""Made papers with marks around what is personal in them, and what of that stays in a text."""

import re
from pathlib import Path
from typing import Final

from docchain.features.ai.local.lists import fold, words

_MARK: Final = re.compile(r"\{([^}]*)\}")
_TELLING: Final = 5
_WORD: Final = re.compile(r"[^\W_]+")


def papers() -> list[tuple[str, list[str]]]:
    """Each paper, and the values in it."""
    read = Path(__file__).with_name("papers.txt").read_text("utf-8").split("===\n")
    return [(_MARK.sub(r"\1", paper), _MARK.findall(paper)) for paper in read]


def left(value: str, text: str) -> list[str]:
    """Words and numbers of a value that are still in a text; usual words and short numbers give nobody away."""
    common = words("common") | words("es_function") | words("en_function") | words("es_office") | words("en_office")
    there = set(_WORD.findall(fold(text)))
    parts = [part for part in _WORD.findall(fold(value)) if part not in common and len(part) > 1]
    stays = [part for part in parts if part in there and not (part.isdigit() and len(part) < _TELLING)]
    return [value] if value in text else stays
