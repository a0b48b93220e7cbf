"""What the name of a person or company looks like; its one rule: addresses, titles and remarks are none."""

import re
from collections.abc import Sequence
from itertools import pairwise

from docchain.features.extraction.geometry import DASHES, Row, Token, fold
from docchain.features.extraction.labels import words
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.spans import Span

LONG = 6
MOST_WORDS, LEAST_LETTERS, SHORT_LINE = 10, 3, 4
POSTCODE_DIGITS = frozenset({4, 5, 6})
AFTER_NAME = frozenset({"tax_id", "phone", "address", "registry", "iban"})
_CUT = re.compile(rf"^[{DASHES}|·•,/;]$")
_CONTACT = re.compile(r"@|www\.|https?:", re.IGNORECASE)


def name_in(reading: Reading, row: Row, start: int, end: int) -> Span | None:
    """The name in these tokens, without the address or ids printed after it."""
    start = _begin(row, start, end)
    stop = start
    while stop < end and not _breaks(reading, row, start, stop):
        stop += 1
    if stop - start > LONG:
        stop = next((i + 1 for i in range(start + 1, start + LONG) if is_legal(row.tokens[i].norm)), stop)
    good = stop > start and is_name(row, start, stop) and not _is_label(reading, row, start, stop)
    return Span(row, start, stop) if good else None


def _is_label(reading: Reading, row: Row, start: int, stop: int) -> bool:
    """Whether a label begins here and a colon or number goes on."""
    hit = next((hit for hit in reading.hits.get(row.index, ()) if hit.start == start), None)
    if hit is None:
        return False
    return hit.end >= stop or hit.text.endswith(":") or not row.tokens[hit.end].text[:1].isalpha()


def _begin(row: Row, start: int, end: int) -> int:
    """Where the name begins after bullets, greetings and “Attn:” before a company."""
    while start < end and (not row.tokens[start].norm or row.tokens[start].norm in words("greeting")):
        start += 1
    if start + 1 < end and row.tokens[start].norm in words("attention") and has_legal_form(Span(row, start + 1, end)):
        return start + 1
    return start


def _breaks(reading: Reading, row: Row, start: int, position: int) -> bool:
    token = row.tokens[position]
    if position > start and (
        _CUT.match(token.text) or token.text.startswith("(") or row.cell_at(position)[0] == position
    ):
        return True
    if any(
        item.start == position and item.kind in {"tax_id", "iban", "date"} for item in reading.found.get(row.index, ())
    ):
        return True
    labels = (hit for hit in reading.hits.get(row.index, ()) if hit.start == position and position > start)
    return any(hit.roles & AFTER_NAME and _introduces(row, hit.end) for hit in labels)


def _introduces(row: Row, position: int) -> bool:
    """Whether a label before this word has something to announce, unlike “Web” in “Amber Web Services”."""
    if row.tokens[position - 1].text.endswith(":"):
        return True
    following = row.tokens[position].text if position < len(row.tokens) else ""
    return any(map(str.isdigit, following)) or bool(_CONTACT.search(following))


def is_name(row: Row, start: int, end: int) -> bool:
    tokens = row.tokens[start:end]
    text = " ".join(token.text for token in tokens)
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if letters < LEAST_LETTERS or digits > letters or len(tokens) > MOST_WORDS or _CONTACT.search(text):
        return False
    if text.startswith(("(", "*")) or (tokens[-1].text.isdigit() and len(tokens) < SHORT_LINE):
        return False
    if tokens[0].norm in words("street") or tokens[0].text.lower() in words("street") or fold(text) in words("title"):
        return False
    if any(is_legal(token.norm) for token in tokens[1:]):
        return True
    return not tokens[0].text[0].isdigit() and not _is_prose(tokens) and not any(map(_is_postcode, tokens))


def _is_postcode(token: Token) -> bool:
    return token.norm.isdigit() and len(token.norm) in POSTCODE_DIGITS


def _is_prose(tokens: Sequence[Token]) -> bool:
    """Mostly small letters: a sentence or slogan."""
    long = [token.text for token in tokens if len(token.norm) > LEAST_LETTERS]
    return len(tokens) > SHORT_LINE - 1 and sum(not text[0].isupper() for text in long) * 2 > len(long)


def is_legal(norm: str) -> bool:
    return norm in words("legal")


def has_legal_form(span: Span) -> bool:
    norms = [token.norm for token in span.row.tokens[span.start : span.end]]
    return any(is_legal(norm) for norm in norms[1:]) or any(
        len(left) == len(right) == 1 and is_legal(left + right) for left, right in pairwise(norms[1:])
    )


def clean(text: str) -> str:
    return text.strip(" ,;:|·" + DASHES)
