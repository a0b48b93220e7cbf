"""Identity cards and passports; its one rule: their machine-readable zone, where it is right, is surest."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from docchain.features.extraction.dates import MONTHS
from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.identity import date_order
from docchain.features.extraction.mrz import Zone, find_zone
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Fault, Value, value_of
from docchain.features.extraction.spans import Found
from docchain.features.extraction.tax_ids import compact, proved

_CHECKED, _SAID = 0.98, 0.9
_MONTHS: Final = 12
_USA: Final = frozenset({"USA", "U.S.A"})
_OF_A_STATE: Final = re.compile(r"unitedstatesof|drivers?license")
"""Only the states write “driver license”; others drive with licences."""
_SPANISH: Final = re.compile(r"(?:\d{8}|[XYZ]\d{7})[A-Z]")
_DAY: Final = re.compile(r"(\d{1,2})[ ./-](\d{1,2}|[^\W\d_]{3,10})[ ./-](\d{4})")


def read_day(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    """A day of any year where the range begins, as cards print them: `03 04 1971`."""
    american = reads_american(reading)
    for size in (3, 1):
        match = _DAY.fullmatch(row.text(start, min(end, start + size)).strip(" .,;"))
        if match:
            month = MONTHS.get(fold(match[2]), 0) if match[2].isalpha() else int(match[2])
            day, year = int(match[1]), int(match[3])
            if match[2].isdigit() and (day <= _MONTHS < month or (american and day <= _MONTHS)):
                day, month = month, day
            try:
                return [Found(row, start, min(end, start + size), "day", date(year, month, day).isoformat())]
            except ValueError:
                return []
    return []


def reads_american(reading: Reading) -> bool:
    """Whether this card puts months first: its dates prove it, or nothing does and it is of the United States."""
    order = date_order(reading, "USD" if any(row_names_usa(row) for row in reading.layout.rows) else None)
    return order.name == "mdy"


def row_names_usa(row: Row) -> bool:
    text = fold(row.text(0, len(row.tokens)))
    return any(token.text.strip(".,()") in _USA for token in row.tokens) or bool(_OF_A_STATE.search(text))


def with_zone(
    reading: Reading, fields: Mapping[str, Value], today: date | None
) -> tuple[dict[str, Value], list[Fault]]:
    """The printed fields, bettered by the zone, and what does not agree."""
    zone = find_zone(reading.layout, today)
    joined = dict(fields)
    faults = list(_letters(fields))
    if zone is None:
        return joined, faults
    for name, value in zone.values.items():
        printed = fields.get(name)
        if printed is not None and _same(printed.value, value):
            printed.confidence = max(printed.confidence, _CHECKED if name in zone.right else _SAID)
            printed.method += "; the machine-readable zone agrees"
        elif name not in zone.wrong:
            sure = _CHECKED if name in zone.right else _SAID
            joined[name] = value_of(value, [zone.spans[name]], sure, "machine-readable zone")
            if name in zone.right and printed is not None and name.endswith("_date"):
                message = f"{printed.value} is printed, but the machine-readable zone says {value}. Compare both."
                faults.append(Fault(name, "zone_differs", message, "warning"))
    return joined, faults + list(_broken(zone))


def _same(printed: object, value: str) -> bool:
    return fold(str(printed)) == fold(value)


def _broken(zone: Zone) -> Iterator[Fault]:
    for name in sorted(zone.wrong):
        message = "A check digit of the machine-readable zone does not agree. Compare it with the paper."
        yield Fault(name, "check_digit", message, "warning")


def _letters(fields: Mapping[str, Value]) -> Iterator[Fault]:
    number = fields.get("document_number")
    plain = compact(str(number.value)) if number else ""
    if _SPANISH.fullmatch(plain) and proved(plain) is None:
        message = f"The letter of {plain} does not fit its digits. Compare it with the paper."
        yield Fault("document_number", "check_digit", message, "warning")
