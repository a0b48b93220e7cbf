"""Number and dates of an invoice; its one rule: a value another label claims is nobody else's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docchain.features.extraction.confidence import evidence, rivalry
from docchain.features.extraction.dates import PrintedDate, order_of
from docchain.features.extraction.geometry import DASHES, Row
from docchain.features.extraction.labels import words
from docchain.features.extraction.line_table import LineTable
from docchain.features.extraction.neighbours import Candidate, candidates, typed
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, value_of
from docchain.features.extraction.spans import Found

_PREFIX = re.compile(r"[A-Z]{1,6}[-/.]?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHAPE = re.compile(r"(?:INV|FAC|FRA|FV|FA|RE|RG|F|FT|FC|FACT|R)[-/ ]?(?:\d{4}[-/])?\d{2,10}(?:[-/]\d{1,6})?")
DATE_ROLES = ("date", "due_date", "other_date")
RIVAL_ROLES = ("order_number", "customer_number", "registry", "phone", "iban", "bic")
UNLABELLED = 0.5
LONG_TERM = 190
DAY_FIRST = frozenset({"GBP", "EUR", "AUD", "NZD", "INR", "ZAR", "CHF"})


def read_id(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    """An identifier where the range begins: digits in it, and no date, share, id or money."""
    position = start
    while position < min(end, start + 3) and row.tokens[position].norm in words("id_filler") | {""}:
        position += 1
    if position >= end:
        return []
    first = row.tokens[position]
    cell_end = min(row.cell_at(position)[1], end)
    last = position + 1
    if not _digits(first.text):
        if not (_PREFIX.fullmatch(first.text) and last < cell_end and _digits(row.tokens[last].text)):
            return []
        last += 1
    while last + 1 < cell_end and row.tokens[last].text in {*DASHES, "/"} and _digits(row.tokens[last + 1].text):
        last += 2
    if _taken(reading, row, position, last) or _labelled_otherwise(reading, row, position, last):
        return []
    text = row.text(position, last).strip(" .,;:()#")
    return [Found(row, position, last, "id", text)] if text else []


def _digits(text: str) -> bool:
    return any(map(str.isdigit, text)) and not text.endswith("%")


def _taken(reading: Reading, row: Row, start: int, end: int) -> bool:
    for item in reading.found.get(row.index, ()):
        if item.start < end and start < item.end:
            if item.kind in {"date", "iban", "percent", "tax_id"}:
                return True
            if item.kind == "money" and item.value.currency:
                return True
    return False


def _labelled_otherwise(reading: Reading, row: Row, start: int, end: int) -> bool:
    """Whether these words begin another field's label, as in “CIF B123”."""
    hits = reading.hits.get(row.index, ())
    return any(start <= hit.start < end and "number" not in hit.roles for hit in hits)


def find_number(reading: Reading, table: LineTable) -> Value | None:
    """The invoice's own number."""
    hits = [hit for hit in reading.labelled("number") if not table.covers(hit)]
    found = [item for hit in hits for item in candidates(reading, hit, "number", read_id)]
    rivals = {
        item.value
        for role in RIVAL_ROLES
        for hit in reading.labelled(role)
        for item in candidates(reading, hit, role, read_id)
    }
    scored = [(item, item.score * _number_quality(item.value, rivals)) for item in found]
    if not scored:
        return _unlabelled_number(reading)
    by_value: dict[str, list[tuple[Candidate, float]]] = {}
    for item, score in scored:
        by_value.setdefault(item.value, []).append((item, score))
    groups = sorted(by_value.values(), key=lambda group: -max(score for _, score in group) - 0.03 * len(group))
    item, score = max(groups[0], key=lambda pair: pair[1])
    others = [max(score for _, score in group) for group in groups[1:]]
    repeated = 0.5 if len({candidate.found.row.index for candidate, _ in groups[0]}) > 1 else 0.0
    alone = 0.4 if not others and score > UNLABELLED else 0.0
    shape = 0.2 if _is_shaped(item.value) else 0.0
    sure = evidence(0.94 * min(score, 1.0), repeated, alone, shape) * rivalry(score, others)
    return value_of(item.value, [item.found], sure, item.method)


def _is_shaped(text: str) -> bool:
    """Letters and digits together, or many digits: no count, no page, no day."""
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    return (digits > 2 and letters > 0) or digits > 4 or (digits > 3 and not text.isdigit())  # noqa: PLR2004


def _number_quality(text: str, rivals: set[str]) -> float:
    quality = 0.35 if text in rivals else 1.0
    digits = sum(map(str.isdigit, text))
    if _is_shaped(text):
        quality *= 1.15
    if digits < 3:  # noqa: PLR2004 - a short number may be a count
        quality *= 0.85
    return quality * (0.6 if _YEAR.fullmatch(text) else 1.0)


def _unlabelled_number(reading: Reading) -> Value | None:
    for row in reading.layout.rows:
        for position, token in enumerate(row.tokens):
            if _SHAPE.fullmatch(token.text) and not _taken(reading, row, position, position + 1):
                found = Found(row, position, position + 1, "id", token.text)
                return value_of(token.text, [found], UNLABELLED, "looks like an invoice number")
    return None


@dataclass(frozen=True, slots=True)
class Order:
    """How this document orders day and month, and how sure that is."""

    name: str
    sure: float


def reads_english(reading: Reading) -> bool:
    return (reading.languages().most_common(1) or [("en", 0)])[0][0] == "en"


