"""CFDI 4.0: sums and structure of Annex 20. `CFDI40…` are codes of the tax authority's matrix, others are our own."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Check, Rule, added, cents, differs, equal, required
from docchain.features.extraction.einvoice.terms import Group
from docchain.features.extraction.tax_ids import compact

SOURCE: Final = "CFDI 4.0, Anexo 20"
_TYPES: Final = frozenset("IETNP")
_PRICED: Final = frozenset("IEN")
_GENERIC: Final = frozenset({"XAXX010101000", "XEXX010101000"})
_EXEMPT: Final = "Exento"
_CENT: Final = Decimal("0.011")
_UNIT: Final = Decimal(1)


def _version(bill: Group) -> Iterator[Broken]:
    if bill.text("version") != "4.0":
        yield Broken(bill.path_of("version"), {"said": bill.text("version") or "-"})


def _type(bill: Group) -> Iterator[Broken]:
    if bill.text("type") not in _TYPES:
        yield Broken(bill.path_of("type"), {"said": bill.text("type") or "-"})


def _rfc(side: str) -> Check:
    """General ones stand for the public and for foreigners."""

    def check(bill: Group) -> Iterator[Broken]:
        said = compact(bill.text(f"{side}_tax_id"))
        if said and said not in _GENERIC and not _valid(said):
            yield Broken(bill.path_of(f"{side}_tax_id"), {"said": said})

    return check


def _valid(rfc: str) -> bool:
    """The form and its date; check digits are not asked, for numbers without one were given out."""
    from stdnum.exceptions import ValidationError  # noqa: PLC0415 - only for invoices of Mexico
    from stdnum.mx import rfc as rules  # noqa: PLC0415 - the same

    try:
        rules.validate(rfc)
    except ValidationError:
        return False
    return True


def _lines(bill: Group) -> Iterator[Broken]:
    if not bill.all("line"):
        yield Broken(bill.node.path)


def _line_amounts(bill: Group) -> Iterator[Broken]:
    """Prices may have six decimals and the amount fewer; what is left is rounding of the quantity's last digit."""
    for line in bill.all("line"):
        quantity, price = line.number("quantity"), line.number("unit_price")
        if quantity is not None and price is not None:
            yield from differs(line, "amount", cents(quantity * price), _CENT)


