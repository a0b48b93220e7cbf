"""People, companies, dates, money, numbers and what else a text names; its one rule: patterns and cues, never a guess.

Method: `identifiers` (check digits), `naming` (cues and lists), and patterns of dates and money in Spanish and English.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from docchain.features.ai.local.doubtful import doubtful_in
from docchain.features.ai.local.finds import Find, apart, besides
from docchain.features.ai.local.identifiers import identifiers_in
from docchain.features.ai.local.naming import names_in

Level = Literal["identifiers", "names", "strict"]
PERSONAL: Final = frozenset({"email", "phone", "iban", "card", "tax_id", "birth_date", "url"})
NAMES: Final = frozenset({"person", "organization", "address", "place"})
MOST_CHARS: Final = 200_000
_MONTH: Final = (
    r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|january|february"
    r"|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov"
    r"|dec|ene|abr|ago|dic)\.?"
)
DATE: Final = re.compile(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:de )?"
    rf"{_MONTH}(?:,? (?:del? )?\d{{4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:, \d{{4}})?)\b(?![/.-]?\d)",
    re.IGNORECASE,
)
MONEY: Final = re.compile(
    r"(?<![\w.,])(?:(?:US\$|[€$£]|(?:EUR|USD|GBP|MXN)\b) ?-?\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,2})?(?!\d)"
    r"|-?\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d{1,2})? ?(?:€|(?:EUR|USD|GBP|MXN|euros?|dollars?|pounds?"
    r"|pesos|libras|dólares)\b))",
)
_NUMBERED: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d+")
_BIRTH: Final = re.compile(r"\b(?:nac(?:ió|id[oa]|imiento)|birth|born|dob|d\.o\.b)\b[^\n\d]{0,40}$", re.IGNORECASE)


def entities_in(text: str) -> list[Find]:
    """What up to the first 200,000 characters name, in order, nothing twice."""
    return apart(_all(text[:MOST_CHARS]))


def personal_in(text: str, level: Level = "strict") -> list[Find]:
    """Personal data of a text.

    Args:
        text: up to 200,000 characters of it are read.
        level: `identifiers` (numbers and addresses that point to somebody), `names` too, or `strict`: also every
            capital word that no list knows as a common one, codes and long numbers; some of it is harmless.
    """
    looked = text[:MOST_CHARS]
    wanted = PERSONAL if level == "identifiers" else PERSONAL | NAMES
    everything = _all(looked)
    found = apart(everything)
    found += besides(found, [find for find in everything if find.kind in wanted])
    if level == "strict":
        found += besides(found, doubtful_in(looked))
        wanted |= {"name", "number"}
    return sorted((find for find in found if find.kind in wanted), key=lambda find: find.start)


def _all(text: str) -> list[Find]:
    return [*identifiers_in(text), *names_in(text), *_dates(text), *_money(text)]


def _dates(text: str) -> Iterator[Find]:
    for match in DATE.finditer(text):
        numbered = _NUMBERED.fullmatch(match[0])
        if numbered and not _is_day(int(numbered[1]), int(numbered[2])):
            continue
        birth = _BIRTH.search(text[max(0, match.start() - 60) : match.start()])
        yield Find(
            "birth_date" if birth else "date",
            match[0],
            match.start(),
            match.end(),
            0.96,
            "label" if birth else "pattern",
        )


def _is_day(first: int, second: int) -> bool:
    """Whether two numbers can be day and month, in whatever order."""
    return 1 <= min(first, second) <= 12 and 1 <= max(first, second) <= 31  # noqa: PLR2004 - of a calendar


def _money(text: str) -> Iterator[Find]:
    for match in MONEY.finditer(text):
        yield Find("money", match[0], match.start(), match.end(), 0.95, "pattern")
