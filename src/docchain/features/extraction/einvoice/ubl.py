"""UBL 2.1 invoices and credit notes (Peppol BIS 3, XRechnung) in business terms; its one rule: a table, not code."""

from collections.abc import Iterator, Mapping
from typing import Final

from docchain.features.extraction.einvoice.terms import Group, Term, parts, take
from docchain.platform.xml_tree import Node

SPACES: Final = frozenset(
    f"urn:oasis:names:specification:ubl:schema:xsd:{name}-2" for name in ("Invoice", "CreditNote")
)
_SELLER, _BUYER = "AccountingSupplierParty/Party", "AccountingCustomerParty/Party"
_TOTAL: Final = "LegalMonetaryTotal"
_INVOICE: Final[Mapping[str, str]] = {
    "BT-1": "ID",
    "BT-2": "IssueDate",
    "BT-3": "InvoiceTypeCode | CreditNoteTypeCode",
    "BT-5": "DocumentCurrencyCode",
    "BT-6": "TaxCurrencyCode",
    "BT-7": "TaxPointDate",
    "BT-8": "InvoicePeriod/DescriptionCode",
    "BT-9": "DueDate | PaymentMeans/PaymentDueDate",
    "BT-10": "BuyerReference",
    "BT-13": "OrderReference/ID",
    "BT-20": "PaymentTerms/Note",
    "BT-22": "Note",
    "BT-23": "ProfileID",
    "BT-24": "CustomizationID",
    "BT-27": f"{_SELLER}/PartyLegalEntity/RegistrationName",
    "BT-28": f"{_SELLER}/PartyName/Name",
    "BT-29": f"{_SELLER}/PartyIdentification/ID",
    "BT-30": f"{_SELLER}/PartyLegalEntity/CompanyID",
    "BT-34": f"{_SELLER}/EndpointID",
    "BT-34-1": f"{_SELLER}/EndpointID/@schemeID",
    "BT-40": f"{_SELLER}/PostalAddress/Country/IdentificationCode",
    "BT-44": f"{_BUYER}/PartyLegalEntity/RegistrationName",
    "BT-47": f"{_BUYER}/PartyLegalEntity/CompanyID",
    "BT-49": f"{_BUYER}/EndpointID",
    "BT-49-1": f"{_BUYER}/EndpointID/@schemeID",
    "BT-55": f"{_BUYER}/PostalAddress/Country/IdentificationCode",
    "BT-62": "TaxRepresentativeParty/PartyName/Name",
    "BT-72": "Delivery/ActualDeliveryDate",
    "BT-73": "InvoicePeriod/StartDate",
    "BT-74": "InvoicePeriod/EndDate",
    "BT-80": "Delivery/DeliveryLocation/Address/Country/IdentificationCode",
    "BT-81": "PaymentMeans/PaymentMeansCode",
    "BT-84": "PaymentMeans/PayeeFinancialAccount/ID",
    "BT-106": f"{_TOTAL}/LineExtensionAmount",
    "BT-107": f"{_TOTAL}/AllowanceTotalAmount",
    "BT-108": f"{_TOTAL}/ChargeTotalAmount",
    "BT-109": f"{_TOTAL}/TaxExclusiveAmount",
    "BT-112": f"{_TOTAL}/TaxInclusiveAmount",
    "BT-113": f"{_TOTAL}/PrepaidAmount",
    "BT-114": f"{_TOTAL}/PayableRoundingAmount",
    "BT-115": f"{_TOTAL}/PayableAmount",
    "BG-5": f"{_SELLER}/PostalAddress/Country/IdentificationCode | {_SELLER}/PostalAddress/CityName",
    "BG-8": f"{_BUYER}/PostalAddress/Country/IdentificationCode | {_BUYER}/PostalAddress/CityName",
}
_LINE: Final[Mapping[str, str]] = {
    "BT-126": "ID",
    "BT-129": "InvoicedQuantity | CreditedQuantity",
    "BT-130": "InvoicedQuantity/@unitCode | CreditedQuantity/@unitCode",
    "BT-131": "LineExtensionAmount",
    "BT-134": "InvoicePeriod/StartDate",
    "BT-135": "InvoicePeriod/EndDate",
    "BT-146": "Price/PriceAmount",
    "BT-148": "Price/AllowanceCharge/BaseAmount",
    "BT-149": "Price/BaseQuantity",
    "BT-151": "Item/ClassifiedTaxCategory/ID",
    "BT-152": "Item/ClassifiedTaxCategory/Percent",
    "BT-153": "Item/Name",
    "BT-159": "Item/OriginCountry/IdentificationCode",
}
_ALLOWANCE: Final[Mapping[str, str]] = {
    "amount": "Amount",
    "base": "BaseAmount",
    "percent": "MultiplierFactorNumeric",
    "category": "TaxCategory/ID",
    "rate": "TaxCategory/Percent",
    "reason": "AllowanceChargeReason | AllowanceChargeReasonCode",
}
_VAT: Final[Mapping[str, str]] = {
    "BT-116": "TaxableAmount",
    "BT-117": "TaxAmount",
    "BT-118": "TaxCategory/ID",
    "BT-119": "TaxCategory/Percent",
    "BT-120": "TaxCategory/TaxExemptionReason | TaxCategory/TaxExemptionReasonCode",
}
_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "period": ("InvoicePeriod", {"BT-73": "StartDate", "BT-74": "EndDate", "BT-8": "DescriptionCode"}),
    "payee": ("PayeeParty", {"BT-59": "PartyName/Name"}),
    "representative": (
        "TaxRepresentativeParty",
        {
            "BT-62": "PartyName/Name",
            "BT-63": "PartyTaxScheme/CompanyID",
            "BT-69": "PostalAddress/Country/IdentificationCode",
            "BG-12": "PostalAddress/Country/IdentificationCode | PostalAddress/CityName | PostalAddress/StreetName",
        },
    ),
    "means": ("PaymentMeans", {"BT-81": "PaymentMeansCode"}),
    "account": ("PaymentMeans/PayeeFinancialAccount", {"BT-84": "ID"}),
    "card": ("PaymentMeans/CardAccount", {"BT-87": "PrimaryAccountNumberID"}),
    "preceding": ("BillingReference/InvoiceDocumentReference", {"BT-25": "ID"}),
    "attachment": ("AdditionalDocumentReference", {"BT-122": "ID"}),
    "delivered": ("Delivery/DeliveryLocation/Address", {"BT-80": "Country/IdentificationCode"}),
}
_LINE_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "period": ("InvoicePeriod", {"BT-134": "StartDate", "BT-135": "EndDate"}),
    "attribute": ("Item/AdditionalItemProperty", {"BT-160": "Name", "BT-161": "Value"}),
    "standard": ("Item/StandardItemIdentification/ID", {"scheme": "@schemeID"}),
    "class": ("Item/CommodityClassification/ItemClassificationCode", {"scheme": "@listID"}),
}


