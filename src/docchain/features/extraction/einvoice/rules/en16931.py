"""EN 16931-1: what an invoice has to say (BR-01 … BR-65), its sums (BR-CO) and its decimals (BR-DEC)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Check, Rule, added, cents, differs, equal, required
from docchain.features.extraction.einvoice.terms import Group

SOURCE: Final = "EN 16931-1"
_REQUIRED: Final = (
    ("BR-01", "", "BT-24", "The specification identifier", "el identificador de la especificación"),
    ("BR-02", "", "BT-1", "The invoice number", "el número de factura"),
    ("BR-03", "", "BT-2", "The issue date", "la fecha de emisión"),
    ("BR-04", "", "BT-3", "The type code", "el código de tipo de factura"),
    ("BR-05", "", "BT-5", "The currency code", "el código de moneda"),
    ("BR-06", "", "BT-27", "The seller's name", "el nombre del vendedor"),
    ("BR-07", "", "BT-44", "The buyer's name", "el nombre del comprador"),
    ("BR-08", "", "BG-5", "The seller's postal address", "la dirección postal del vendedor"),
    ("BR-09", "", "BT-40", "The seller's country code", "el país del vendedor"),
    ("BR-10", "", "BG-8", "The buyer's postal address", "la dirección postal del comprador"),
    ("BR-11", "", "BT-55", "The buyer's country code", "el país del comprador"),
    ("BR-12", "", "BT-106", "The sum of the line amounts", "la suma de los importes de línea"),
    ("BR-13", "", "BT-109", "The total without VAT", "el total sin IVA"),
    ("BR-14", "", "BT-112", "The total with VAT", "el total con IVA"),
    ("BR-15", "", "BT-115", "The amount due", "el importe a pagar"),
    ("BR-21", "line", "BT-126", "The line's identifier", "el identificador de la línea"),
    ("BR-22", "line", "BT-129", "The line's quantity", "la cantidad de la línea"),
    ("BR-23", "line", "BT-130", "The unit of the quantity", "la unidad de la cantidad"),
    ("BR-24", "line", "BT-131", "The line's net amount", "el importe neto de la línea"),
    ("BR-25", "line", "BT-153", "The item's name", "el nombre del artículo"),
    ("BR-26", "line", "BT-146", "The item's net price", "el precio neto del artículo"),
    ("BR-31", "allowance", "amount", "The allowance's amount", "el importe del descuento"),
    ("BR-32", "allowance", "category", "The allowance's VAT category", "la categoría de IVA del descuento"),
    ("BR-33", "allowance", "reason", "The allowance's reason", "el motivo del descuento"),
    ("BR-36", "charge", "amount", "The charge's amount", "el importe del recargo"),
    ("BR-37", "charge", "category", "The charge's VAT category", "la categoría de IVA del recargo"),
    ("BR-38", "charge", "reason", "The charge's reason", "el motivo del recargo"),
    ("BR-45", "VAT", "BT-116", "The taxable amount of the VAT category", "la base imponible de la categoría"),
    ("BR-46", "VAT", "BT-117", "The tax amount of the VAT category", "la cuota de la categoría"),
    ("BR-47", "VAT", "BT-118", "The code of the VAT category", "el código de la categoría de IVA"),
    ("BR-CO-04", "line", "BT-151", "The line's VAT category", "la categoría de IVA de la línea"),
    ("BR-CO-26", "", "BT-29 BT-30 BT-31", "An identifier of the seller", "un identificador del vendedor"),
)  # fmt: skip
_TRANSFERS: Final = frozenset({"30", "58"})
_TWO_DECIMALS: Final = (
    ("BR-DEC-09", "", "BT-106"), ("BR-DEC-10", "", "BT-107"), ("BR-DEC-11", "", "BT-108"), ("BR-DEC-12", "", "BT-109"),
    ("BR-DEC-13", "", "BT-110"), ("BR-DEC-14", "", "BT-112"), ("BR-DEC-16", "", "BT-113"), ("BR-DEC-17", "", "BT-114"),
    ("BR-DEC-18", "", "BT-115"), ("BR-DEC-19", "VAT", "BT-116"), ("BR-DEC-20", "VAT", "BT-117"),
    ("BR-DEC-23", "line", "BT-131"), ("BR-DEC-01", "allowance", "amount"), ("BR-DEC-05", "charge", "amount"),
    ("BR-DEC-02", "allowance", "base"), ("BR-DEC-06", "charge", "base"), ("BR-DEC-15", "", "BT-111"),
    ("BR-DEC-24", "line/allowance", "amount"), ("BR-DEC-25", "line/allowance", "base"),
    ("BR-DEC-27", "line/charge", "amount"), ("BR-DEC-28", "line/charge", "base"),
)  # fmt: skip
_WIDE: Final = Decimal(1)
"""How far the published check lets a category's tax be from its base times its rate."""


