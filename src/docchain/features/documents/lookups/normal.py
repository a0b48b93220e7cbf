"""Normal forms that values are compared by; its one rule: what people mean by the same, nothing else."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Final, Literal

ColumnType = Literal["text", "tax_id", "number", "date"]
TableLocale = Literal["auto", "raw", "es"]
LONGEST: Final = 200
_SEPARATORS: Final = re.compile(r"[^A-Z0-9Ñ&]")
_COUNTRY: Final = re.compile(r"(ES)(?=[A-Z0-9]{9}$)")
_WORDS: Final = re.compile(r"[^\W_]+")
_COMPANY: Final = frozenset(
    {"sl", "slu", "sa", "sau", "sll", "slp", "sc", "cb", "scoop", "gmbh", "ag", "kg", "ltd", "limited", "inc", "llc",
     "bv", "nv", "srl", "spa", "sas", "sarl", "plc", "co", "cv"}
)  # fmt: skip
PREFIX: Final = 4
_DIGITS: Final = 40
_PLAIN: Final = re.compile(r"-?(0|[1-9]\d{0,20})(\.\d{1,10})?")
_SPANISH: Final = re.compile(r"-?(0|[1-9]\d{0,2}(\.\d{3})*|[1-9]\d{0,20})(,\d{1,10})?")
_DOTTED: Final = re.compile(r"\b(?:\w\.\s?){2,}")


def normal(value: str, type_: ColumnType) -> str:
    """The form in which two values are the same."""
    if type_ == "tax_id":
        return _COUNTRY.sub("", _SEPARATORS.sub("", value.upper()))[:LONGEST]
    if type_ == "number":
        return _number(value)
    if type_ == "date":
        return value.strip()[:LONGEST]
    found = words(value)
    return " ".join([word for word in found if word not in _COMPANY] or found)[:LONGEST]


def _number(value: str) -> str:
    """`572`, `572.0` and `572.00` are the same."""
    try:
        number = Decimal(value.strip()[:_DIGITS])
        return format(number.normalize(), "f") if abs(number.adjusted()) < _DIGITS else value[:LONGEST]
    except (InvalidOperation, ValueError):
        return value.strip()[:LONGEST]


def plain_number(text: str) -> str | None:
    return text if _PLAIN.fullmatch(text) else None


def spanish_number(text: str) -> str | None:
    """`1.234,56` as `1234.56`."""
    if not _SPANISH.fullmatch(text):
        return None
    return str(Decimal(text.replace(".", "").replace(",", ".")))


def asked_as(value: str, type_: ColumnType, locale: TableLocale) -> str:
    """What somebody looks for, written as the table keeps it; `1.234` is a thousand and more where it is Spanish."""
    if type_ != "number":
        return value
    text = value.strip()
    ways = (plain_number, spanish_number) if locale != "es" else (spanish_number, plain_number)
    return next((found for read in ways if (found := read(text)) is not None), value)


def words(value: str) -> list[str]:
    """Words without case, accents and dots: `S.L.` is `sl`."""
    joined = _DOTTED.sub(lambda match: match[0].replace(".", "").replace(" ", "") + " ", value)
    plain = unicodedata.normalize("NFKD", joined).casefold()
    return _WORDS.findall("".join(mark for mark in plain if not unicodedata.combining(mark)))


def tokens(value: str) -> set[str]:
    """Beginnings of words: what rows that are near have in common."""
    return {word[:PREFIX] for word in normal(value, "text").split() if len(word) > 1}


def nearness(one: str, other: str, type_: ColumnType) -> float:
    """From 0 to 1; the order of words counts little."""
    first, second = normal(one, type_), normal(other, type_)
    if not first or not second:
        return 0.0
    straight = SequenceMatcher(None, first, second, autojunk=False).ratio()
    ordered = SequenceMatcher(None, _sorted(first), _sorted(second), autojunk=False).ratio()
    return round(max(straight, ordered * 0.98), 3)


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))