def read(root: Node) -> Group:
    """The whole invoice."""
    bill = Group(root, take(root, _INVOICE))
    bill.terms |= dict(_tax_ids(root))
    total = _tax_total(root, bill.text("BT-5"))
    if total is not None:
        bill.terms |= take(total, {"BT-110": "TaxAmount"})
        bill.groups["VAT"] = [Group(node, take(node, _VAT)) for node in total.all("TaxSubtotal")]
    other = _tax_total(root, bill.text("BT-6")) if "BT-6" in bill else None
    if other is not None and other is not total:
        bill.terms |= take(other, {"BT-111": "TaxAmount"})
    bill.groups |= _allowances(root) | parts(root, _PARTS)
    bill.groups["line"] = [_line(node) for name in ("InvoiceLine", "CreditNoteLine") for node in root.all(name)]
    return bill


def _line(node: Node) -> Group:
    return Group(node, take(node, _LINE), _allowances(node) | parts(node, _LINE_PARTS))


def _allowances(node: Node) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {"allowance": [], "charge": []}
    for place in node.all("AllowanceCharge"):
        said = place.first("ChargeIndicator")
        kind = "charge" if said is not None and said.text in ("true", "1") else "allowance"
        found[kind].append(Group(place, take(place, _ALLOWANCE)))
    return found


def _tax_total(root: Node, currency: str) -> Node | None:
    """The one in the wanted currency; some senders leave it out."""
    totals = list(root.all("TaxTotal"))
    for total in totals:
        amount = total.first("TaxAmount")
        if amount is not None and amount.attributes.get("currencyID", currency) == currency:
            return total
    return None


def _tax_ids(root: Node) -> Iterator[tuple[str, Term]]:
    """Who is registered for VAT says so by the scheme; other registrations (BT-32) stand beside it."""
    representative = ("TaxRepresentativeParty", "BT-63", "")
    for party, vat, other in ((_SELLER, "BT-31", "BT-32"), (_BUYER, "BT-48", ""), representative):
        for node in root.all(f"{party}/PartyTaxScheme"):
            scheme, number = node.first("TaxScheme/ID"), node.first("CompanyID")
            if number is not None and number.text:
                is_vat = scheme is None or scheme.text.upper() == "VAT"
                name = vat if is_vat else other
                if name:
                    yield name, Term(number.text, number)