def _decimals(id_: str, scope: str, term: str) -> Rule:
    def check(bill: Group) -> Iterator[Broken]:
        for group in bill.within(scope) if scope else [bill]:
            found = group.get(term)
            if found is not None and found.decimals > 2:  # noqa: PLR2004 - cents
                yield Broken(found.path, {"said": found.text})

    en = f"{{said}} has more than two decimals ({term})."
    return Rule(id_, en, f"{{said}} tiene más de dos decimales ({term}).", check)


def _lines(bill: Group) -> Iterator[Broken]:
    if not bill.all("line"):
        yield Broken(bill.node.path)


def _negative(term: str) -> Check:
    def check(bill: Group) -> Iterator[Broken]:
        for line in bill.all("line"):
            if line.amount(term) < 0:
                yield Broken(line.path_of(term), {"said": line.text(term)})

    return check


def _period(scope: str, start: str, end: str) -> Check:
    def check(bill: Group) -> Iterator[Broken]:
        for group in bill.all(scope) if scope else [bill]:
            if start in group and end in group and group.text(end) < group.text(start):
                yield Broken(group.path_of(end))

    return check


def _account(bill: Group) -> Iterator[Broken]:
    if bill.text("BT-81") in _TRANSFERS and "BT-84" not in bill:
        yield Broken(bill.path_of("BT-81"))


def _both_points(bill: Group) -> Iterator[Broken]:
    if "BT-7" in bill and "BT-8" in bill:
        yield Broken(bill.path_of("BT-7"))


def _prefix(bill: Group) -> Iterator[Broken]:
    for term in ("BT-31", "BT-48", "BT-63"):
        found = bill.text(term)
        if found and not (found[:2].isalpha() and found[:2].isascii()):
            yield Broken(bill.path_of(term), {"said": found})


def _tax_of_category(bill: Group) -> Iterator[Broken]:
    for row in bill.all("VAT"):
        if "BT-116" in row and "BT-117" in row:
            made = cents(row.amount("BT-116") * row.amount("BT-119") / 100)
            for found in differs(row, "BT-117", made):
                within = abs(row.amount("BT-117") - made) < _WIDE
                yield Broken(found.path, found.told, within)


def _no_breakdown(bill: Group) -> Iterator[Broken]:
    if not bill.all("VAT"):
        yield Broken(bill.node.path)


def _terms_of_payment(bill: Group) -> Iterator[Broken]:
    if bill.amount("BT-115") > 0 and "BT-9" not in bill and "BT-20" not in bill:
        yield Broken(bill.path_of("BT-115"))


def _rate(bill: Group) -> Iterator[Broken]:
    for row in bill.all("VAT"):
        if "BT-119" not in row and row.text("BT-118") != "O":
            yield Broken(row.node.path)


def _total_with_tax(bill: Group) -> Decimal:
    return bill.amount("BT-109") + bill.amount("BT-110")


def _due(bill: Group) -> Decimal:
    return bill.amount("BT-112") - bill.amount("BT-113") + bill.amount("BT-114")


