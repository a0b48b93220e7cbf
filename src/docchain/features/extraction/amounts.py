"""Numbers and money as people print them; its one rule: the document's own notation settles what is ambiguous."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from docchain.features.extraction.geometry import DASHES

SYMBOLS = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "usd": "USD", "u$s": "USD",
    "dollars": "USD", "dollar": "USD", "£": "GBP", "gbp": "GBP", "chf": "CHF", "fr.": "CHF", "sfr": "CHF", "¥": "JPY",
    "jpy": "JPY", "₹": "INR", "inr": "INR", "rs.": "INR", "zł": "PLN", "pln": "PLN", "r$": "BRL", "brl": "BRL",
    "c$": "CAD", "ca$": "CAD", "cad": "CAD", "a$": "AUD", "au$": "AUD", "aud": "AUD", "mx$": "MXN", "mxn": "MXN",
    "m.n.": "MXN", "nz$": "NZD", "nzd": "NZD", "s/": "PEN", "pen": "PEN", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
    "kč": "CZK", "czk": "CZK", "ft": "HUF", "huf": "HUF", "lei": "RON", "ron": "RON", "₺": "TRY", "try": "TRY",
    "cop": "COP", "clp": "CLP", "ars": "ARS", "uyu": "UYU", "cny": "CNY", "rmb": "CNY", "sgd": "SGD", "hkd": "HKD",
    "hk$": "HKD", "s$": "SGD", "zar": "ZAR", "aed": "AED", "ils": "ILS", "₪": "ILS", "krw": "KRW", "₩": "KRW",
    "bgn": "BGN", "isk": "ISK", "thb": "THB", "pesos": "MXN",
}  # fmt: skip
CODES = frozenset(SYMBOLS.values())
DOLLARS = frozenset({"CAD", "AUD", "NZD", "MXN", "COP", "CLP", "ARS", "SGD", "HKD", "UYU"})
AMBIGUOUS_DOLLAR = {"MX": "MXN", "CA": "CAD", "AU": "AUD", "CO": "COP", "CL": "CLP", "AR": "ARS", "NZ": "NZD"}

_DIGITS = re.compile(r"^\d[\d.,]*$")
_CENTS = re.compile(r"\d([.,])\d{2}$")
_SIGNS = str.maketrans({**dict.fromkeys(DASHES, "-"), "\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_AFFIX = re.compile(r"^([^\d.,()+\-]{0,8})(.*?)([^\d.,()+\-]{0,8})$")
_THREES = re.compile(r"^\d{1,3}(?:[.,]\d{3})+$")
_INDIAN = re.compile(r"^\d{1,2}(?:,\d{2})+,\d{3}$")
MAX_DIGITS = 18


def currency_of(text: str) -> str | None:
    """The ISO code a symbol, code or word stands for."""
    word = text.strip().strip(":;()[]").lower()
    return SYMBOLS.get(word) or SYMBOLS.get(word.strip(".,:;()[]"))


def notation(texts: Iterable[str]) -> str | None:
    """The decimal mark this document uses, by the numbers that leave no doubt."""
    votes: Counter[str] = Counter()
    for text in texts:
        plain = text.rstrip("€$£%*)-")
        match = _CENTS.search(plain)
        if match:
            other = "." if match[1] == "," else ","
            votes[match[1]] += 3 if other in plain else 1
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):  # noqa: PLR2004 - a pair
        return None
    return ranked[0][0]


def parse_number(text: str, decimal: str | None = None) -> Decimal | None:
    """Read `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56`, `(5.00)`, `5.00-`; `None` when it is no number."""
    plain = text.translate(_SIGNS).strip()
    negative = plain.startswith(("-", "(")) or plain.endswith("-")
    if plain.startswith("(") != plain.endswith(")"):
        return None
    plain = plain.strip("()+- ").replace(" ", "").replace("'", "")
    if plain[:1] in {".", ","} and plain[1:].isdigit():
        plain = "0" + plain
    if not _DIGITS.match(plain) or not plain.isascii() or sum(map(str.isdigit, plain)) > MAX_DIGITS:
        return None
    canonical = _canonical(plain, decimal)
    if canonical is None:
        return None
    return -Decimal(canonical) if negative else Decimal(canonical)


def _canonical(plain: str, decimal: str | None) -> str | None:
    dots, commas = plain.count("."), plain.count(",")
    if not dots and not commas:
        return plain
    if dots and commas:
        mark = max(".", ",", key=plain.rfind)
        whole, _, rest = plain.rpartition(mark)
        return f"{_ungroup(whole)}.{rest}" if rest and mark not in whole and _ungroup(whole) else None
    mark = "." if dots else ","
    if dots + commas > 1:
        return _ungroup(plain)
    whole, _, rest = plain.partition(mark)
    if not rest:
        return None
    if len(rest) == 3 and whole != "0" and len(whole) <= 3 and decimal != mark:  # noqa: PLR2004 - a group of thousands
        return whole + rest
    return f"{whole}.{rest}"


def _ungroup(text: str) -> str | None:
    """The digits of a grouped whole number; groups are of three, with commas also of two before the last (Indian)."""
    if text.isdigit():
        return text
    good = _THREES.match(text) or _INDIAN.match(text)
    return text.replace(".", "").replace(",", "") if good else None


def parse_money(text: str, decimal: str | None = None) -> tuple[Decimal, str | None] | None:
    """Read an amount with its currency before or after it, if there is one."""
    plain = text.translate(_SIGNS).strip().rstrip(":;*").strip()
    if len(plain) > 40 or not any(map(str.isdigit, plain)):  # noqa: PLR2004 - no amount is longer
        return None
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1].strip()
    sign, body = ("-", plain[1:].strip()) if plain.startswith("-") else ("", plain)
    match = _AFFIX.match(body)
    if match is None:
        return None
    before, middle, after = (part.strip() for part in match.groups())
    if middle.endswith((".", ",")):
        middle = middle[:-1]
    codes = [currency_of(part) for part in (before, after) if part]
    number = parse_number(sign + middle, decimal)
    if number is None or None in codes:
        return None
    return number, codes[0] if codes else None
