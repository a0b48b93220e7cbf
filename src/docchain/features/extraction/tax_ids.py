"""Tax ids, IBANs and their check digits; its one rule: check digits prove, labels suggest."""

import re
from functools import lru_cache

from docchain.features.extraction.labels import words

EU = frozenset(code.upper() for code in words("eu"))
_NATIONAL = {"GB": "gb.vat", "CHE": "ch.vat", "NO": "no.mva", "XI": "gb.vat"}
_SPANISH = re.compile(r"[A-HJ-NP-SUVW]\d{7}[0-9A-J]|[XYZ]\d{7}[A-Z]|\d{8}[A-Z]")
_MEXICAN = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}")
_PREFIXED = re.compile(r"[A-Z]{2}[A-Z0-9]{7,13}|CHE\d{9}(?:MWST|TVA|IVA|VAT)?|GB(?:\d{9}|\d{12})")
_SWISS_ENDING = re.compile(r"(?<=\d)(?:MWST|TVA|IVA|VAT)$")
_EIN = re.compile(r"\d{2}-\d{7}")
_LABELLED = (
    "pt.nif", "it.iva", "it.codicefiscale", "de.vat", "de.stnr", "gb.vat", "fr.siren", "be.vat", "nl.btw", "at.uid",
    "br.cnpj", "br.cpf", "ar.cuit", "co.nit", "cl.rut", "pe.ruc", "au.abn", "ca.bn", "in_.gstin", "no.mva", "se.vat",
    "dk.cvr", "pl.nip", "ch.uid", "fr.tva", "ie.vat",
)  # fmt: skip
_CLEAN = re.compile(r"[\s.\-/·_,]")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
SHORTEST, LONGEST = 8, 18


def compact(text: str) -> str:
    """Upper case without separators; the form ids are compared in."""
    return _CLEAN.sub("", text.strip(" :;()#")).upper()


@lru_cache(maxsize=4096)
def proved(text: str) -> str | None:
    """The country whose rules this free-standing id satisfies, check digits included."""
    plain = compact(text)
    if not SHORTEST <= len(plain) <= LONGEST or sum(map(str.isdigit, plain)) < 6:  # noqa: PLR2004 - every id has six
        return None
    if not plain.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0"):
        return None  # B00000000 in a form that nobody filled in
    if _SPANISH.fullmatch(plain):
        return "ES" if _valid("es.nif", plain) else None
    if _PREFIXED.fullmatch(plain) and _prefixed(plain):
        return plain[:2]
    if _MEXICAN.fullmatch(plain):
        return "MX" if _valid("mx.rfc", plain) else None
    return None


@lru_cache(maxsize=4096)
def proved_by_label(text: str) -> str | None:
    """The same for an id after a tax-id label, where a plain national number will do."""
    if _EIN.fullmatch(text.strip(" .,;")):
        return "US"
    free = proved(text)
    if free or not compact(text)[-7:-3].isdigit():
        return free
    return next((name[:2].upper().rstrip("_") for name in _LABELLED if _valid(name, compact(text))), None)


def plausible(text: str) -> bool:
    """Whether it looks like an id at all: what a label may claim without check digits."""
    plain = compact(text)
    digits = sum(map(str.isdigit, plain))
    return SHORTEST <= len(plain) <= LONGEST and digits >= 7 and len(plain) - digits <= 6 and plain.isalnum()  # noqa: PLR2004


def checkable(text: str) -> bool:
    """Whether its form promises check digits, so that failing them is a fault."""
    plain = compact(text)
    return bool(_SPANISH.fullmatch(plain)) or (
        plain[:2] in EU | {"GB"} and plain[2:4].isalnum() and len(plain) > SHORTEST
    )


def shown(text: str) -> str:
    """The id as a value: compact, but a US number keeps its hyphen."""
    plain = text.strip(" .,;:()")
    return plain if _EIN.fullmatch(plain) else _SWISS_ENDING.sub("", compact(text))


@lru_cache(maxsize=1024)
def is_iban(text: str) -> bool:
    plain = compact(text)
    return bool(_IBAN.fullmatch(plain)) and _valid("iban", plain)


def _prefixed(plain: str) -> bool:
    if plain.startswith("CHE"):
        return _valid("ch.uid", _SWISS_ENDING.sub("", plain))
    country = plain[:2]
    if country in _NATIONAL:
        return _valid(_NATIONAL[country], plain[2:])
    return country in EU and _valid("eu.vat", plain)


def _valid(module: str, text: str) -> bool:
    from importlib import import_module  # noqa: PLC0415 - one module a country, loaded when one is met

    try:
        return bool(import_module(f"stdnum.{module}").is_valid(text))
    except Exception:  # noqa: BLE001 - some validators raise on odd input; then the number is not proved
        return False
