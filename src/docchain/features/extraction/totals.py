"""Which of the printed amounts are net, tax and total; its one rule: the readings that add up win."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from docchain.features.extraction.confidence import evidence, rivalry
from docchain.features.extraction.summary import UNLABELLED, Claim, Claims

CENT = Decimal("0.02")
MOST, MOST_EXTRA = 14, 2
ZERO = Decimal(0)
LABELLED, CONTRADICTED = 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Totals:
    """One reading of the totals; the extras are the printed retention, discount and shipping that it needs."""

    net: Claim | None
    tax: Claim | None
    total: Claim | None
    extras: tuple[Claim, ...] = ()
    adds_up: bool = False
    rate_fits: bool = False
    score: float = 0.0

    @property
    def taxed(self) -> bool:
        return bool(self.tax and self.tax.amount)


def solve(claims: Claims, rates: Sequence[Decimal], lines_total: Decimal | None) -> Totals:
    """The best reading of all claims."""
    readings = [*_balanced(claims, rates), *_tax_included(claims, rates)]
    if readings:
        best = max(readings, key=lambda reading: reading.score + _bonus(reading, lines_total))
        if best.score > 2:  # noqa: PLR2004 - at least one real label besides the arithmetic
            return best
    return _by_labels(claims, lines_total)


def before_payments(claims: Claims) -> Claims:
    """Without what is left to pay after deposits: the total is what the invoice comes to."""
    paid = {abs(claim.amount) for claim in claims["paid"] if claim.amount}
    amounts = {claim.amount for claim in claims["total"] if claim.score > LABELLED}
    left = {total - part for total in amounts for part in paid if total > part}
    return {**claims, "total": [claim for claim in claims["total"] if claim.amount not in left]}


def _bonus(reading: Totals, lines_total: Decimal | None) -> float:
    """A small preference for readings that agree with the lines."""
    amounts = {claim.amount for claim in (reading.net, reading.total) if claim}
    return 0.3 if lines_total is not None and lines_total in amounts else 0.0


def _balanced(claims: Claims, rates: Sequence[Decimal]) -> Iterator[Totals]:
    nets, taxes, totals = (claims[role][:MOST] for role in ("net", "tax", "total"))
    nothing: list[Claim | None] = [None]
    options = [nothing + list(claims[role][:MOST_EXTRA]) for role in ("retention", "discount", "shipping")]
    for total, net in product(totals, nets):
        if total.amount == ZERO or abs(net.amount) > abs(total.amount) * 3:
            continue
        for tax, retention, discount, shipping in product([*taxes, None], *options):
            reading = _reading(total, net, tax, (retention, discount, shipping))
            if reading:
                yield _with_rate(reading, rates)


def _tax_included(claims: Claims, rates: Sequence[Decimal]) -> Iterator[Totals]:
    """The total with the tax that it contains, where no net is printed."""
    for total, tax in product(claims["total"][:MOST], claims["tax"][:MOST]):
        labelled = total.score > LABELLED and tax.score > LABELLED and tax.amount
        if labelled and any(abs(total.amount * rate / (100 + rate) - tax.amount) <= CENT for rate in rates):
            yield Totals(None, tax, total, adds_up=True, rate_fits=True, score=1.5 + total.score + tax.score)


def _reading(total: Claim, net: Claim, tax: Claim | None, extras: tuple[Claim | None, ...]) -> Totals | None:
    retention, discount, shipping = (abs(extra.amount) if extra else ZERO for extra in extras)
    due = net.amount + (tax.amount if tax else ZERO) - retention - discount + shipping
    if abs(due - total.amount) > CENT or (tax and tax.amount and tax.parts == total.parts):
        return None
    used = tuple(extra for extra in extras if extra)
    taxed = bool(tax and tax.amount)
    if net.parts == total.parts and (taxed or used):
        return None
    known = any(claim.score > LABELLED for claim in (net, tax) if claim)
    points = (2.0 if known else 0.7) - 0.5 * bool(used) if taxed else 1.1
    if net.parts == total.parts:
        points -= 0.7
    points += total.score + net.score + (tax.score if tax else 0.2) + 0.15 * len(used)
    if tax and tax.amount < 0 < total.amount:
        points -= 1
    return Totals(net, tax, total, used, adds_up=True, score=points)


def _with_rate(reading: Totals, rates: Sequence[Decimal]) -> Totals:
    if not (reading.net and reading.tax and reading.tax.amount):
        return reading
    base = reading.net.amount
    discounts = [sign * extra.amount for extra in reading.extras for sign in (1, -1)]
    fits = any(
        abs((base + change) * rate / 100 - reading.tax.amount) <= CENT
        for rate in rates
        for change in [ZERO, *discounts]
    )
    if not fits:
        return reading
    parts = reading.net, reading.tax, reading.total, reading.extras
    return Totals(*parts, adds_up=True, rate_fits=True, score=reading.score + 0.6)


def _by_labels(claims: Claims, lines_total: Decimal | None) -> Totals:
    """No set adds up: each by its own label, the total first."""
    net, tax, total = (_labelled(claims[role]) for role in ("net", "tax", "total"))
    if total and net is None and not (tax and tax.amount) and lines_total == total.amount:
        net = Claim(total.amount, total.parts, 0.6, "the lines add up to the total and no tax is printed")
    return Totals(net, tax, total)


def _labelled(claims: list[Claim]) -> Claim | None:
    return next((claim for claim in claims if claim.score > LABELLED), None)


def confidences(
    totals: Totals, claims: Claims, lines_total: Decimal | None, rates: Sequence[Decimal]
) -> dict[str, float]:
    """How sure net, tax and total are."""
    missed = totals.taxed and not totals.rate_fits and len(set(rates)) == 1
    shares: dict[str, float] = {}
    for role, claim in (("net", totals.net), ("tax", totals.tax), ("total", totals.total)):
        if claim is None:
            continue
        agrees = [0.75 * claim.score]
        if totals.adds_up:
            agrees += _arithmetic(totals)
        if lines_total is not None and role != "tax" and abs(claim.amount - lines_total) <= CENT:
            agrees.append(0.7)
        rivals = [other.score for other in claims[role] if other is not claim and other.score > LABELLED]
        if role == "total" and not rivals and claim.score > LABELLED:
            agrees.append(0.4)
        doubt = 1.0 if totals.adds_up and totals.taxed else rivalry(claim.score, rivals) * _contradiction(totals)
        shares[role] = (
            evidence(*agrees) * doubt * (CONTRADICTED if missed else 1.0) * (0.85 if claim.score <= UNLABELLED else 1.0)
        )
    return shares


def _contradiction(totals: Totals) -> float:
    """Net, tax and total are all there and do not agree: one of them is wrong."""
    return CONTRADICTED if totals.net and totals.tax and totals.total and not totals.adds_up else 1.0


def _arithmetic(totals: Totals) -> list[float]:
    if not totals.taxed:
        own = totals.net and totals.total and totals.net.parts != totals.total.parts and totals.net.score > LABELLED
        return [0.55 if own else 0.1]
    labelled = sum(1 for claim in (totals.net, totals.tax, totals.total) if claim and claim.score > LABELLED)
    return [(0.3, 0.5, 0.8, 0.93)[labelled], 0.8 if totals.rate_fits else 0.0]