def _line_discounts(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        if line.amount("discount") > line.amount("amount"):
            yield Broken(line.path_of("discount"), {"said": line.text("discount")})


def _subtotal(bill: Group) -> Iterator[Broken]:
    priced = bill.text("type") in _PRICED
    yield from differs(bill, "subtotal", cents(added(bill.all("line"), "amount")) if priced else Decimal(0))


def _discount(bill: Group) -> Iterator[Broken]:
    if bill.amount("discount") > bill.amount("subtotal"):
        yield Broken(bill.path_of("discount"), {"said": bill.text("discount")})


def _discounts(bill: Group) -> Iterator[Broken]:
    made = cents(added(bill.all("line"), "discount"))
    if "discount" in bill:
        yield from differs(bill, "discount", made)
    elif made:
        yield Broken(bill.node.path, {"said": "-", "made": str(made)})


def _tax_amounts(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        for tax in (*line.all("tax"), *line.all("withheld")):
            if tax.text("factor") == "Tasa" and "base" in tax:
                yield from differs(tax, "amount", cents(tax.amount("base") * tax.amount("rate")), _CENT)


def _exempt(bill: Group) -> Iterator[Broken]:
    for line in bill.all("line"):
        for tax in line.all("tax"):
            if tax.text("factor") == _EXEMPT and ("rate" in tax or "amount" in tax):
                yield Broken(tax.path_of("rate"))


def _taxed(bill: Group) -> Iterator[Broken]:
    """`02` says the line is taxed, and then it tells how."""
    for line in bill.all("line"):
        taxes = bool(line.all("tax") or line.all("withheld"))
        if (line.text("taxed") == "02") != taxes and line.text("taxed") in ("01", "02"):
            yield Broken(line.path_of("taxed"), {"said": line.text("taxed")})


def _tax_rows(name: str) -> Check:
    """A row of the taxes is what the lines of its tax and rate make."""

    def check(bill: Group) -> Iterator[Broken]:
        for row in bill.all(name):
            if row.text("factor") != _EXEMPT:
                same = (tax for line in bill.all("line") for tax in line.all(name) if _same(tax, row))
                yield from differs(row, "amount", cents(added(same, "amount")), _CENT)

    return check


def _same(tax: Group, row: Group) -> bool:
    """Withholdings are told by tax alone."""
    if tax.text("tax") != row.text("tax"):
        return False
    return "rate" not in row or (tax.text("factor"), tax.number("rate")) == (row.text("factor"), row.number("rate"))


def _total(bill: Group) -> Decimal:
    return bill.amount("subtotal") - bill.amount("discount") + bill.amount("tax") - bill.amount("withheld")


def _tax_total(bill: Group) -> Decimal:
    return added((row for row in bill.all("tax") if row.text("factor") != _EXEMPT), "amount")


def _rate_of_exchange(bill: Group) -> Iterator[Broken]:
    currency = bill.text("currency")
    rate = bill.number("exchange_rate")
    if currency not in ("", "MXN", "XXX") and rate is None:
        yield Broken(bill.path_of("currency"), {"said": currency})
    elif currency == "MXN" and rate is not None and rate != _UNIT:
        yield Broken(bill.path_of("exchange_rate"), {"said": currency})


def _paid(bill: Group) -> Iterator[Broken]:
    if bill.text("type") in ("I", "E") and not ("payment_method" in bill and "payment_form" in bill):
        yield Broken(bill.node.path)


def _stamped(bill: Group) -> Iterator[Broken]:
    if "uuid" not in bill:
        yield Broken(bill.node.path)


RULES: Final = (
    Rule("CFDI-VERSION", "{said} is no version of CFDI that is read here; 4.0 is.",
         "{said} no es una versión de CFDI que se lea aquí; sí 4.0.", _version),
    Rule("CFDI-TYPE", "{said} is no type of CFDI (I, E, T, N, P).",
         "{said} no es un tipo de comprobante (I, E, T, N, P).", _type),
    required("CFDI-DATE", "", "date", "The date", "la fecha"),
    required("CFDI-CURRENCY", "", "currency", "The currency", "la moneda"),
    required("CFDI-PLACE", "", "place", "The postcode of issue (LugarExpedicion)", "el LugarExpedicion"),
    required("CFDI-EXPORT", "", "export", "Whether it is an export (Exportacion)", "el atributo Exportacion"),
    required("CFDI-SUBTOTAL", "", "subtotal", "The subtotal", "el SubTotal"),
    required("CFDI-TOTAL", "", "total", "The total", "el Total"),
    required("CFDI-SELLER", "", "seller", "The seller's name", "el nombre del emisor"),
    required("CFDI-SELLER-ID", "", "seller_tax_id", "The seller's RFC", "el RFC del emisor"),
    required("CFDI-SELLER-REGIME", "", "seller_regime", "The seller's tax regime", "el régimen fiscal del emisor"),
    required("CFDI-BUYER", "", "buyer", "The buyer's name", "el nombre del receptor"),
    required("CFDI-BUYER-ID", "", "buyer_tax_id", "The buyer's RFC", "el RFC del receptor"),
    required("CFDI-BUYER-POSTCODE", "", "buyer_postcode", "The buyer's postcode", "el domicilio fiscal del receptor"),
    required("CFDI-BUYER-REGIME", "", "buyer_regime", "The buyer's tax regime", "el régimen fiscal del receptor"),
    required("CFDI-USE", "", "use", "What the buyer uses it for (UsoCFDI)", "el UsoCFDI"),
    required("CFDI-LINE-CODE", "line", "code", "The line's product code", "la ClaveProdServ del concepto"),
    required("CFDI-LINE-TAXED", "line", "taxed", "Whether the line is taxed (ObjetoImp)", "el ObjetoImp del concepto"),
    Rule("CFDI-SELLER-RFC", "The seller's RFC {said} is not valid.", "El RFC del emisor {said} no es válido.",
         _rfc("seller")),
    Rule("CFDI-BUYER-RFC", "The buyer's RFC {said} is not valid.", "El RFC del receptor {said} no es válido.",
         _rfc("buyer")),
    Rule("CFDI-LINES", "The invoice has no line.", "El comprobante no tiene conceptos.", _lines),
    Rule("CFDI-LINE-AMOUNT", "The line's amount is not quantity by price. It says {said}, but {made} comes out.",
         "El importe del concepto no es cantidad por valor unitario. Dice {said}, pero resulta {made}.", _line_amounts),
    Rule("CFDI-LINE-DISCOUNT", "The line's discount {said} is more than its amount.",
         "El descuento {said} del concepto es mayor que su importe.", _line_discounts),
    Rule("CFDI40108", "The subtotal is not the sum of the lines. It says {said}, but {made} comes out.",
         "El SubTotal no es la suma de los conceptos. Dice {said}, pero resulta {made}.", _subtotal),
    Rule("CFDI40110", "The discount {said} is more than the subtotal.",
         "El Descuento {said} es mayor que el SubTotal.", _discount),
    Rule("CFDI40111", "The discount is not the sum of the lines' discounts. It says {said}, but {made} comes out.",
         "El Descuento no es la suma de los descuentos de los conceptos. Dice {said}, pero resulta {made}.",
         _discounts),
    Rule("CFDI-EXCHANGE-RATE", "The exchange rate does not fit the currency {said}.",
         "El TipoCambio no corresponde a la moneda {said}.", _rate_of_exchange),
    Rule("CFDI-LINE-TAX", "The line's tax is not its base by its rate. It says {said}, but {made} comes out.",
         "El impuesto del concepto no es su base por su tasa. Dice {said}, pero resulta {made}.", _tax_amounts),
    Rule("CFDI-LINE-EXEMPT", "An exempt line has neither rate nor amount of tax.",
         "Un concepto exento no lleva tasa ni importe.", _exempt),
    Rule("CFDI-LINE-OBJECT", "ObjetoImp {said} does not fit the line's taxes.",
         "ObjetoImp {said} no corresponde a los impuestos del concepto.", _taxed),
    Rule("CFDI-TAX-ROW", "The tax is not the sum of the lines' taxes. It says {said}, but {made} comes out.",
         "El traslado no es la suma de los conceptos. Dice {said}, pero resulta {made}.", _tax_rows("tax")),
    Rule("CFDI-WITHHELD-ROW", "The withholding is not the sum of the lines'. It says {said}, but {made} comes out.",
         "La retención no es la suma de los conceptos. Dice {said}, pero resulta {made}.", _tax_rows("withheld")),
    equal("CFDI-TAX-TOTAL", "tax", _tax_total,
          "The total of the transferred taxes is not their sum.", "TotalImpuestosTrasladados no es su suma."),
    equal("CFDI-WITHHELD-TOTAL", "withheld", lambda bill: added(bill.all("withheld"), "amount"),
          "The total of the withheld taxes is not their sum.", "TotalImpuestosRetenidos no es su suma."),
    equal("CFDI40119", "total", _total,
          "The total is not subtotal less discount plus taxes less withholdings.",
          "El Total no es SubTotal menos Descuento más traslados menos retenciones."),
    Rule("CFDI-PAYMENT", "Method and form of payment are missing (MetodoPago, FormaPago).",
         "Faltan MetodoPago y FormaPago.", _paid),
    Rule("CFDI-STAMP", "The invoice has no stamp (TimbreFiscalDigital): it was not handed to the tax authority.",
         "El comprobante no lleva TimbreFiscalDigital: no está timbrado.", _stamped, warning=True),
)  # fmt: skip
