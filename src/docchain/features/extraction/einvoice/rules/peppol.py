"""Peppol BIS Billing 3: what it asks beyond EN 16931, for invoices that say they follow it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Rule, added, cents, differs, required
from docchain.features.extraction.einvoice.terms import Group

SOURCE: Final = "Peppol BIS Billing 3"
_PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:"


def follows(bill: Group) -> bool:
    """Whether the invoice says so itself."""
    return "peppol" in bill.text("BT-24").lower()


def _profile(bill: Group) -> Iterator[Broken]:
    if "BT-23" in bill and not bill.text("BT-23").startswith(_PROFILE):
        yield Broken(bill.path_of("BT-23"), {"said": bill.text("BT-23")})


def _line_amounts(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        quantity, price = line.number("BT-129"), line.number("BT-146")
        if quantity is None or price is None:
            continue
        made = cents(quantity * price / (line.number("BT-149") or 1))
        made += added(line.all("charge"), "amount") - added(line.all("allowance"), "amount")
        for found in differs(line, "BT-131", made):
            within = abs(line.amount("BT-131") - made) <= _SLACK
            if not within:
                yield found


_SLACK: Final = Decimal("0.02")

RULES: Final = (
    required("PEPPOL-EN16931-R001", "", "BT-23", "The business process", "el proceso de negocio"),
    Rule("PEPPOL-EN16931-R007", "The business process {said} is none of Peppol's.",
         "El proceso de negocio {said} no es de Peppol.", _profile),
    required("PEPPOL-EN16931-R003", "", "BT-10 BT-13", "The buyer's reference or order number",
             "la referencia del comprador o el número de pedido"),
    required("PEPPOL-EN16931-R010", "", "BT-49", "The buyer's electronic address",
             "la dirección electrónica del comprador"),
    required("PEPPOL-EN16931-R020", "", "BT-34", "The seller's electronic address",
             "la dirección electrónica del vendedor"),
    Rule("PEPPOL-EN16931-R120",
         "The line's amount is not quantity by price. It says {said}, but {made} comes out.",
         "El importe de la línea no es cantidad por precio. Dice {said}, pero resulta {made}.", _line_amounts),
)  # fmt: skip
