"""Any field by its labels; its one rule: the type decides what may stand beside a label."""

from collections.abc import Callable, Mapping
from typing import Any

from docchain.features.extraction.confidence import evidence, rivalry
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.identity import Order
from docchain.features.extraction.identity_papers import read_day
from docchain.features.extraction.invoice import read_currency, whose
from docchain.features.extraction.labels import Label, names_of
from docchain.features.extraction.neighbours import Candidate, Reader, candidates, typed
from docchain.features.extraction.party_fields import read_labelled_id
from docchain.features.extraction.reading import Reading, hits_in
from docchain.features.extraction.results import Value, money, value_of
from docchain.features.extraction.spans import Amount, Found, Hit
from docchain.features.extraction.tax_ids import proved_by_label

LONGEST_TEXT = 12
CARD_DAYS = frozenset({"birth_date", "expiry_date"})
"""Dates of cards: of any year, and with blanks only between their parts."""


def labels_of(name: str, spec: FieldSpec) -> list[str]:
    """What may stand beside a field's value."""
    return spec.labels or [name.replace("_", " "), *names_of(name)]


def find_labelled(
    reading: Reading,
    name: str,
    spec: FieldSpec,
    order: Order,
    currency: str | None,
    captions: frozenset[str] = frozenset(),
) -> Value | None:
    """The best value that stands beside one of the field's labels; a row of `captions` (folded labels) has none."""
    known = {
        fold(label): (Label(label.removeprefix("="), name, 1.0, alone=label.startswith("="), language=""),)
        for label in labels_of(name, spec)
        if fold(label)
    }
    hits = [hit for row in reading.layout.rows for hit in hits_in(row, known)]
    reader = _no_caption(reader_of(name, spec), captions)
    found = [item for hit in hits[:200] for item in _first(candidates(_around(reading, hit), hit, name, reader))]
    if not found:
        return None
    values: dict[str, tuple[float, Candidate]] = {}
    for item in found:
        key = str(json_of(item, spec, order, currency))
        values[key] = max(values.get(key, (0.0, item)), (item.score, item), key=lambda pair: pair[0])
    ranked = sorted(values.values(), key=lambda pair: -pair[0])
    score, best = ranked[0]
    value = json_of(best, spec, order, currency)
    if value is None:
        return None
    sure = evidence(0.94 * score, 0.6 if _proved(spec, best) else 0.0) * rivalry(
        score, [other for other, _ in ranked[1:]]
    )
    if spec.type == "money":
        sure *= whose(reading, value["currency"], best.found.text)
    return value_of(value, [best.found], sure * _doubt(spec, best, order), best.method)


def _card_day(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    return read_day(reading, row, start, end) or typed("date")(reading, row, start, end)


def reader_of(name: str, spec: FieldSpec) -> Reader:
    """What finds values of a field's type in a row."""
    return _card_day if name in CARD_DAYS else READERS.get(spec.type) or _enum_reader(spec.values)


def _no_caption(reader: Reader, captions: frozenset[str]) -> Reader:
    """The reader without texts that are labels themselves, as in “Passport No.   Surname” over a row of values."""

    def read(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
        found = reader(reading, row, start, end)
        named = start > 0 and row.tokens[start - 1].text.endswith(":")
        return [
            item
            for item in found
            if item.kind != "text"
            or (named and not row.tokens[item.end - 1].text.endswith(":"))
            or not _is_caption(row, item.start, item.end, captions)
        ]

    return read


def _is_caption(row: Row, start: int, end: int, captions: frozenset[str]) -> bool:
    """Whether these words are labels and nothing else."""
    key = ""
    for at in range(start, end):
        key += row.tokens[at].norm
        if key in captions and (at + 1 == end or _is_caption(row, at + 1, end, captions)):
            return True
    return False


def _first(found: list[Candidate]) -> list[Candidate]:
    return found[:1]


def _around(reading: Reading, hit: Hit) -> Reading:
    """The reading without built-in labels that this one covers or that only begin its words."""
    hits = [other for other in reading.hits.get(hit.row.index, ()) if other.start >= hit.end or other.end <= hit.start]
    return Reading(reading.layout, {**reading.hits, hit.row.index: hits}, reading.found, reading.decimal)


def json_of(item: Candidate | Found, spec: FieldSpec, order: Order, currency: str | None) -> Any:
    """A found value as JSON; None where it is none of the field's type."""
    value = item.value
    if spec.type == "money":
        return money(value.number, value.currency or currency)
    if spec.type == "number":
        return float(value.number)
    if spec.type == "integer":
        return int(value.number) if value.number == value.number.to_integral_value() else None
    if spec.type == "date" and not isinstance(value, str):
        day = value.resolve(order.name)
        return day.isoformat() if day else None
    return value


def _proved(spec: FieldSpec, item: Candidate) -> bool:
    return spec.type == "iban" or (spec.type == "tax_id" and proved_by_label(item.found.text) is not None)


def _doubt(spec: FieldSpec, item: Candidate, order: Order) -> float:
    if spec.type == "date" and not isinstance(item.value, str) and item.value.ambiguous:
        return order.sure
    return 0.9 if spec.type == "text" else 1.0


def _numbers(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    found = [item for item in reading.found.get(row.index, ()) if start < item.end and item.start < end]
    money_like = [item for item in found if item.kind == "money"]
    shares = [
        Found(row, item.start, item.end, "money", Amount(item.value, None, strong=False))
        for item in found
        if item.kind == "percent" and not money_like
    ]
    return money_like + shares


def _text(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    """The words of the first cell in the range."""
    del reading
    while start < end and not row.tokens[start].norm:
        start += 1
    if start >= end:
        return []
    stop = min(row.cell_at(start)[1], end, start + LONGEST_TEXT)
    return [Found(row, start, stop, "text", row.text(start, stop).strip(" :;,"))]


def _enum_reader(values: list[str]) -> Reader:
    folded = {fold(value): value for value in values}

    def read(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
        del reading
        for first in range(start, min(end, start + 4)):
            for last in range(min(end, first + 5), first, -1):
                value = folded.get("".join(token.norm for token in row.tokens[first:last]))
                if value:
                    return [Found(row, first, last, "enum", value)]
        return []

    return read


READERS: Mapping[str, Callable[[Reading, Row, int, int], list[Found]]] = {
    "text": _text,
    "number": _numbers,
    "integer": _numbers,
    "money": typed("money"),
    "date": typed("date"),
    "iban": typed("iban"),
    "tax_id": read_labelled_id,
    "currency": read_currency,
}