def _without_tax(bill: Group) -> Decimal:
    return bill.amount("BT-106") - bill.amount("BT-107") + bill.amount("BT-108")


RULES: Final = (
    *(required(*row) for row in _REQUIRED),
    Rule("BR-16", "The invoice has no line.", "La factura no tiene ninguna línea.", _lines),
    Rule("BR-27", "The net price {said} is negative.", "El precio neto {said} es negativo.", _negative("BT-146")),
    Rule("BR-28", "The gross price {said} is negative.", "El precio bruto {said} es negativo.", _negative("BT-148")),
    Rule("BR-29", "The invoicing period ends before it starts.", "El periodo facturado acaba antes de empezar.",
         _period("", "BT-73", "BT-74")),
    Rule("BR-30", "The line's period ends before it starts.", "El periodo de la línea acaba antes de empezar.",
         _period("line", "BT-134", "BT-135")),
    Rule("BR-48", "The rate of the VAT category is missing (BT-119).", "Falta el tipo de la categoría de IVA (BT-119).",
         _rate),
    Rule("BR-61", "A credit transfer needs the account to pay to (BT-84).",
         "Una transferencia necesita la cuenta de abono (BT-84).", _account),
    Rule("BR-CO-03", "Date and code of the tax point exclude each other (BT-7, BT-8).",
         "La fecha y el código de devengo se excluyen (BT-7, BT-8).", _both_points),
    Rule("BR-CO-09", "The VAT number {said} has no country prefix.", "El NIF-IVA {said} no lleva prefijo de país.",
         _prefix),
    equal("BR-CO-10", "BT-106", lambda bill: added(bill.all("line"), "BT-131"),
          "The sum of the line amounts (BT-106) is wrong.", "La suma de los importes de línea (BT-106) no cuadra."),
    equal("BR-CO-11", "BT-107", lambda bill: added(bill.all("allowance"), "amount"),
          "The sum of the allowances (BT-107) is wrong.", "La suma de los descuentos (BT-107) no cuadra."),
    equal("BR-CO-12", "BT-108", lambda bill: added(bill.all("charge"), "amount"),
          "The sum of the charges (BT-108) is wrong.", "La suma de los recargos (BT-108) no cuadra."),
    equal("BR-CO-13", "BT-109", _without_tax,
          "The total without VAT (BT-109) is not lines less allowances plus charges.",
          "El total sin IVA (BT-109) no es líneas menos descuentos más recargos."),
    equal("BR-CO-14", "BT-110", lambda bill: added(bill.all("VAT"), "BT-117"),
          "The total VAT (BT-110) is not the sum of its categories.",
          "El IVA total (BT-110) no es la suma de sus categorías."),
    equal("BR-CO-15", "BT-112", _total_with_tax,
          "The total with VAT (BT-112) is not the total without VAT plus the VAT.",
          "El total con IVA (BT-112) no es el total sin IVA más el IVA."),
    equal("BR-CO-16", "BT-115", _due,
          "The amount due (BT-115) is not the total less what was paid plus the rounding.",
          "El importe a pagar (BT-115) no es el total menos lo pagado más el redondeo."),
    Rule("BR-CO-17",
         "The tax of the category (BT-117) is not its base by its rate. It says {said}, but {made} comes out.",
         "La cuota de la categoría (BT-117) no es su base por su tipo. Dice {said}, pero resulta {made}.",
         _tax_of_category),
    Rule("BR-CO-18", "The invoice has no VAT breakdown.", "La factura no desglosa el IVA.", _no_breakdown),
    Rule("BR-CO-25", "An amount is due, but neither a due date (BT-9) nor payment terms (BT-20) are given.",
         "Hay importe a pagar, pero faltan el vencimiento (BT-9) y las condiciones de pago (BT-20).",
         _terms_of_payment),
    *(_decimals(*row) for row in _TWO_DECIMALS),
)  # fmt: skip
