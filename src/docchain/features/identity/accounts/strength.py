"""How strong a password is: long enough, hard to guess, not made of common or own words, not leaked."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from docchain.features.identity.accounts.breached import is_breached
from docchain.features.identity.accounts.errors import weak
from docchain.platform.settings_accounts import AccountSettings

Reason = tuple[str, str]
_LOOKALIKES: Final = str.maketrans("013457@$!", "oieastasi")
_NOT_LETTERS: Final = re.compile(r"[^a-z]+")
_SHORTEST_WORD: Final = 3
_ENOUGH: Final = 9
"""Letters of its own that a password has at least, besides the words that others would try first."""
_MOST_ODD: Final = 4
_WORTH: Final = 2
"""What such a word counts, among the letters."""


def require_strong(password: str, rules: AccountSettings, own: Iterable[str] = (), path: str = "new_password") -> None:
    """Refuse a password that is too easy to guess; blocks for some milliseconds.

    Raises:
        WeakPassword: with every reason.
    """
    if reasons := weaknesses(password, rules, own):
        raise weak(path, reasons)


def weaknesses(password: str, rules: AccountSettings, own: Iterable[str] = ()) -> list[Reason]:
    """Why a password is too weak: a code and a sentence each; nothing if it is not.

    Args:
        password: what somebody wants to have.
        rules: what the operator asks for.
        own: names of the user and their workspaces, which others would try first.
    """
    words = frozenset(word for text in own for word in _words(text))
    found: list[Reason] = []
    if len(password) < rules.password_min_length:
        found.append(("too_short", f"should have at least {rules.password_min_length} characters"))
    if rules.password_min_score and _left_without(password, words) < _ENOUGH:
        found.append(("personal", "is little more than your own name, address or workspace"))
    elif rules.password_min_score and _left_without(password, words | _common()) < _ENOUGH:
        found.append(("common", "is made of words that many passwords are made of"))
    elif rules.password_min_score and (reason := _guessable(password, words, rules.password_min_score)):
        found.append(("guessable", reason))
    if not found and rules.password_breached is not None and _leaked(password, rules.password_breached):
        found.append(("breached", "was found in a list of leaked passwords; do not use it anywhere"))
    return found


def _guessable(password: str, words: frozenset[str], least: int) -> str:
    from zxcvbn_rs_py import zxcvbn  # noqa: PLC0415 - a library that only new passwords need

    judged = zxcvbn(password, sorted(words))
    if int(judged.score) >= least:
        return ""
    warning = str(judged.feedback.warning or "") if judged.feedback else ""
    return warning.rstrip(".") or "is too easy to guess"


def _left_without(password: str, words: frozenset[str]) -> int:
    """How much of a password is left without these words; as much as anything, if none of them is in it."""
    odd = sum(not character.isalpha() and not character.isspace() for character in password)
    return min(_left_of(text, words, min(odd, _MOST_ODD)) for text in (_plain(password), _folded(password)))


def _left_of(text: str, words: frozenset[str], odd: int) -> int:
    found = 0
    for word in sorted((word for word in words if word in text), key=len, reverse=True):
        if word in text:
            text, found = text.replace(word, " "), found + 1
    return len(_NOT_LETTERS.sub("", text)) + _WORTH * found + odd if found else _ENOUGH


def _words(text: str) -> list[str]:
    return [word for word in _NOT_LETTERS.split(_plain(text)) if len(word) >= _SHORTEST_WORD]


def _plain(text: str) -> str:
    """Without case and accents, and with letters for the digits that look like them."""
    return _folded(text).translate(_LOOKALIKES)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _common() -> frozenset[str]:
    """Our own list of Spanish and English words that passwords are made of."""
    text = files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.split())


def _leaked(password: str, source: Path) -> bool:
    return is_breached(password, source)
