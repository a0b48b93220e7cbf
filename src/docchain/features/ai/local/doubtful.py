"""What might be a name or a number of somebody; its one rule: rather too much than too little.

Method: every word with a capital (or of a script without any) that no list of common words knows, with words beside
it; common ones with a capital within a sentence; without capitals first names, usual surnames, streets with a number;
what follows a label of a name; codes of letters and digits; numbers of five digits or more, and how accounts end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from docchain.features.ai.local.finds import Find, Kind
from docchain.features.ai.local.lists import fold, words

Weight = Literal["strong", "weak", "none"]
_TOKEN: Final = re.compile(r"[^\W_]+(?:['\u2019&-][^\W_]+)*")
_JOINER: Final = "de|del|la|las|los|el|y|e|of|von|van|der|den|da|dos|do|di|du|le|bin|ibn|al"
_JOINERS: Final = frozenset(_JOINER.split("|"))
_JOINED: Final = re.compile(rf"[ \u00a0]|\.[ ]?|[ ]?&[ ]?|[ ](?:(?:{_JOINER})[ ])+")
_BESIDE: Final = re.compile(r"(?:,?[ ]|[ ]n[º°.]+[ ]?)\d{1,4}\b(?![.,/-]?\d|[ ]?[€$£%])(?:[ºª.]* ?[A-Z]\b)?")
_OPENS: Final = re.compile(r"(?:^|[.!?:;…|]\s+|\n\s*|\t|[¿¡\"“«(•*#-]\s*)$")
_WITHIN: Final = re.compile(r"[a-záéíóúñüç][,;]? $")
_PLATE: Final = re.compile(r"\b\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}\b")
_PAIR: Final = re.compile(r"(?:[ ](?:(?:de|del|la|los|y)[ ])*[a-záéíóúñüç]{3,}){1,2}(?![\w@])")
_NUMBER: Final = re.compile(r"(?<![\w.,])\+?\(?\d(?:[ ./()\-\u2013]{0,2}\d){4,}(?![\w]|[.,]\d)")
_SITE: Final = re.compile(
    r"(?<![\w@.])[\w-]{3,}(?:\.[\w-]+)*\.(?:com|org|net|info|biz|eus|cat|gal|example|es|eu|io|co|uk|de|fr|it|pt|mx|ar|cl"
    r"|ie|us)\b(?:/\S*)?"
)
_ENDING: Final = re.compile(
    r"(?i:\b(?:acaba|acabad[ao]|termina|terminad[ao]|ends|ending) (?:en|in) )[*.x ]*(?P<value>\d{3,4})\b"
)
_STREET: Final = re.compile(
    r"\b(?:calle|avda\.?|avenida|plaza|paseo|camino|ronda|carretera)(?: [^\W\d_]{2,}){1,4},? (?:n[º°.]+ ?)?\d{1,4}\b"
    r"|\b\d{1,5}(?: [^\W\d_]{2,}){1,3} (?:street|road|avenue|lane|drive|square|court|terrace)\b"
)
_HANDLE: Final = re.compile(r"(?<![\w.])@\w{3,}")
_LABELLED: Final = re.compile(
    r"(?i:\b(?:nombre(?: y apellidos)?|apellidos?|cliente|paciente|titular|contacto|destinatario|remitente"
    r"|a la atención de|at[en]*ción|inquilin[oa]|arrendatari[oa]|name|surname|customer|client|patient|attn|contact"
    r"|signed|firmado|fdo|bill to|ship to|sold to|tenant|landlord|employee|empleado)\.?[ ]?:[ \t]*)"
    r"(?P<value>[^\n,;:|]{2,60})"
)
_CODE: Final = 3
_LONG_CODE: Final = 4
_ABBREVIATED: Final = 2


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    weight: Weight


def doubtful_in(text: str) -> Iterator[Find]:
    """Names by their capitals, and numbers by their length; they may overlap."""
    weighed = [_Word(match.start(), match.end(), _weight(match[0])) for match in _TOKEN.finditer(text)]
    for run in _runs(text, weighed):
        end = run[-1].end
        beside = _BESIDE.match(text, end)
        end = beside.end() if beside else end
        yield Find("name", text[run[0].start : end], run[0].start, end, 0.4, "capitals")
    for match in _TOKEN.finditer(text):
        if match[0].islower() and fold(match[0]) in _small_names():
            pair = _PAIR.match(text, match.end())
            end = match.end() + _kept(pair[0]) if pair else match.end()
            yield Find("name", text[match.start() : end], match.start(), end, 0.42, "first-name")
    for match in _LABELLED.finditer(text):
        yield Find("name", match["value"], match.start("value"), match.end("value"), 0.41, "label")
    for match in _ENDING.finditer(text):
        yield Find("number", match["value"], match.start("value"), match.end("value"), 0.45, "ending")
    for match in _STREET.finditer(text):
        yield Find("address", match[0], match.start(), match.end(), 0.45, "street-words")
    for pattern, method in ((_NUMBER, "digits"), (_PLATE, "plate"), (_SITE, "site"), (_HANDLE, "handle")):
        kind: Kind = "number" if method in {"digits", "plate"} else "name"
        for match in pattern.finditer(text):
            yield Find(kind, match[0], match.start(), match.end(), 0.45, method)


def _runs(text: str, weighed: list[_Word]) -> Iterator[list[_Word]]:
    """Strong words, and what is joined to them."""
    run: list[_Word] = []
    for word in weighed:
        joined = run and _JOINED.fullmatch(text, run[-1].end, word.start) and not _ended(text, run[-1])
        if not joined or word.weight == "none":
            lower = word.weight == "none" and joined and text[word.start : word.end] in _JOINERS
            if not lower:
                yield from _strong(text, run)
                run = []
        if word.weight != "none":
            run.append(word)
    yield from _strong(text, run)


def _ended(text: str, word: _Word) -> bool:
    """Whether a sentence ends here: what has a full stop and is no abbreviation of a name."""
    return word.end - word.start > _ABBREVIATED and text[word.end : word.end + 1] == "."


def _strong(text: str, run: list[_Word]) -> Iterator[list[_Word]]:
    """The run without a common word that only begins a sentence, where it is strong, or stands within one."""
    if run and run[0].weight == "weak" and _OPENS.search(text[max(0, run[0].start - 6) : run[0].start]):
        run = run[1:] if fold(text[run[0].start : run[0].end]) not in _first_names() else run
    before = text[max(0, run[0].start - 3) : run[0].start] if run else ""
    named = any(word.end - word.start > 1 for word in run) and _WITHIN.search(before)
    if named or any(word.weight == "strong" for word in run):
        yield run


@lru_cache(maxsize=16_384)
def _weight(word: str) -> Weight:
    if not word.isalpha() and any(map(str.isdigit, word)):
        letters = any(map(str.isalpha, word))
        size, digits = sum(map(str.isalnum, word)), sum(map(str.isdigit, word))
        coded = letters and size >= _CODE and (any(map(str.isupper, word)) or digits >= _LONG_CODE)
        return "strong" if coded else "none"
    if word.islower():
        return "none"
    parts = [part for part in re.split(r"['\u2019&-]", fold(word)) if part not in {"", "s"}]
    if len(word) == 1:
        return "weak" if word.isascii() else "strong"
    if all(part in _idle() for part in parts):
        return "weak" if any(part in _first_names() or part in _JOINERS for part in parts) else "none"
    if all(part in _idle() or part in words("common") for part in parts):
        return "none" if word.isupper() else "weak"
    return "strong"


@cache
def _idle() -> frozenset[str]:
    lists = ("es_function", "en_function", "es_office", "en_office", "acronym", "cue_es")
    return frozenset().union(*map(words, lists)) | {"mr", "mrs", "ms", "miss"}


@cache
def _first_names() -> frozenset[str]:
    return words("first_es") | words("first_en")


@cache
def _small_names() -> frozenset[str]:
    """First names and surnames that mean nothing else."""
    names = _first_names() | words("surname_es") | words("surname_en")
    return names - words("also_word") - words("common") - _idle()


def _kept(pair: str) -> int:
    """How much of the words after a first name is none of the usual ones."""
    end = 0
    for match in re.finditer(r"[^\W\d_]+", pair):
        plain = fold(match[0])
        if plain in _JOINERS:
            continue
        if plain in _idle() or plain in words("common"):
            break
        end = match.end()
    return end
