"""Marks that stand for values, such as ⟦NAME_1⟧, and how models write them; its one rule: no text brings its own."""

import re
from typing import Final

OPEN, CLOSE = "\u27e6", "\u27e7"
KINDS: Final[dict[str, str]] = {
    "person": "NAME", "name": "NAME", "organization": "ORG", "address": "ADDRESS", "place": "PLACE", "email": "EMAIL",
    "phone": "PHONE", "iban": "IBAN", "card": "CARD", "tax_id": "ID", "birth_date": "DATE", "url": "URL",
    "number": "NUMBER", "mark": "MARK",
}  # fmt: skip
_NAMES: Final = "|".join(sorted(set(KINDS.values())))
_DRESS: Final = r"[\s*_`\\\"']{0,4}"
_NUMBERED: Final = r"(?P<number{0}>\d{{1,6}})(?:\\?[_.-](?P<spelling{0}>\d{{1,4}}))?"
_FENCED: Final = (
    rf"(?:[{OPEN}\u301a\u3010]|\\u27e6){{1,2}}{_DRESS}(?P<kind0>(?i:{_NAMES}))[\s\\_.-]{{0,3}}{_NUMBERED.format(0)}"
    rf"(?:{_DRESS}(?:[{CLOSE}\u301b\u3011]|\\u27e7){{1,2}})?"
)
_BARE: Final = (
    rf"(?:\[\[?|\{{\{{?|<<?)?(?<![^\W_])(?<![^\W_]_)(?P<kind1>{_NAMES})\\?_{_NUMBERED.format(1)}(?![^\W_])"
    rf"(?:\]\]?|\}}\}}?|>>?|{CLOSE}{{1,2}})?"
)
WRITTEN: Final = re.compile(rf"{_FENCED}|{_BARE}")
"""A mark as models write it: in other letters, with spaces, in bold, escaped, in other brackets or none."""
FOREIGN: Final = re.compile(rf"{WRITTEN.pattern}|[{OPEN}{CLOSE}\u301a\u301b\u3010\u3011]")
"""What a text must not bring along: it would be taken for one of ours."""
LONGEST: Final = 64


def mark(kind: str, number: int, spelling: int) -> str:
    """The mark of a value; other spellings of it have the same number."""
    return f"{OPEN}{kind}_{number}{f'_{spelling}' if spelling > 1 else ''}{CLOSE}"


def read(match: re.Match[str]) -> tuple[str, int, int]:
    """Kind, number and spelling of what was written."""
    which = "0" if match["kind0"] else "1"
    return match["kind" + which].upper(), int(match["number" + which]), int(match["spelling" + which] or 1)
