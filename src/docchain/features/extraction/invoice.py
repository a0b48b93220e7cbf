"""The invoice preset; its one rule: read the page once, then let each field's reader decide."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from docchain.features.extraction import amounts
from docchain.features.extraction.confidence import evidence
from docchain.features.extraction.geometry import Row
from docchain.features.extraction.identity import date_order, find_dates, find_number, reads_english
from docchain.features.extraction.labels import words
from docchain.features.extraction.line_table import Line, LineTable, plain_number
from docchain.features.extraction.lines import find_lines
from docchain.features.extraction.neighbours import candidates
from docchain.features.extraction.party_fields import find_parties
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, money, value_of
from docchain.features.extraction.spans import Found, Span
from docchain.features.extraction.summary import Claims, collect
from docchain.features.extraction.tax_ids import proved_by_label
from docchain.features.extraction.totals import CENT, LABELLED, Totals, before_payments, confidences, solve

CLEAR = 0.8
WHOSE_DOLLAR = 0.7
"""How sure a bare “$” is on a paper that is not English: a dozen countries write it for their own money."""


def read_invoice(reading: Reading, hints: Mapping[str, Any]) -> tuple[dict[str, Value], frozenset[str]]:
    """Every invoice field that this document shows, and the names of those whose arithmetic is right."""
    table = find_lines(reading)
    fields = find_parties(reading, table)
    currency = find_currency(reading, fields)
    if currency:
        fields["currency"] = currency
    number = find_number(reading, table)
    if number:
        fields["number"] = number
    order = date_order(reading, currency.value if currency else None, hints.get("date_order"))
    fields |= find_dates(reading, order, table)
    claims = before_payments(collect(reading, table))
    rates = _tax_rates(reading, table)
    printed = [found.value for found in reading.all("percent")]
    totals = solve(claims, [*printed, sum(rates, Decimal(0))], table.total)
    sure = confidences(totals, claims, table.total, rates)
    fields |= _totals(totals, sure, currency.value if currency else None)
    lines = _lines(reading, table, totals, currency.value if currency else None)
    if lines:
        fields["lines"] = lines
    proved = {"total": totals.adds_up, "lines": _adds_up(table, claims)}
    return fields, frozenset(name for name, right in proved.items() if right)


def _adds_up(table: LineTable, claims: Claims) -> bool:
    """Whether the lines make an amount that some label calls net, gross or total."""
    known = [claim.amount for role in ("net", "total") for claim in claims[role] if claim.score > LABELLED]
    return table.total is not None and any(abs(table.total - amount) <= CENT for amount in known)


def _tax_rates(reading: Reading, table: LineTable) -> list[Decimal]:
    """The rates printed beside the tax."""
    rows = {hit.row.index for hit in reading.labelled("tax") if not table.covers(hit)}
    return [found.value for found in reading.all("percent") if found.row.index in rows and found.value]


def _totals(totals: Totals, sure: Mapping[str, float], currency: str | None) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for role, claim in (("net", totals.net), ("tax", totals.tax), ("total", totals.total)):
        if claim:
            method = f"{claim.method}; net, tax and total agree" if totals.adds_up and totals.taxed else claim.method
            value = money(claim.amount, _settled(claim.currency, currency))
            fields[role] = value_of(value, claim.parts, sure[role], method)
    return fields


def _lines(reading: Reading, table: LineTable, totals: Totals, currency: str | None) -> Value | None:
    if not table.lines:
        return None
    value = [_line(line, currency) for line in table.lines]
    known = {claim.amount for claim in (totals.net, totals.total) if claim}
    agrees = table.total is not None and any(abs(table.total - amount) <= CENT for amount in known)
    proved = sum(line.proved for line in table.lines) / len(table.lines)
    sure = evidence(0.4 if table.headed else 0.3, 0.5 * proved, 0.8 if agrees else 0.0)
    rows = {row.index: row for row in reading.layout.rows}
    spans = [Span(rows[line.row], 0, len(rows[line.row].tokens)) for line in table.lines]
    result = value_of(value, spans, sure, "rows of the line table")
    result.text = "\n".join(line.description for line in table.lines)
    return result


def _settled(printed: str | None, document: str | None) -> str | None:
    """“$” is the dollar or peso that the document means."""
    return document if printed == "USD" and document in amounts.DOLLARS else printed or document


def _line(line: Line, currency: str | None) -> dict[str, Any]:
    code = _settled(line.currency, currency)
    return {
        "description": line.description,
        "quantity": None if line.quantity is None else plain_number(line.quantity),
        "unit_price": None if line.unit_price is None else money(line.unit_price, code),
        "amount": None if line.amount is None else money(line.amount, code),
    }


def find_currency(reading: Reading, parties: Mapping[str, Value]) -> Value | None:
    """The currency most amounts are printed in; a code after its own label settles it."""
    for hit in reading.labelled("currency"):
        for item in candidates(reading, hit, "currency", read_currency)[:1]:
            return value_of(item.value, [item.found], 0.97, item.method)
    votes: Counter[str] = Counter()
    first: dict[str, Found] = {}
    seen = [found for row in reading.layout.rows for found in _currencies(reading, row)]
    for found in seen:
        votes[found.value] += 1
        first.setdefault(found.value, found)
    if not votes:
        return _currency_of_country(parties)
    dollar = next((code for code in votes if code in amounts.DOLLARS), _dollar_country(reading))
    spelled_out = any("US" in found.text.upper() for found in seen if found.value == "USD")
    if votes["USD"] and dollar and not spelled_out:
        votes[dollar] += votes.pop("USD")
        first.setdefault(dollar, first["USD"])
    code, count = votes.most_common(1)[0]
    share = count / votes.total()
    sure = evidence(0.88 * share, 0.2 * min(count, 4)) * (1 if share > CLEAR else 0.75)
    if code == "USD" and not spelled_out and not reads_english(reading):
        sure = min(sure, WHOSE_DOLLAR)
    return value_of(code, [first[code]], sure, "the currency of the amounts")


def whose(reading: Reading, code: str | None, text: str) -> float:
    """How sure an amount's currency is: a bare “$” on a paper that is not English is anybody's dollar or peso."""
    bare = code == "USD" and "US" not in text.upper()
    return WHOSE_DOLLAR if bare and not reads_english(reading) else 1.0


def _currencies(reading: Reading, row: Row) -> list[Found]:
    with_money = [
        Found(row, item.start, item.end, "currency", item.value.currency)
        for item in reading.in_row(row, "money")
        if item.value.currency
    ]
    taken = {index for item in with_money for index in range(item.start, item.end)}
    codes = [
        Found(row, index, index + 1, "currency", code)
        for index, token in enumerate(row.tokens)
        if index not in taken and (code := _bare_code(token.text))
    ]
    return with_money + codes


def _bare_code(text: str) -> str | None:
    plain = text.strip("()[].,:;*/")
    if plain in amounts.CODES or plain in {"€", "£", "$", "US$", "euros", "Euro", "Euros", "EUROS", "Dollars"}:
        return amounts.currency_of(plain)
    return None


def _dollar_country(reading: Reading) -> str | None:
    """Whose dollar or peso “$” means, by the tax ids on the paper."""
    for found in reading.all("tax_id"):
        country = proved_by_label(str(found.value))
        if country in amounts.AMBIGUOUS_DOLLAR:
            return amounts.AMBIGUOUS_DOLLAR[country]
    return None


def _currency_of_country(parties: Mapping[str, Value]) -> Value | None:
    seller = parties.get("seller_tax_id") or parties.get("buyer_tax_id")
    country = proved_by_label(seller.value) if seller else None
    code = (
        "EUR"
        if (country or "").lower() in words("euro")
        else {"GB": "GBP", "CH": "CHF", "US": "USD", "MX": "MXN"}.get(country or "")
    )
    if seller is None or code is None:
        return None
    return Value(code, seller.text, 0.6, seller.page, seller.box, "the currency of the tax id's country")


def read_currency(reading: Reading, row: Row, start: int, end: int) -> list[Found]:
    """A currency's code, symbol or name where the range begins."""
    del reading
    stop = min(end, start + 3)
    codes = ((index, amounts.currency_of(row.tokens[index].text)) for index in range(start, stop))
    return [Found(row, index, index + 1, "currency", code) for index, code in codes if code][:1]
