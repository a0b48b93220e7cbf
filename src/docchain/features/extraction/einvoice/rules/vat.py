"""EN 16931-1, VAT categories (BR-S … BR-O): who may use one, at what rate, and that its base is what its lines make."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Check, Rule, added, differs
from docchain.features.extraction.einvoice.terms import Group

SOURCE: Final = "EN 16931-1"
_SELLER: Final = ("BT-31", "BT-32", "BT-63")


@dataclass(frozen=True)
class Category:
    """One VAT category: `rated` ones have a rate; `reason` says whether an exemption has to be explained."""

    code: str
    prefix: str
    en: str
    es: str
    rated: bool = False
    may_be_zero: bool = False
    reason: bool = False
    buyer: tuple[str, ...] = ()

    def fits(self, rate: Decimal | None) -> bool:
        if not self.rated:
            return not rate
        return rate is not None and (rate > 0 or (rate == 0 and self.may_be_zero))


CATEGORIES: Final = (
    Category("S", "BR-S", "standard rated", "sujeta", rated=True),
    Category("Z", "BR-Z", "zero rated", "tipo cero"),
    Category("E", "BR-E", "exempt", "exenta", reason=True),
    Category("AE", "BR-AE", "reverse charge", "inversión del sujeto pasivo", reason=True, buyer=("BT-48", "BT-47")),
    Category("K", "BR-IC", "intra-community supply", "entrega intracomunitaria", reason=True, buyer=("BT-48",)),
    Category("G", "BR-G", "export", "exportación", reason=True),
    Category("O", "BR-O", "not subject to VAT", "no sujeta", reason=True),
    Category("L", "BR-AF", "IGIC", "IGIC", rated=True, may_be_zero=True),
    Category("M", "BR-AG", "IPSI", "IPSI", rated=True, may_be_zero=True),
)


def _used(bill: Group, code: str) -> Iterator[tuple[Group, str, str]]:
    """Lines, allowances and charges of the category, with the names of their category and rate."""
    for line in bill.all("line"):
        if line.text("BT-151") == code:
            yield line, "BT-151", "BT-152"
    for kind in ("allowance", "charge"):
        for group in bill.all(kind):
            if group.text("category") == code:
                yield group, "category", "rate"


def _rows(bill: Group, code: str) -> list[Group]:
    return [row for row in bill.all("VAT") if row.text("BT-118") == code]


def _broken_down(category: Category) -> Check:
    """-01: what is used has a row; without a rate, exactly one."""

    def check(bill: Group) -> Iterator[Broken]:
        rows, used = _rows(bill, category.code), list(_used(bill, category.code))
        if used and not rows:
            yield Broken(used[0][0].path_of(used[0][1]))
        elif not category.rated and len(rows) > 1:
            yield Broken(rows[1].node.path)

    return check


def _registered(category: Category) -> Check:
    """-02: seller, and where it matters the buyer, say who they are for VAT; outside VAT they do not."""

    def check(bill: Group) -> Iterator[Broken]:
        if not _rows(bill, category.code) and not any(_used(bill, category.code)):
            return
        if category.code == "O":
            yield from (Broken(bill.path_of(term)) for term in ("BT-31", "BT-48") if term in bill)
        elif not any(term in bill for term in _SELLER):
            yield Broken(bill.path_of("BT-27"))
        elif category.buyer and not any(term in bill for term in category.buyer):
            yield Broken(bill.path_of("BT-44"))

    return check


def _rates(category: Category) -> Check:
    """-05: the rate of lines."""

    def check(bill: Group) -> Iterator[Broken]:
        for group, _, rate in _used(bill, category.code):
            said = group.number(rate)
            if not category.fits(said):
                yield Broken(group.path_of(rate), {"said": group.text(rate) or "-"})

    return check


def _bases(category: Category) -> Check:
    """-08: the base of each row is its lines, less allowances, plus charges; of its rate, if it has one."""

    def check(bill: Group) -> Iterator[Broken]:
        for row in _rows(bill, category.code):
            yield from differs(row, "BT-116", _base(bill, category, row.number("BT-119") if category.rated else None))

    return check


def _base(bill: Group, category: Category, rate: Decimal | None) -> Decimal:
    def same(kind: str, name: str, rated: str) -> list[Group]:
        groups = [group for group in bill.all(kind) if group.text(name) == category.code]
        return [group for group in groups if not category.rated or group.number(rated) == rate]

    lines = added(same("line", "BT-151", "BT-152"), "BT-131")
    return (
        lines
        - added(same("allowance", "category", "rate"), "amount")
        + added(same("charge", "category", "rate"), "amount")
    )


def _untaxed(category: Category) -> Check:
    """-09: nothing is paid."""

    def check(bill: Group) -> Iterator[Broken]:
        for row in _rows(bill, category.code):
            if row.amount("BT-117"):
                yield Broken(row.path_of("BT-117"), {"said": row.text("BT-117")})

    return check


def _explained(category: Category) -> Check:
    """-10: an exemption says why; what is no exemption does not."""

    def check(bill: Group) -> Iterator[Broken]:
        for row in _rows(bill, category.code):
            if ("BT-120" in row) != category.reason:
                yield Broken(row.path_of("BT-120"))

    return check


def _of(category: Category) -> Iterator[Rule]:
    name, en, es = category.prefix, f"“{category.en}” ({category.code})", f"«{category.es}» ({category.code})"

    def rule(number: str, in_english: str, in_spanish: str, check: Check) -> Rule:
        return Rule(f"{name}-{number}", in_english, in_spanish, check)

    yield rule(
        "01",
        f"The VAT breakdown has not exactly one fitting row for {en}.",
        f"El desglose de IVA no tiene la fila que corresponde a {es}.",
        _broken_down(category),
    )
    yield rule("02", *_registration(category, en, es), _registered(category))
    yield rule(
        "05",
        f"The rate {{said}} does not fit {en}.",
        f"El tipo {{said}} no corresponde a {es}.",
        _rates(category),
    )
    yield rule(
        "08",
        f"The base of {en} is not what its lines make. It says {{said}}, but {{made}} comes out.",
        f"La base de {es} no es la suma de sus líneas. Dice {{said}}, pero resulta {{made}}.",
        _bases(category),
    )
    if not category.rated:
        yield rule(
            "09",
            f"{en} is taxed with {{said}}; it has to be 0.",
            f"{es} lleva una cuota de {{said}}; debe ser 0.",
            _untaxed(category),
        )
    needs, exige = ("needs", "exige") if category.reason else ("must not have", "no debe llevar")
    yield rule(
        "10",
        f"{en} {needs} an exemption reason (BT-120).",
        f"{es} {exige} motivo de exención (BT-120).",
        _explained(category),
    )


def _registration(category: Category, en: str, es: str) -> tuple[str, str]:
    if category.code == "O":
        return f"{en} must not name VAT numbers (BT-31, BT-48).", f"{es} no debe llevar NIF-IVA (BT-31, BT-48)."
    who, quien = ("seller and buyer", "vendedor y comprador") if category.buyer else ("the seller", "el vendedor")
    return f"{en} needs the tax numbers of {who}.", f"{es} exige el identificador fiscal de {quien}."


RULES: Final = tuple(rule for category in CATEGORIES for rule in _of(category))
