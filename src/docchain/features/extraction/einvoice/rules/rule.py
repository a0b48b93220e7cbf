"""A rule of a published specification; its one rule: what breaks it is named by path, with the figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from docchain.features.extraction.einvoice.terms import Group

CENT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.005")


@dataclass(frozen=True)
class Broken:
    """One place that breaks a rule, and what its message tells."""

    path: str
    told: Mapping[str, str] = field(default_factory=dict)
    warning: bool = False


Check = Callable[[Group], Iterable[Broken]]


@dataclass(frozen=True)
class Rule:
    """`en` and `es` may have places in braces for what a `Broken` tells."""

    id: str
    en: str
    es: str
    check: Check
    warning: bool = False


def required(id_: str, scope: str, terms: str, en: str, es: str) -> Rule:
    """The term, or one of several (`BT-29 BT-30`), has to be there: once, or in every group of the scope."""
    wanted = terms.split()

    def check(bill: Group) -> Iterator[Broken]:
        for group in bill.within(scope) if scope else [bill]:
            if not any(term in group for term in wanted):
                yield Broken(group.node.path)

    said_en, said_es = " or ".join(wanted), " o ".join(wanted)
    return Rule(id_, f"{en} is missing ({said_en}).", f"Falta {es} ({said_es}).", check)


def equal(id_: str, term: str, total: Callable[[Group], Decimal], en: str, es: str) -> Rule:
    """A term, if it is there, has to be the sum that others make."""

    def check(bill: Group) -> Iterator[Broken]:
        yield from differs(bill, term, total(bill))

    said = " It says {said}, but {made} comes out."
    return Rule(id_, f"{en}{said}", f"{es} Dice {{said}}, pero resulta {{made}}.", check)


def differs(group: Group, term: str, made: Decimal, tolerance: Decimal = _HALF) -> Iterator[Broken]:
    """Broken when the term's amount is not what was worked out; what is no number is another rule's fault."""
    said = group.number(term)
    if said is not None and abs(said - made) > tolerance:
        yield Broken(group.path_of(term), {"said": str(said), "made": plain(made)})


def added(groups: Iterable[Group], term: str) -> Decimal:
    return sum((group.amount(term) for group in groups), Decimal(0))


def cents(amount: Decimal) -> Decimal:
    """Rounded as people do, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(amount: Decimal) -> str:
    rounded = cents(amount)
    return format(rounded if rounded == amount else amount.normalize(), "f")
