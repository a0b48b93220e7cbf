"""Facturae 3.2, 3.2.1 and 3.2.2 (Spain) in plain terms; its one rule: the first invoice of a batch is the invoice."""

from typing import Final

from docchain.features.extraction.einvoice.terms import Group, Term, take
from docchain.platform.xml_tree import Node

SPACE_PARTS: Final = ("facturae.es/facturae/", "facturae.gob.es/formato/versiones/facturaev3")
_PARTY: Final = {
    "name": "LegalEntity/CorporateName",
    "tax_id": "TaxIdentification/TaxIdentificationNumber",
    "person": "TaxIdentification/PersonTypeCode",
    "residence": "TaxIdentification/ResidenceTypeCode",
}
_BATCH: Final = {
    "version": "FileHeader/SchemaVersion",
    "modality": "FileHeader/Modality",
    "invoices_count": "FileHeader/Batch/InvoicesCount",
    "batch_total": "FileHeader/Batch/TotalInvoicesAmount/TotalAmount",
    "batch_outstanding": "FileHeader/Batch/TotalOutstandingAmount/TotalAmount",
    "batch_executable": "FileHeader/Batch/TotalExecutableAmount/TotalAmount",
    "batch_currency": "FileHeader/Batch/InvoiceCurrencyCode",
}
_INVOICE: Final = {
    "number": "InvoiceHeader/InvoiceNumber",
    "series": "InvoiceHeader/InvoiceSeriesCode",
    "type": "InvoiceHeader/InvoiceDocumentType",
    "class": "InvoiceHeader/InvoiceClass",
    "corrects": "InvoiceHeader/Corrective/ReasonCode",
    "date": "InvoiceIssueData/IssueDate",
    "currency": "InvoiceIssueData/InvoiceCurrencyCode",
    "due_date": "PaymentDetails/Installment/InstallmentDueDate",
    "gross": "InvoiceTotals/TotalGrossAmount",
    "discounts": "InvoiceTotals/TotalGeneralDiscounts",
    "charges": "InvoiceTotals/TotalGeneralSurcharges",
    "before_taxes": "InvoiceTotals/TotalGrossAmountBeforeTaxes",
    "tax": "InvoiceTotals/TotalTaxOutputs",
    "withheld": "InvoiceTotals/TotalTaxesWithheld",
    "total": "InvoiceTotals/InvoiceTotal",
    "outstanding": "InvoiceTotals/TotalOutstandingAmount",
    "executable": "InvoiceTotals/TotalExecutableAmount",
    "subsidies": "InvoiceTotals/Subsidies/Subsidy/SubsidyAmount",
    "paid_on_account": "InvoiceTotals/TotalPaymentsOnAccount",
    "guaranteed": "InvoiceTotals/AmountsWithheld/WithholdingAmount",
    "late_interest": "InvoiceTotals/TotalFinancialExpenses",
    "reimbursed": "InvoiceTotals/TotalReimbursableExpenses",
    "order": "Items/InvoiceLine/ReceiverTransactionReference",
}
_LINE: Final = {
    "description": "ItemDescription",
    "quantity": "Quantity",
    "unit_price": "UnitPriceWithoutTax",
    "cost": "TotalCost",
    "amount": "GrossAmount",
}
_TAX: Final = {
    "kind": "TaxTypeCode",
    "rate": "TaxRate",
    "base": "TaxableBase/TotalAmount",
    "amount": "TaxAmount/TotalAmount",
    "surcharge_rate": "EquivalenceSurcharge",
    "surcharge": "EquivalenceSurchargeAmount/TotalAmount",
}
_DISCOUNT: Final = {"amount": "DiscountAmount"}
_CHARGE: Final = {"amount": "ChargeAmount"}
_INSTALMENT: Final = {"date": "InstallmentDueDate", "amount": "InstallmentAmount"}

FIELDS: Final = {
    "number": "number",
    "date": "date",
    "due_date": "due_date",
    "seller": "seller",
    "buyer": "buyer",
    "seller_tax_id": "seller_tax_id",
    "buyer_tax_id": "buyer_tax_id",
    "currency": "currency",
    "net": "before_taxes",
    "tax": "tax",
    "total": "total",
}
LINE_FIELDS: Final = {
    "description": "description",
    "quantity": "quantity",
    "unit_price": "unit_price",
    "amount": "amount",
}


def read(root: Node) -> Group:
    """The first invoice of the batch; how many there are is in `groups["invoice"]`."""
    invoices = list(root.all("Invoices/Invoice"))
    place = invoices[0] if invoices else root
    bill = Group(place, take(root, _BATCH) | take(place, _INVOICE))
    for side, path in (("seller", "Parties/SellerParty"), ("buyer", "Parties/BuyerParty")):
        bill.terms |= _party(root.first(path), side)
    bill.terms |= _numbered(bill)
    bill.groups = {
        "invoice": [Group(node, take(node, _INVOICE)) for node in invoices],
        "tax": _groups(place, "TaxesOutputs/Tax", _TAX),
        "withheld": _groups(place, "TaxesWithheld/Tax", _TAX),
        "discount": _groups(place, "InvoiceTotals/GeneralDiscounts/Discount", _DISCOUNT),
        "charge": _groups(place, "InvoiceTotals/GeneralSurcharges/Charge", _CHARGE),
        "instalment": _groups(place, "PaymentDetails/Installment", _INSTALMENT),
        "line": [_line(node) for node in place.all("Items/InvoiceLine")],
    }
    return bill


def _groups(node: Node, path: str, table: dict[str, str]) -> list[Group]:
    return [Group(found, take(found, table)) for found in node.all(path)]


def _line(node: Node) -> Group:
    inner = {
        "discount": _groups(node, "DiscountsAndRebates/Discount", _DISCOUNT),
        "charge": _groups(node, "Charges/Charge", _CHARGE),
        "tax": _groups(node, "TaxesOutputs/Tax", _TAX),
    }
    return Group(node, take(node, _LINE), inner)


def _party(node: Node | None, side: str) -> dict[str, Term]:
    if node is None:
        return {}
    found = take(node, _PARTY)
    person = node.first("Individual")
    if "name" not in found and person is not None:
        pieces = (person.first(name) for name in ("Name", "FirstSurname", "SecondSurname"))
        found["name"] = Term(" ".join(piece.text for piece in pieces if piece is not None and piece.text), person)
    names = {"name": side, "tax_id": f"{side}_tax_id", "person": f"{side}_person", "residence": f"{side}_residence"}
    return {names[name]: term for name, term in found.items()}


def _numbered(bill: Group) -> dict[str, Term]:
    """Series and number together tell an invoice from all others of its issuer."""
    series, number = bill.get("series"), bill.get("number")
    if series is None or number is None or number.text.startswith(series.text):
        return {}
    return {"number": Term(f"{series.text}-{number.text}", number.node)}
