"""Names of people, companies, streets and places; its one rule: a name needs a cue, for capitals alone prove nothing.

Method: titles, greetings, signatures and labels before a run of capitals; lists of our own of first names and places;
legal forms after companies; words for streets with a number. Names without any of them are missed: the weak spot.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from docchain.features.ai.local.finds import Find
from docchain.features.ai.local.lists import fold, words

_UP: Final = r"[A-ZÁÉÍÓÚÑÜ]"
_WORD: Final = rf"{_UP}(?:[\u2019']{_UP})?[a-záéíóúñüçA-ZÁÉÍÓÚÑÜ]+(?:-{_UP}[\w]+)?"
_JOIN: Final = r"(?:de la |de los |de las |del |de |y |von |van |di |da |dos )"
_JOINED: Final = re.compile(_JOIN)
_PERSON: Final = rf"{_WORD}(?:[ ](?:{_JOIN})?(?:{_WORD}|{_UP}\.)){{0,4}}"
_TITLE: Final = re.compile(
    rf"(?<!\w)(?:[Dd]on|[Dd]oña|D\.|D[ªº]\.?|Dña\.|Sra?\.|Srta\.|[Ss]eñora?|Dra?\.?|Doctora?|Mrs?\.?|Ms\.?"
    rf"|Miss|Prof\.|Sir)"
    rf"[ ](?:D\. |D[ªº]\.? |don |doña )?(?P<name>{_PERSON})"
)
_CUE: Final = re.compile(
    r"(?P<cue>\b(?i:estimad[oa]s?|querid[oa]|dear|hola|atentamente|saludos|un saludo|(?:kind |best )?regards|sincerely"
    r"|yours truly|comparece|firmado(?: por)?|fdo\.?|signed(?: by)?|nombre(?: y apellidos)?|name|a nombre de|a favor de"
    r"|arrendador[a]?|arrendatari[oa]|landlord|tenant|employee|trabajador[a]?|paciente|patient|titular"
    r"|attn|contact[oa]?|presidente|gerente|director[a]?|empleado|empleada|heredero|between|entre"
    r"|represented by|representad[oa] por)"
    rf"\s*[:,]?\s+)(?P<name>{_PERSON})"
)
_RUN: Final = re.compile(rf"(?<![\w\u2019'-]){_PERSON}")
_FORM: Final = (
    r"(?:S\. ?L\. ?(?:U\.|P\.)?|S\. ?A\. ?(?:U\.)?|S\. ?Coop\.?|S\.C\.|C\.B\.|SLU?|SAU?|SLP|Ltd\.?|Limited|Inc\.?"
    r"|LLC|LLP|PLC|plc|Corp\.?|Corporation|GmbH|AG|B\.?V\.?|SARL|S\.?p\.?A\.?|S\.A\. de C\.V\.|Foundation"
    r"|Fundación)(?!\w)"
)
_COMPANY: Final = re.compile(
    rf"(?<!\w)(?P<name>{_UP}[\w\u2019'&.-]*(?:[ ](?:{_JOIN}|e |and |& )?(?:{_UP}[\w\u2019'&-]*|&)){{0,6}})"
    rf",?[ ]{_FORM}"
)
_STREET_ES: Final = re.compile(
    rf"(?<!\w)(?i:calle|c/|avda?\.?|avenida|plaza|pza\.?|paseo|pº|camino|ronda|carretera|ctra\.?"
    rf"|travesía|pol[ií]gono|urb\.?|gran vía|rambla|barrio|partida)"
    rf"(?:[ ](?:(?:de la|de los|de las|del|de|la|el|industrial)[ ])*{_UP}[\w ºª'\u2019]{{1,40}}?)?"
    rf"(?:,[ ]?|[ ](?:n[º°.]+ ?)?)\d{{1,4}}\b"
    rf"(?:,? ?(?:\d{{1,2}}[.º°ª]+ ?(?:[A-Z]\b|izquierda|derecha|izda\.?|dcha\.?|centro)?|bajo|piso \d+"
    rf"|escalera \w+|puerta \w+|local \d+))*"
    rf"(?:,?[ ]\d{{5}}[ ]{_UP}[\w\u2019'-]+(?:[ ](?:de |la |del )*{_UP}[\w\u2019'-]+){{0,2}})?"
)
_HOUSE: Final = re.compile(
    rf"(?<!\w)(?:Flat|Apt|Apartment|Unit|Suite|PO Box)\.?[ ]\w{{1,6}}"
    rf"(?:,?[ ](?:The[ ])?{_UP}[\w\u2019']+(?:[ ]{_UP}[\w\u2019']+){{0,3}}){{0,3}}"
)
_STREET_EN: Final = re.compile(
    rf"(?<![\w.,])\d{{1,5}}[A-Za-z]?[ ](?:{_UP}[\w\u2019']+[ ]){{1,4}}"
    rf"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Square|Sq|Way|Place|Pl|Terrace"
    rf"|Close|Crescent|Parkway|Pkwy)\b\.?"
    rf"(?:,[ ](?:Apt|Flat|Suite|Unit)[ ]\w+)?(?:,[ ]{_UP}[\w]+(?:[ ]{_UP}\w+)?)?"
    rf"(?:,?[ ](?:[A-Z]{{2}}[ ]\d{{5}}|[A-Z]{{1,2}}\d\w?[ ]\d[A-Z]{{2}}))?"
)


def names_in(text: str) -> Iterator[Find]:
    """People, companies, addresses and places; they may overlap."""
    for pattern in (_STREET_ES, _STREET_EN, _HOUSE):
        for match in pattern.finditer(text):
            yield Find("address", match[0], match.start(), match.end(), 0.9, "street-words")
    for match in _COMPANY.finditer(text):
        start = match.start() + _code_before(match[0])
        yield Find("organization", text[start : match.end()], start, match.end(), 0.92, "legal-form")
    yield from _people(text)
    for match in _places().finditer(text):
        yield Find("place", match[0], match.start(), match.end(), 0.6, "list")


def _code_before(name: str) -> int:
    """How much of a name is a code that the company is said of: *F-2026-118 de Talleres Ibáñez S.L.*."""
    code, _, rest = name.partition(" ")
    joined = _JOINED.match(rest) if any(letter.isdigit() for letter in code) else None
    return len(code) + 1 + joined.end() if joined else 0


def _people(text: str) -> Iterator[Find]:
    for match in _TITLE.finditer(text):
        yield from _person(match["name"], match.start("name"), 0.93, "title")
    for match in _CUE.finditer(text):
        yield from _person(match["name"], match.start("name"), 0.8, "cue")
    for match in _RUN.finditer(text):
        parts = match[0].split()
        place = next((n for n, part in enumerate(parts[:-1]) if _is_first_name(part)), None)
        if place is not None:
            start = match.start() + len(" ".join(parts[:place])) + (place > 0)
            yield from _person(text[start : match.end()], start, 0.88, "first-name")


def _person(name: str, start: int, sure: float, method: str) -> Iterator[Find]:
    """One name, unless it begins with a word of greeting or of an office."""
    parts = name.split()
    while parts and fold(parts[-1].rstrip(".")) in words("no_name"):
        parts.pop()
    kept = name[: len(" ".join(parts))]
    known = words("es_function") | words("en_function") | words("es_office") | words("en_office") | words("no_name")
    if not parts or fold(parts[0]) in known:
        return
    alone = len(parts) == 1
    if alone and (kept.isupper() or method == "cue") and not _is_first_name(kept):
        return
    doubt = 0.1 if kept.isupper() or (alone and method != "title") else 0.0
    yield Find("person", kept, start, start + len(kept), round(sure - doubt, 3), method)


def _is_first_name(word: str) -> bool:
    plain = fold(word)
    return plain in words("first_es") or plain in words("first_en")


@cache
def _places() -> re.Pattern[str]:
    names = "|".join(sorted((re.escape(name) for name in words("place")), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?={_UP})(?i:{names})(?!\w)")
