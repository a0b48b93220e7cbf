"""People, companies, dates, money, numbers and what else a text names; its one rule: patterns and cues, never a guess.

Method: `identifiers` (check digits), `naming` (cues and lists), and patterns of dates and money in Spanish and English.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from docchain.features.ai.local.finds import Find, apart
from docchain.features.ai.local.identifiers import identifiers_in
from docchain.features.ai.local.lists import fold, words
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
_BIRTH: Final = re.compile(r"\b(?:nac(?:ió|id[oa]|imiento)|birth|born|dob|d\.o\.b)\b[^\n\d]{0,40}$", re.IGNORECASE)
_CAPITALS: Final = re.compile(
    r"(?<![\w\u2019'-])[A-ZÁÉÍÓÚÑÜ][\w\u2019'-]*(?:[ ](?:(?:de|del|la|y|&|of)[ ])*[A-ZÁÉÍÓÚÑÜ][\w\u2019'-]*)*"
)
_DIGITS: Final = re.compile(r"(?<![\w.,])[A-Z0-9]{0,4}-?\d[\d -]{3,}\d(?![\w]|[.,]\d)")
_PLATE: Final = re.compile(r"\b\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}\b")
_BESIDE: Final = re.compile(r",?[ ]\d{1,4}\b(?:[ºª.]* ?[A-Z]\b)?")
_PAIR: Final = re.compile(r"(?<![\w@.])[a-záéíóúñü]{3,}(?:[ ][a-záéíóúñü]{3,}){1,2}(?![\w@])")
_OPENS: Final = re.compile(r"(?:^|[.!?:…]\s+|\n\s*|[¿¡\"“«(]\s*)$")


def entities_in(text: str) -> list[Find]:
    """What up to the first 200,000 characters name, in order, nothing twice."""
    looked = text[:MOST_CHARS]
    return apart([*identifiers_in(looked), *names_in(looked), *_dates(looked), *_money(looked)])


def personal_in(text: str, level: Level = "strict") -> list[Find]:
    """Personal data of a text.

    Args:
        text: up to 200,000 characters of it are read.
        level: `identifiers` (numbers and addresses that point to somebody), `names` too, or `strict`: also every run of
            capitals that no list knows as a common word, and every long number; the most is found, some of it harmless.
    """
    looked = text[:MOST_CHARS]
    wanted = PERSONAL if level == "identifiers" else PERSONAL | NAMES
    found = entities_in(looked)
    if level == "strict":
        found = apart([*found, *_capitals(looked), *_small_names(looked), *_numbers(looked)])
        wanted |= {"name", "number"}
    return [find for find in found if find.kind in wanted]


def _dates(text: str) -> Iterator[Find]:
    for match in DATE.finditer(text):
        birth = _BIRTH.search(text[max(0, match.start() - 60) : match.start()])
        yield Find(
            "birth_date" if birth else "date",
            match[0],
            match.start(),
            match.end(),
            0.96,
            "label" if birth else "pattern",
        )


def _money(text: str) -> Iterator[Find]:
    for match in MONEY.finditer(text):
        yield Find("money", match[0], match.start(), match.end(), 0.95, "pattern")


def _capitals(text: str) -> Iterator[Find]:
    common = words("es_function") | words("en_function") | words("es_office") | words("en_office")
    for match in _CAPITALS.finditer(text):
        parts, start = match[0].split(), match.start()
        while parts and fold(parts[0]) in common:
            start += len(parts[0]) + 1
            parts = parts[1:]
        alone = len(parts) == 1 and start == match.start() and _OPENS.search(text[max(0, start - 6) : start])
        if parts and not alone and start < match.end():
            beside = _BESIDE.match(text, match.end())
            end = beside.end() if beside else match.end()
            yield Find("name", text[start:end], start, end, 0.4, "capitals")


def _small_names(text: str) -> Iterator[Find]:
    """First names without capitals, with one or two words that are none of the usual ones."""
    names = words("first_es") | words("first_en")
    idle = words("es_function") | words("en_function") | words("es_office") | words("en_office")
    for match in re.finditer(r"[^\W\d_]+", text):
        if match[0].islower() and fold(match[0]) in names and (pair := _PAIR.match(text, match.start())):
            parts = pair[0].split()
            kept = next((n for n, part in enumerate(parts) if fold(part) in idle), len(parts))
            if kept > 1:
                end = match.start() + len(" ".join(parts[:kept]))
                yield Find("name", text[match.start() : end], match.start(), end, 0.42, "first-name")


def _numbers(text: str) -> Iterator[Find]:
    for match in _DIGITS.finditer(text):
        yield Find("number", match[0], match.start(), match.end(), 0.45, "digits")
    for match in _PLATE.finditer(text):
        yield Find("number", match[0], match.start(), match.end(), 0.46, "number-plate")
