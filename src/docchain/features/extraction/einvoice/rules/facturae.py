"""Facturae 3.2.x: its totals, as its description of fields defines them, and Spanish tax ids. The ids are our own."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Check, Rule, added, cents, differs, equal, required
from docchain.features.extraction.einvoice.terms import Group
from docchain.features.extraction.tax_ids import compact, proved

SOURCE: Final = "Facturae 3.2.x"
_VERSIONS: Final = frozenset({"3.2", "3.2.1", "3.2.2"})
_SPANISH: Final = "R"
_CENT: Final = Decimal("0.011")
_FEW: Final = Decimal("0.051")


def _version(bill: Group) -> Iterator[Broken]:
    if bill.text("version") not in _VERSIONS:
        yield Broken(bill.path_of("version"), {"said": bill.text("version") or "-"})


def _batch_count(bill: Group) -> Iterator[Broken]:
    found = len(bill.all("invoice"))
    if found == 0 or (bill.text("invoices_count").isdecimal() and int(bill.text("invoices_count")) != found):
        yield Broken(bill.path_of("invoices_count"), {"said": bill.text("invoices_count") or "-", "made": str(found)})


def _several(bill: Group) -> Iterator[Broken]:
    if len(bill.all("invoice")) > 1:
        yield Broken(bill.path_of("invoices_count"), {"made": str(len(bill.all("invoice")))})


def _tax_id(side: str) -> Check:
    """Only residents have ids with the check digits of Spain."""

    def check(bill: Group) -> Iterator[Broken]:
        said = bill.text(f"{side}_tax_id")
        resident = bill.text(f"{side}_residence") in ("", _SPANISH)
        if said and resident and proved(_national(said)) != "ES":
            yield Broken(bill.path_of(f"{side}_tax_id"), {"said": said})

    return check


def _national(said: str) -> str:
    plain = compact(said)
    return plain[2:] if plain.startswith("ES") and len(plain) > 9 else plain  # noqa: PLR2004 - letters before nine signs


def _lines(bill: Group) -> Iterator[Broken]:
    if not bill.all("line"):
        yield Broken(bill.node.path)


def _costs(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        quantity, price = line.number("quantity"), line.number("unit_price")
        if quantity is not None and price is not None:
            yield from differs(line, "cost", cents(quantity * price), _CENT)


def _line_amounts(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        if "cost" in line:
            made = line.amount("cost") - added(line.all("discount"), "amount") + added(line.all("charge"), "amount")
            yield from differs(line, "amount", made, _CENT)


def _taxes(name: str) -> Check:
    def check(bill: Group) -> Iterator[Broken]:
        for tax in bill.all(name):
            if "rate" in tax and "base" in tax:
                yield from differs(tax, "amount", cents(tax.amount("base") * tax.amount("rate") / 100), _CENT)

    return check


def _bases(bill: Group) -> Iterator[Broken]:
    """Lines say their own taxes; those of one rate make the base of its total, save general discounts."""
    if bill.amount("discounts") or bill.amount("charges"):
        return
    for tax in bill.all("tax"):
        same = [
            of_line
            for line in bill.all("line")
            for of_line in line.all("tax")
            if (of_line.text("kind"), of_line.number("rate")) == (tax.text("kind"), tax.number("rate"))
        ]
        if same:
            yield from differs(tax, "base", added(same, "base"), _FEW)


def _currency(bill: Group) -> Iterator[Broken]:
    if "batch_currency" in bill and "currency" in bill and bill.text("batch_currency") != bill.text("currency"):
        yield Broken(bill.path_of("currency"), {"said": bill.text("currency"), "made": bill.text("batch_currency")})


def _instalments(bill: Group) -> Iterator[Broken]:
    rows = bill.all("instalment")
    if rows and "executable" in bill:
        made = added(rows, "amount")
        if abs(made - bill.amount("executable")) > _CENT:
            told = {"said": bill.text("executable"), "made": str(made)}
            yield Broken(rows[0].path_of("amount"), told, warning=True)


def _before_taxes(bill: Group) -> Decimal:
    return bill.amount("gross") - bill.amount("discounts") + bill.amount("charges")


def _total(bill: Group) -> Decimal:
    return bill.amount("before_taxes") + bill.amount("tax") - bill.amount("withheld")


def _outstanding(bill: Group) -> Decimal:
    return bill.amount("total") - bill.amount("subsidies") - bill.amount("paid_on_account")


def _executable(bill: Group) -> Decimal:
    extra = bill.amount("late_interest") + bill.amount("reimbursed")
    return bill.amount("outstanding") - bill.amount("guaranteed") + extra


def _tax_total(bill: Group) -> Decimal:
    return added(bill.all("tax"), "amount") + added(bill.all("tax"), "surcharge")


RULES: Final = (
    Rule("FACTURAE-VERSION", "{said} is no version of Facturae that is read here.",
         "{said} no es una versión de Facturae que se lea aquí.", _version),
    Rule("FACTURAE-BATCH-COUNT", "The batch says {said} invoices and holds {made}.",
         "El lote dice {said} facturas y contiene {made}.", _batch_count),
    Rule("FACTURAE-BATCH-SEVERAL", "The batch holds {made} invoices; only the first is read.",
         "El lote contiene {made} facturas; solo se lee la primera.", _several, warning=True),
    required("FACTURAE-NUMBER", "", "number", "The invoice number", "el número de factura"),
    required("FACTURAE-DATE", "", "date", "The issue date", "la fecha de expedición"),
    required("FACTURAE-CURRENCY", "", "currency", "The currency", "la moneda"),
    required("FACTURAE-SELLER", "", "seller", "The seller's name", "el nombre del emisor"),
    required("FACTURAE-BUYER", "", "buyer", "The buyer's name", "el nombre del receptor"),
    required("FACTURAE-SELLER-ID", "", "seller_tax_id", "The seller's tax id", "el NIF del emisor"),
    required("FACTURAE-BUYER-ID", "", "buyer_tax_id", "The buyer's tax id", "el NIF del receptor"),
    required("FACTURAE-TOTAL", "", "total", "The invoice total", "el total de la factura"),
    Rule("FACTURAE-SELLER-NIF", "The check character of the seller's tax id {said} is wrong.",
         "El carácter de control del NIF del emisor {said} no es correcto.", _tax_id("seller")),
    Rule("FACTURAE-BUYER-NIF", "The check character of the buyer's tax id {said} is wrong.",
         "El carácter de control del NIF del receptor {said} no es correcto.", _tax_id("buyer")),
    Rule("FACTURAE-LINES", "The invoice has no line.", "La factura no tiene ninguna línea.", _lines),
    Rule("FACTURAE-LINE-COST", "The line's cost is not quantity by price. It says {said}, but {made} comes out.",
         "El coste de la línea no es cantidad por precio. Dice {said}, pero resulta {made}.", _costs),
    Rule("FACTURAE-LINE-GROSS",
         "The line's amount is not its cost less discounts plus charges. It says {said}, but {made} comes out.",
         "El importe de la línea no es su coste menos descuentos más cargos. Dice {said}, pero resulta {made}.",
         _line_amounts),
    equal("FACTURAE-GROSS", "gross", lambda bill: added(bill.all("line"), "amount"),
          "The gross total is not the sum of the lines.", "El importe bruto no es la suma de las líneas."),
    equal("FACTURAE-DISCOUNTS", "discounts", lambda bill: added(bill.all("discount"), "amount"),
          "The total of the discounts is wrong.", "El total de descuentos no cuadra."),
    equal("FACTURAE-CHARGES", "charges", lambda bill: added(bill.all("charge"), "amount"),
          "The total of the surcharges is wrong.", "El total de cargos no cuadra."),
    equal("FACTURAE-BEFORE-TAXES", "before_taxes", _before_taxes,
          "The total before taxes is not gross less discounts plus surcharges.",
          "El total antes de impuestos no es bruto menos descuentos más cargos."),
    Rule("FACTURAE-TAX-AMOUNT", "The tax is not its base by its rate. It says {said}, but {made} comes out.",
         "La cuota no es su base por su tipo. Dice {said}, pero resulta {made}.", _taxes("tax")),
    Rule("FACTURAE-WITHHELD-AMOUNT",
         "The withholding is not its base by its rate. It says {said}, but {made} comes out.",
         "La retención no es su base por su tipo. Dice {said}, pero resulta {made}.", _taxes("withheld")),
    Rule("FACTURAE-TAX-BASE", "The base of the tax is not what its lines make. It says {said}, but {made} comes out.",
         "La base imponible no es la suma de sus líneas. Dice {said}, pero resulta {made}.", _bases),
    equal("FACTURAE-TAX-OUTPUTS", "tax", _tax_total,
          "The total of the taxes is not their sum.", "El total de impuestos repercutidos no es su suma."),
    equal("FACTURAE-TAX-WITHHELD", "withheld", lambda bill: added(bill.all("withheld"), "amount"),
          "The total of the withholdings is not their sum.", "El total de retenciones no es su suma."),
    equal("FACTURAE-INVOICE-TOTAL", "total", _total,
          "The invoice total is not what is before taxes plus taxes less withholdings.",
          "El total de la factura no es antes de impuestos más impuestos menos retenciones."),
    equal("FACTURAE-OUTSTANDING", "outstanding", _outstanding,
          "The outstanding amount is not the total less subsidies and payments on account.",
          "El total pendiente no es el total menos subvenciones y anticipos."),
    equal("FACTURAE-EXECUTABLE", "executable", _executable,
          "The amount to pay is not what is outstanding less what is withheld plus expenses.",
          "El total a ejecutar no es lo pendiente menos lo retenido más gastos."),
    equal("FACTURAE-BATCH-TOTAL", "batch_total", lambda bill: added(bill.all("invoice"), "total"),
          "The total of the batch is not the sum of its invoices.", "El total del lote no es la suma de sus facturas."),
    equal("FACTURAE-BATCH-OUTSTANDING", "batch_outstanding", lambda bill: added(bill.all("invoice"), "outstanding"),
          "What is outstanding of the batch is not the sum of its invoices.",
          "El total pendiente del lote no es la suma de sus facturas."),
    equal("FACTURAE-BATCH-EXECUTABLE", "batch_executable", lambda bill: added(bill.all("invoice"), "executable"),
          "What is to be paid of the batch is not the sum of its invoices.",
          "El total a ejecutar del lote no es la suma de sus facturas."),
    Rule("FACTURAE-BATCH-CURRENCY", "The invoice is in {said}, its batch in {made}.",
         "La factura está en {said}, su lote en {made}.", _currency),
    Rule("FACTURAE-INSTALMENTS", "The instalments make {made}, but {said} is to be paid.",
         "Los plazos suman {made}, pero hay que pagar {said}.", _instalments),
)  # fmt: skip
