"""When a value counts as right: one rule for each kind of field, stricter than a reader would be."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

MONEY = ("net", "tax", "total")
NAMES = ("seller_name", "buyer_name")
TAX_IDS = ("seller_tax_id", "buyer_tax_id")
FIELDS = ("number", "date", "due_date", "currency", *MONEY, *NAMES, *TAX_IDS)
OVERLAP = 0.5


def number_of(value: object) -> Decimal | None:
    """A plain decimal, or the amount of money."""
    if isinstance(value, dict):
        value = value.get("amount")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _plain(text: object) -> str:
    return re.sub(r"[\W_]+", "", str(text)).casefold()


def _same_tax_id(got: object, expected: object) -> bool:
    """Separators and a country prefix on one side only do not matter."""
    left, right = _plain(got), _plain(expected)
    return left == right or left[2:] == right or right[2:] == left


def same_text(got: object, expected: object) -> bool:
    """One contains the other and the longer is at most twice as long."""
    short, long = sorted((_plain(got), _plain(expected)), key=len)
    return short in long and len(long) <= 2 * len(short)


def same(field: str, got: object, expected: object) -> bool:
    if field in MONEY:
        return number_of(got) is not None and number_of(got) == number_of(expected)
    if field in NAMES:
        return same_text(got, expected)
    if field in TAX_IDS:
        return _same_tax_id(got, expected)
    if field == "currency":
        return str(got).upper() == expected
    return "".join(str(got).split()) == "".join(str(expected).split())


def verdict(field: str, got: object, answer: dict[str, Any] | None) -> str | None:
    """`right`, `wrong`, `missing` or `invented` (a value where the paper has none); None when nothing was due."""
    expected = (answer or {}).get("value")
    if got in (None, ""):
        return None if expected is None else "missing"
    options = [option for option in (expected, *(answer or {}).get("also", [])) if option is not None]
    if any(same(field, got, option) for option in options):
        return None if expected is None else "right"
    return "invented" if expected is None else "wrong"


def covers(page: int, box: list[float], truth: list[list[float]]) -> bool:
    """Half of the smaller of the two boxes lies in the other, on the same page."""
    return any(int(place[0]) == page and _shared(box, place[1:]) >= OVERLAP for place in truth)


def _shared(one: list[float], other: list[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(width, 0) * max(height, 0) / smaller if smaller > 0 else 0.0
