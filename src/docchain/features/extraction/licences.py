"""Driving licences whose fields are numbered (EU, UK, USA); its one rule: a number counts only in a run of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.identity_papers import read_day
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, value_of
from docchain.features.extraction.spans import Span

_MARK: Final = re.compile(r"([1-9]|1[0-9])([a-d]?)\.?")
_FIELDS: Final = {"1": "surnames", "2": "given_names", "3": "birth_date", "4b": "expiry_date", "5": "document_number"}
_NAMES: Final = frozenset({"surnames", "given_names"})
_LEAST: Final = 3
_SURE, _FIRST = 0.88, 5
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "mx", "sr", "sra", "d", "dna"})
_CAPTIONS: Final = frozenset({"dob", "exp", "ln", "fn", "iss", "dl", "dln", "lic", "no", "sex", "name"})
_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9\-/]{4,24}")
_TITLE: Final = re.compile(
    r"driv(?:ing|er)s?licen[cs]e|permisodeconduc|permisoconducir|licencia(?:nacional)?deconduc|licenciaparaconducir|carnetdeconducir"
    r"|permisdeconduire|fuhrerschein|patentediguida|cartadeconducao|rijbewijs|licenciaconducir"
)


@dataclass(frozen=True, slots=True)
class _Marked:
    """What follows a field's number on its row."""

    mark: str
    span: Span


def with_numbers(reading: Reading, fields: Mapping[str, Value]) -> dict[str, Value]:
    """The labelled fields, and those that only their number on a licence names."""
    known_fields = {name: value for name, value in fields.items() if name not in _NAMES or _is_named(value)}
    if not any(_TITLE.search(fold(row.text(0, len(row.tokens)))) for row in reading.layout.rows):
        return known_fields
    marked: dict[str, _Marked] = {}
    for found in (item for row in reading.layout.rows for item in _marked(row)):
        marked.setdefault(found.mark, found)
    known = {mark for mark in marked if mark in _FIELDS}
    if len(known) < _LEAST:
        return known_fields
    numbered = {_FIELDS[mark]: value for mark in sorted(known) if (value := _value(reading, marked[mark]))}
    american = marked.get("4d")
    if "document_number" not in numbered and american and (value := _value(reading, american)):
        numbered["document_number"] = value
    return {
        **known_fields,
        **{name: value for name, value in numbered.items() if not _surer(known_fields.get(name), value)},
    }


def _is_named(value: Value) -> bool:
    """Names begin with a capital and have no digits: “y apellidos” is a piece of a label."""
    text = str(value.value)
    return text[:1].isupper() and not any(map(str.isdigit, text))


def _surer(labelled: Value | None, numbered: Value) -> bool:
    return labelled is not None and labelled.confidence > numbered.confidence


def _marked(row: Row) -> Iterator[_Marked]:
    """Numbers that begin a row or a cell, each with what stands up to the next one."""
    places = [at for at, token in enumerate(row.tokens) if _begins(row, at) and _MARK.fullmatch(token.text)]
    for at, end in zip(places, [*places[1:], len(row.tokens)], strict=False):
        start = at + 1
        while start < end and row.tokens[start].norm in _CAPTIONS | _TITLES:
            start += 1
        if start < end:
            yield _Marked(row.tokens[at].text.rstrip("."), Span(row, start, end))


def _begins(row: Row, at: int) -> bool:
    dotted = row.tokens[at].text.endswith(".") or row.tokens[at].text[-1:].isalpha()
    return at == 0 or row.cell_at(at)[0] == at or dotted


def _value(reading: Reading, marked: _Marked) -> Value | None:
    row, start, end = marked.span.row, marked.span.start, min(marked.span.end, row_end(marked.span))
    name = _FIELDS.get(marked.mark, "document_number")
    method = f"field {marked.mark} of a driving licence"
    if name.endswith("_date"):
        days = read_day(reading, row, start, marked.span.end)
        return value_of(days[0].value, days, _SURE, method) if days else None
    text = row.text(start, end).strip(" .,;:")
    if name == "document_number":
        first = row.tokens[start].text.strip(".,;:")
        good = _ID.fullmatch(first) and any(map(str.isdigit, first))
        return value_of(first, [Span(row, start, start + 1)], _SURE, method) if good else None
    if not text or any(map(str.isdigit, text)) or end - start > _FIRST:
        return None
    return value_of(text, [Span(row, start, end)], _SURE, method)


def row_end(span: Span) -> int:
    """Where the cell ends in which a span begins."""
    return span.row.cell_at(span.start)[1]
