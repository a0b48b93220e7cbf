"""Dates as people print them; its one rule: day or month first is decided for the whole document, not for one date."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from docchain.features.extraction.geometry import fold

_NAMES = (
    "january januar janvier januari gennaio enero janeiro jan ene gen janv ",
    "february februar fevrier februari febbraio febrero fevereiro feb fev fevr febr",
    "march marz mars maart marzo marco mar mrz mrt maerz",
    "april avril aprile abril apr abr avr",
    "may mai mei maggio mayo maio mag",
    "june juni juin giugno junio junho jun giu",
    "july juli juillet luglio julio julho jul lug juil",
    "august aout augustus agosto aug ago",
    "september septembre settembre septiembre setiembre setembro sep sept set",
    "october oktober octobre ottobre octubre outubro oct okt ott out",
    "november novembre noviembre novembro nov",
    "december dezember decembre dicembre diciembre dezembro dec dez dic",
)
MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}

_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,?\s)?"
_NUMERIC = re.compile(r"(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")
_ISO = re.compile(r"(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)(?:T[\d:.Z+-]{4,20})?")
_DAY_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|\.)?\s?[-/.,]?\s?"
    r"(?:day\sof\s|d[ií]as?\sdel?\s(?:mes\sde\s)?)?(?:de\s|of\s|di\s|d'|the\s)?([^\W\d_]{3,10})"
    r"\.?\s?[-/.,]?\s?(?:de\s|del\s|of\s|di\s)?'?(\d{4}|\d{2})(?!\d)",
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    rf"{_WEEKDAY}([^\W\d_]{{3,10}})\.?\s?[-/.]?\s?(\d{{1,2}})(?:st|nd|rd|th)?\s?[-/.,]?\s?,?\s?(\d{{4}})(?!\d)",
    re.IGNORECASE,
)
FIRST_YEAR, LAST_YEAR, CENTURY_TURN = 1980, 2099, 80


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date that may still wait for the order of day and month; `length` is how much text it took."""

    year: int
    first: int
    second: int
    length: int
    order: str | None = None

    @property
    def ambiguous(self) -> bool:
        return self.order is None and self.first <= 12 and self.second <= 12 and self.first != self.second  # noqa: PLR2004

    def resolve(self, order: str) -> date | None:
        """The date by `dmy` or `mdy`, where its own form does not say."""
        day, month = (self.second, self.first) if (self.order or order) == "mdy" else (self.first, self.second)
        if self.order is None and month > 12 >= day:  # noqa: PLR2004 - months
            day, month = month, day
        try:
            return date(self.year, month, day)
        except ValueError:
            return None


def match_date(text: str) -> PrintedDate | None:
    """The date that `text` starts with."""
    match = _ISO.match(text)
    if match:
        return _checked(int(match[1]), int(match[4]), int(match[3]), match.end(), "dmy")
    match = _NUMERIC.match(text)
    if match:
        return _checked(_year(match[4]), int(match[1]), int(match[3]), match.end(), None)
    match = _DAY_NAME.match(text)
    if match and fold(match[2]) in MONTHS:
        return _checked(_year(match[3]), int(match[1]), MONTHS[fold(match[2])], match.end(), "dmy")
    match = _NAME_DAY.match(text)
    if match and fold(match[1]) in MONTHS:
        return _checked(int(match[3]), int(match[2]), MONTHS[fold(match[1])], match.end(), "dmy")
    return None


def parse_date(text: str, order: str = "dmy") -> date | None:
    """The date that is all of `text`."""
    found = match_date(text.strip())
    if found is None or text.strip()[found.length :].strip(" .,;)"):
        return None
    return found.resolve(order)


def order_of(dates: Iterable[PrintedDate], *, american: bool) -> tuple[str, bool]:
    """The order of day and month, and whether a date proves it; without proof only American papers put months first."""
    votes = {"dmy": 0, "mdy": 0}
    for found in dates:
        if found.order is None and found.first != found.second:
            votes["dmy"] += found.first > 12  # noqa: PLR2004 - months
            votes["mdy"] += found.second > 12  # noqa: PLR2004
    if votes["dmy"] != votes["mdy"]:
        return max(votes, key=lambda order: votes[order]), True
    return ("mdy" if american else "dmy"), False


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < CENTURY_TURN else 1900)  # noqa: PLR2004 - digits of a year


def _checked(year: int, first: int, second: int, length: int, order: str | None) -> PrintedDate | None:
    found = PrintedDate(year, first, second, length, order)
    good = FIRST_YEAR <= year <= LAST_YEAR and (found.resolve("dmy") or found.resolve("mdy"))
    return found if good else None
