"""Texts that are not what they look like: characters that cannot be seen, or that turn around what follows."""

import unicodedata
from typing import Final

_KEPT: Final = frozenset("\n\t")
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def faults_of(text: str) -> list[tuple[str, str]]:
    """A code and a sentence for each fault."""
    found: list[tuple[str, str]] = []
    if any(unicodedata.category(letter) == "Cc" and letter not in _KEPT for letter in text):
        found.append(("control_characters", "has control characters"))
    if any(letter in _TURNS for letter in text):
        found.append(("bidirectional", "has characters that turn around how the text is shown"))
    if any(unicodedata.category(letter) == "Cf" and letter not in _TURNS for letter in text):
        found.append(("invisible", "has characters that cannot be seen"))
    if not unicodedata.is_normalized("NFC", text):
        found.append(("not_normalized", "is not in Unicode normal form C"))
    return found
