"""What a model says a paper says, held against its words; its one rule: what stands nowhere is never believed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Final

from docchain.features.documents import ParsedDocument
from docchain.features.extraction import geometry, reading, tax_ids
from docchain.features.extraction.amounts import currency_of, parse_money
from docchain.features.extraction.dates import parse_date
from docchain.features.extraction.faults import check
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.geometry import Row, Token, fold
from docchain.features.extraction.identity import Order, date_order
from docchain.features.extraction.identity_papers import read_day
from docchain.features.extraction.results import Extraction, Fault, Value, money, value_of
from docchain.features.extraction.schema import parse_schema, specs
from docchain.features.extraction.spans import Span

HERE, ELSEWHERE, NEARLY, NOWHERE = 0.93, 0.86, 0.75, 0.3
PROVED: Final = 0.97
NEAR: Final = 0.9
_METHODS: Final = {HERE: "model, found on its page", ELSEWHERE: "model, found", NEARLY: "model, found nearly"}
_LONGEST: Final = 60
_SHAPED: Final = frozenset({"money", "number", "integer", "date"})
"""Types whose values are no texts: what is none of them is not told as one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A model's answer for one field: its value, the words it read it from, and their page."""

    value: Any
    quote: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document read to look values up in."""

    read: reading.Reading
    order: Order
    tokens: Mapping[int, Sequence[tuple[Row, int, Token]]]


def ground(
    document: ParsedDocument, schema: str | Mapping[str, Any], said: Mapping[str, Said], today: date | None = None
) -> Extraction:
    """The values that were said, typed, each with the words that say the same, if any do."""
    wanted = specs(parse_schema(schema))
    paper = paper_of(reading.read(geometry.build(document, (len(document.pages), 0))))
    fields = {
        name: found
        for name, spec in wanted.items()
        if name in said and (found := _field(paper, spec, said[name])) is not None
    }
    missing = {name: _why(spec, said.get(name)) for name, spec in wanted.items() if name not in fields}
    faults = check(fields, wanted, (), today)
    faults += [
        Fault(name, "not_on_page", f"“{value.text[:80]}” stands nowhere in the document. Compare it.", "warning")
        for name, value in fields.items()
        if not value.grounded
    ]
    return Extraction(fields, missing, faults)


def paper_of(page: reading.Reading) -> Paper:
    """What was read, by page."""
    tokens: dict[int, list[tuple[Row, int, Token]]] = {}
    for row in page.layout.rows:
        tokens.setdefault(row.page, []).extend((row, at, token) for at, token in enumerate(row.tokens) if token.norm)
    return Paper(page, date_order(page, None), tokens)


def _field(paper: Paper, spec: FieldSpec, said: Said) -> Value | None:
    if said.value in (None, "", []):
        return None
    if spec.type == "lines":
        return _lines(paper, said)
    value = typed(spec, said.value, paper.order.name)
    if value is None and spec.type in _SHAPED:
        return None
    found = list(standing(paper, spec, value)) if value is not None else []
    if not found:
        return _nowhere(said.value if value is None else value, said)
    quote = fold(said.quote)
    spans, likeness = max(found, key=lambda item: _fit(item[0], item[1], said.page, quote))
    sure = NEARLY if likeness < 1 else HERE if said.page in (None, spans[0].row.page) else ELSEWHERE
    method = _METHODS[sure]
    if spec.type == "iban" or (spec.type == "tax_id" and tax_ids.proved_by_label(str(value)) is not None):
        sure = PROVED
    if spec.type == "money" and value["currency"] is None:
        value = money(Decimal(value["amount"]), _currency(paper, spans))
    result = value_of(value, spans, sure, method)
    result.text = " ".join(span.text for span in spans)
    return result


def _why(spec: FieldSpec, said: Said | None) -> str:
    if said is None or said.value in (None, "", []):
        return "the model found nothing"
    return f"what the model said is no {spec.type}"


def _nowhere(value: Any, said: Said) -> Value:
    text = said.quote or str(said.value)
    return Value(value, text[:400], NOWHERE, None, None, "model, not found in the document", grounded=False)


def typed(spec: FieldSpec, value: Any, order: str = "dmy") -> Any:
    """The value as its type says it; None where it is none of that type."""
    text = str(value).strip()
    match spec.type:
        case "money":
            return _money(value)
        case "number" | "integer":
            found = parse_money(text)
            return None if found is None else int(found[0]) if spec.type == "integer" else float(found[0])
        case "date":
            return _iso(text, order)
        case "iban":
            return tax_ids.compact(text) if tax_ids.is_iban(text) else None
        case "tax_id":
            return tax_ids.shown(text) or None
        case "currency":
            return currency_of(text)
        case "enum":
            return next((known for known in spec.values if fold(known) == fold(text)), None)
        case _:
            return text


def _money(value: Any) -> dict[str, str | None] | None:
    if isinstance(value, Mapping):
        found, own = parse_money(str(value.get("amount") or "")), currency_of(str(value.get("currency") or ""))
        return money(found[0], own or found[1]) if found else None
    found = parse_money(str(value).strip(), "." if isinstance(value, float) else None)
    return money(*found) if found else None


def _iso(text: str, order: str) -> str | None:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        found = parse_date(text, order)
        return found.isoformat() if found else None


def standing(paper: Paper, spec: FieldSpec, value: Any) -> Iterator[tuple[list[Span], float]]:
    """Everywhere the paper says this value."""
    if spec.type in {"money", "number", "integer", "date"}:
        yield from (([span], 1.0) for span in _equal(paper, spec, value))
    elif spec.type == "currency":
        for row in paper.read.layout.rows:
            yield from (([Span(row, at, at + 1)], 1.0) for at, token in enumerate(row.tokens) if _means(token, value))
    else:
        exact = [spans for tokens in paper.tokens.values() for spans in _same(tokens, fold(str(value)))]
        yield from ((spans, 1.0) for spans in exact)
        if not exact and spec.type == "text":
            yield from (near for tokens in paper.tokens.values() if (near := _nearly(tokens, str(value))))


def _means(token: Token, currency: str) -> bool:
    plain = token.text.strip("0123456789.,()-+")
    return bool(plain) and currency_of(plain) == currency


def _equal(paper: Paper, spec: FieldSpec, value: Any) -> Iterator[Span]:
    """Values of a type that were read on the pages, and mean the same."""
    if spec.type == "date":
        yield from (item for item in paper.read.all("date") if _is_day(item.value.resolve(paper.order.name), value))
        for row in paper.read.layout.rows:
            for at in range(len(row.tokens)):
                yield from (item for item in read_day(paper.read, row, at, len(row.tokens)) if item.value == value)
        return
    number = Decimal(value["amount"]) if spec.type == "money" else Decimal(str(value))
    yield from (item for item in paper.read.all("money") if item.value.number == number)
    if spec.type != "money":
        yield from (item for item in paper.read.all("percent") if item.value == number)


def _is_day(found: date | None, value: str) -> bool:
    return found is not None and found.isoformat() == value


def _same(tokens: Sequence[tuple[Row, int, Token]], wanted: str) -> Iterator[list[Span]]:
    """Tokens that follow each other and spell the value, whatever its punctuation."""
    if not wanted:
        return
    for first, (_, _, token) in enumerate(tokens):
        if not wanted.startswith(token.norm):
            continue
        spelled, last = "", first
        while last < len(tokens) and len(spelled) < len(wanted) and wanted.startswith(spelled):
            spelled += tokens[last][2].norm
            last += 1
        if spelled == wanted:
            yield _spans(tokens[first:last])


def _nearly(tokens: Sequence[tuple[Row, int, Token]], value: str) -> tuple[list[Span], float] | None:
    """The words most like the value, at least nine tenths; digits must be right."""
    words = [fold(word) for word in value.split() if fold(word)][:_LONGEST]
    wanted = " ".join(words)
    if len(wanted) < 4 or any(map(str.isdigit, wanted)):  # noqa: PLR2004 - nothing short is nearly the same
        return None
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    best, place = 0.0, 0
    for first in range(len(tokens) - len(words) + 1):
        matcher.set_seq1(" ".join(token.norm for _, _, token in tokens[first : first + len(words)]))
        if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() > best:
            best, place = matcher.ratio(), first
    return (_spans(tokens[place : place + len(words)]), min(best, 0.99)) if best >= NEAR else None


def _spans(tokens: Sequence[tuple[Row, int, Token]]) -> list[Span]:
    grouped = [list(group) for _, group in groupby(tokens, key=lambda item: item[0].index)]
    return [Span(group[0][0], group[0][1], group[-1][1] + 1) for group in grouped]


def _fit(spans: Sequence[Span], likeness: float, page: int | None, quote: str) -> tuple[float, bool, float]:
    row = fold(spans[0].row.text(0, len(spans[0].row.tokens)))
    near = 1.0 if quote and (quote in row or row in quote) else 0.0
    return likeness, page in (None, spans[0].row.page), near


def _currency(paper: Paper, spans: Sequence[Span]) -> str | None:
    span = spans[0]
    own = next((item.value.currency for item in paper.read.in_row(span.row, "money") if item.start == span.start), None)
    every = [item.value.currency for item in paper.read.all("money") if item.value.currency]
    return own or (max(set(every), key=every.count) if every else None)


def _lines(paper: Paper, said: Said) -> Value | None:
    """Rows as they were said; each must be named on the paper."""
    rows = [row for row in said.value if isinstance(row, Mapping)] if isinstance(said.value, list) else []
    if not rows:
        return None
    value = [_line(row) for row in rows]
    text = FieldSpec(type="text")
    places: list[Span] = []
    for row in value:
        name = row.get("description") or next((cell for cell in row.values() if isinstance(cell, str)), "")
        found = list(standing(paper, text, name)) if name else []
        if not found:
            return _nowhere(value, said)
        places += max(found, key=lambda item: _fit(item[0], item[1], said.page, ""))[0]
    return value_of(value, places, HERE, "model, every row found")


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: _money(row[name]) for name in ("unit_price", "amount") if row.get(name) not in (None, "")}
    return {**row, **known}