def date_order(reading: Reading, currency: str | None, hint: str | None = None) -> Order:
    """Day or month first: a date that proves it, else the language and currency of the paper."""
    if hint in {"dmy", "mdy"}:
        return Order(hint, 1.0)
    english = reads_english(reading)
    american = english and currency == "USD"
    name, proved = order_of([item.value for item in reading.all("date")], american=american)
    if proved or not english:
        return Order(name, 1.0)
    return Order(name, 0.9 if american else 0.95 if currency in DAY_FIRST else 0.75)


def find_dates(reading: Reading, order: Order, table: LineTable) -> dict[str, Value]:
    """The invoice date and the due date."""
    claims = {role: list(_claims(reading, role, table)) for role in DATE_ROLES}
    claims["date"] += list(_beside_number(reading))
    best_claim = _best_claims(claims)
    order = _order_by_due(claims, best_claim, order)
    values: dict[str, Value] = {}
    for role in ("date", "due_date"):
        own = [item for item in claims[role] if best_claim[id(item.found)] == role]
        value = _pick(own, order)
        if value:
            values[role] = value
    if "date" not in values:
        loose = _loose_date(reading, set(best_claim), order)
        if loose:
            values["date"] = loose
    _compare(values)
    return values


def _order_by_due(claims: dict[str, list[Candidate]], best: dict[int, str], order: Order) -> Order:
    """Nothing is due before its date: where only one order of day and month allows that, it is proved."""
    pairs = [
        (issued.value, due.value)
        for issued in claims["date"]
        for due in claims["due_date"]
        if best[id(issued.found)] == "date" and best[id(due.found)] == "due_date" and issued.value.ambiguous
    ]
    if order.sure >= 1 or not pairs:
        return order
    fits = {name: all(_in_order(*pair, name) for pair in pairs) for name in ("dmy", "mdy")}
    proved = [name for name, fit in fits.items() if fit]
    return Order(proved[0], 0.97) if len(proved) == 1 else order


def _in_order(issued: PrintedDate, due: PrintedDate, order: str) -> bool:
    first, last = issued.resolve(order), due.resolve(order)
    return first is not None and last is not None and first <= last


def _claims(reading: Reading, role: str, table: LineTable) -> Iterator[Candidate]:
    for hit in reading.labelled(role):
        if table.covers(hit):
            continue
        found = candidates(reading, hit, role, typed("date"))
        yield from found[:1]


def _best_claims(claims: dict[str, list[Candidate]]) -> dict[int, str]:
    """Which role has the best claim to each printed date."""
    best: dict[int, tuple[float, str]] = {}
    for role, items in claims.items():
        for item in items:
            best[id(item.found)] = max(best.get(id(item.found), (0.0, "")), (item.score, role))
    return {key: role for key, (_, role) in best.items()}


def _beside_number(reading: Reading) -> Iterator[Candidate]:
    """“Facture n° 12 du 2 juillet”: the date that follows the number."""
    for hit in reading.labelled("number"):
        for item in reading.in_row(hit.row, "date"):
            if item.start <= hit.end or item.start >= hit.row.cell_at(hit.start)[1]:
                continue
            before = hit.row.tokens[item.start - 1].norm
            if before in words("bridge") and item.start - hit.end < 6:  # noqa: PLR2004 - the number and a bridge
                yield Candidate(item, 0.9 * hit.quality, hit, "after the number")
            break


def _pick(found: Sequence[Candidate], order: Order) -> Value | None:
    by_day: dict[date, list[Candidate]] = {}
    for item in found:
        day = item.value.resolve(order.name)
        if day:
            by_day.setdefault(day, []).append(item)
    if not by_day:
        return None
    groups = sorted(by_day.items(), key=lambda pair: -max(item.score for item in pair[1]) - 0.03 * len(pair[1]))
    day, items = groups[0]
    item = max(items, key=lambda item: item.score)
    others = [max(other.score for other in group) for _, group in groups[1:]]
    repeated = 0.4 if len({other.found.row.index for other in items}) > 1 else 0.0
    alone = 0.4 if not others and item.score > UNLABELLED else 0.0
    sure = evidence(0.96 * item.score, repeated, alone) * rivalry(item.score, others) * _order_doubt(item.value, order)
    return value_of(day.isoformat(), [item.found], sure, item.method)


def _order_doubt(printed: PrintedDate, order: Order) -> float:
    return order.sure if printed.ambiguous else 1.0


def _loose_date(reading: Reading, claimed: set[int], order: Order) -> Value | None:
    """The first date that no label claims."""
    loose = [item for item in reading.all("date") if id(item) not in claimed and item.value.resolve(order.name)]
    if not loose:
        return None
    days = {item.value.resolve(order.name) for item in loose}
    first = loose[0]
    top = (
        first.row.page == 1 and first.row.y0 < 0.5 * reading.layout.sizes[1][1] if 1 in reading.layout.sizes else False
    )
    sure = (0.7 if len(days) == 1 else UNLABELLED) * (1.0 if top else 0.7) * _order_doubt(first.value, order)
    day: Any = first.value.resolve(order.name)
    return value_of(day.isoformat(), [first], sure, "the first date without a label")


def _compare(values: dict[str, Value]) -> None:
    """Due on or after the invoice's date speaks for both, due before it against both."""
    issued, due = values.get("date"), values.get("due_date")
    if issued is None or due is None:
        return
    days = (date.fromisoformat(due.value) - date.fromisoformat(issued.value)).days
    for value in (issued, due):
        agreed = evidence(value.confidence, 0.3 if days <= LONG_TERM else 0.0)
        value.confidence = round(agreed if days >= 0 else value.confidence * 0.6, 3)
