"""Numbers and addresses that point to somebody; its one rule: check digits prove, words beside a number suggest.

Method: patterns of our own, with the check digits of python-stdnum: IBAN (ISO 13616), cards (Luhn), Spanish DNI, NIE
and CIF, EU VAT, US SSN and EIN forms, British National Insurance numbers, Mexican RFC and CURP.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Final

from docchain.features.ai.local.finds import Find, Kind

CUE: Final = 30
_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_URL: Final = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'()]{3,300}[^\s<>\"'().,;:!?]", re.IGNORECASE)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")
_CARD: Final = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_TAX: Final = re.compile(
    r"\b(?:[XYZ][-. ]?\d{7}[-. ]?[A-Z]|\d{2}\.?\d{3}\.?\d{3}[- ]?[A-Z]"
    r"|(?:ES[- ]?)?[A-HJ-NP-SUVW][-. ]?\d{2}\.?\d{3}\.?\d{2}[0-9A-J]"
    r"|[A-ZÑ&]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|[A-ZÑ&]{3,4}-?\d{6}-?[A-Z0-9]{3}|[A-Z]{2}\d{8,12}|\d{3}-\d{2}-\d{4}"
    r"|[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])\b"
)
_TAX_CUE: Final = re.compile(
    r"\b(?:n\.?i\.?f|c\.?i\.?f|d\.?n\.?i|n\.?i\.?e|vat|rfc|curp|ssn|social security|passport|pasaporte|tax id|nie|ein"
    r"|nino|seguridad social|identity|licen[cs]e)\b[^\n\d]{0,18}$",
    re.IGNORECASE,
)
_CLAIMED: Final = re.compile(r"\b(?=[A-Z0-9-]*\d{5})[A-Z0-9][A-Z0-9-]{6,13}\b")
_SSN: Final = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO: Final = re.compile(r"[A-CEGHJ-PR-TW-Z]{2}\d{6}[A-D]")
_PHONE: Final = re.compile(r"(?<![\w.,-])(?:\+|00)?\(?\d{1,4}\)?(?:[ .-]?\(?\d{2,4}\)?){2,5}(?![\w-]|[.,]\d)")
_PHONE_CUE: Final = re.compile(
    r"\b(?:tel[eé]?f?(?:ono)?s?|tfno|m[oó]vil|phones?|mobile|cell|fax|call|calls?|llam\w*|whatsapp)\b[^\n\d+(]{0,15}$",
    re.IGNORECASE,
)
_SPANISH_PHONE: Final = re.compile(
    r"[6789]\d{2}(?:[ .-]\d{3}){2}|[6789]\d{2}(?:[ .-]\d{2}){3}|[89]\d(?:[ .-]\d{2,3}){3}"
)
_US_PHONE: Final = re.compile(r"(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}")
_CHECKS: Final = ("es.dni", "es.nie", "es.cif", "mx.curp", "mx.rfc", "eu.vat")


def identifiers_in(text: str) -> Iterator[Find]:
    """E-mail and web addresses, accounts, cards, ids of people and companies, telephones; they may overlap."""
    yield from _all(_EMAIL, text, "email", 0.99, "pattern")
    yield from _all(_URL, text, "url", 0.97, "pattern")
    yield from _proved(_IBAN, text, "iban", _is_iban)
    yield from _proved(_CARD, text, "card", _is_card)
    yield from _tax_ids(text)
    yield from _phones(text)


def _all(pattern: re.Pattern[str], text: str, kind: Kind, sure: float, method: str) -> Iterator[Find]:
    for match in pattern.finditer(text):
        yield Find(kind, match[0], match.start(), match.end(), sure, method)


def _proved(pattern: re.Pattern[str], text: str, kind: Kind, check: Callable[[str], bool]) -> Iterator[Find]:
    """What the pattern finds, shortened word by word from its end until the check digits are right."""
    for match in pattern.finditer(text):
        found = match[0]
        while not check(found) and " " in found:
            found = found.rpartition(" ")[0]
        if check(found):
            yield Find(kind, found, match.start(), match.start() + len(found), 0.995, "check-digits")


def _tax_ids(text: str) -> Iterator[Find]:
    for match in _TAX.finditer(text):
        plain = re.sub(r"[-. ]", "", match[0])
        cue = _TAX_CUE.search(text[max(0, match.start() - CUE) : match.start()])
        if _is_tax_id(plain) or _SSN.fullmatch(match[0]) or (_NINO.fullmatch(plain) and cue):
            yield Find("tax_id", match[0], match.start(), match.end(), 0.98, "check-digits")
        elif cue:
            yield Find("tax_id", match[0], match.start(), match.end(), 0.8, "label")
    for match in _CLAIMED.finditer(text):
        if _TAX_CUE.search(text[max(0, match.start() - CUE) : match.start()]):
            yield Find("tax_id", match[0], match.start(), match.end(), 0.75, "label")


def _phones(text: str) -> Iterator[Find]:
    for match in _PHONE.finditer(text):
        digits = sum(map(str.isdigit, match[0]))
        if not 7 <= digits <= 15:  # noqa: PLR2004 - E.164, and short ones of a town
            continue
        international = match[0].startswith(("+", "00"))
        cue = _PHONE_CUE.search(text[max(0, match.start() - CUE) : match.start()])
        national = _SPANISH_PHONE.fullmatch(match[0]) or _US_PHONE.fullmatch(match[0])
        if international or cue or national:
            sure = 0.95 if international or cue else 0.85
            yield Find("phone", match[0], match.start(), match.end(), sure, "label" if cue else "pattern")


@lru_cache(maxsize=4096)
def _is_tax_id(plain: str) -> bool:
    return any(_valid(module, plain) for module in _CHECKS)


def _is_iban(text: str) -> bool:
    return _valid("iban", text.replace(" ", ""))


def _is_card(text: str) -> bool:
    plain = re.sub(r"[ -]", "", text)
    return plain[0] in "3456" and len(plain) >= 13 and _valid("luhn", plain)  # noqa: PLR2004 - the shortest card


def _valid(module: str, text: str) -> bool:
    try:
        return bool(import_module(f"stdnum.{module}").is_valid(text))
    except Exception:  # noqa: BLE001 - some validators raise on odd input; then the number is not proved
        return False
