"""Cross Industry Invoices (Factur-X, ZUGFeRD, XRechnung) in business terms; its one rule: a table, not code."""

from collections.abc import Iterator, Mapping
from typing import Final

from docchain.features.extraction.einvoice.terms import Group, Term, parts, take
from docchain.platform.xml_tree import Node

SPACES: Final = frozenset({"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"})
_CONTEXT, _HEAD = "ExchangedDocumentContext", "ExchangedDocument"
_TRADE: Final = "SupplyChainTradeTransaction"
_AGREED, _SETTLED = f"{_TRADE}/ApplicableHeaderTradeAgreement", f"{_TRADE}/ApplicableHeaderTradeSettlement"
_DELIVERED: Final = f"{_TRADE}/ApplicableHeaderTradeDelivery"
_SELLER, _BUYER = f"{_AGREED}/SellerTradeParty", f"{_AGREED}/BuyerTradeParty"
_SUM: Final = f"{_SETTLED}/SpecifiedTradeSettlementHeaderMonetarySummation"
_PERIOD: Final = "BillingSpecifiedPeriod"
_DAY: Final = "DateTimeString"
_INVOICE: Final[Mapping[str, str]] = {
    "BT-1": f"{_HEAD}/ID",
    "BT-2": f"{_HEAD}/IssueDateTime/{_DAY}",
    "BT-3": f"{_HEAD}/TypeCode",
    "BT-5": f"{_SETTLED}/InvoiceCurrencyCode",
    "BT-6": f"{_SETTLED}/TaxCurrencyCode",
    "BT-7": f"{_SETTLED}/ApplicableTradeTax/TaxPointDate/DateString",
    "BT-8": f"{_SETTLED}/ApplicableTradeTax/DueDateTypeCode",
    "BT-9": f"{_SETTLED}/SpecifiedTradePaymentTerms/DueDateDateTime/{_DAY}",
    "BT-10": f"{_AGREED}/BuyerReference",
    "BT-13": f"{_AGREED}/BuyerOrderReferencedDocument/IssuerAssignedID",
    "BT-20": f"{_SETTLED}/SpecifiedTradePaymentTerms/Description",
    "BT-22": f"{_HEAD}/IncludedNote/Content",
    "BT-23": f"{_CONTEXT}/BusinessProcessSpecifiedDocumentContextParameter/ID",
    "BT-24": f"{_CONTEXT}/GuidelineSpecifiedDocumentContextParameter/ID",
    "BT-27": f"{_SELLER}/Name",
    "BT-28": f"{_SELLER}/SpecifiedLegalOrganization/TradingBusinessName",
    "BT-29": f"{_SELLER}/ID | {_SELLER}/GlobalID",
    "BT-30": f"{_SELLER}/SpecifiedLegalOrganization/ID",
    "BT-34": f"{_SELLER}/URIUniversalCommunication/URIID",
    "BT-34-1": f"{_SELLER}/URIUniversalCommunication/URIID/@schemeID",
    "BT-40": f"{_SELLER}/PostalTradeAddress/CountryID",
    "BT-44": f"{_BUYER}/Name",
    "BT-47": f"{_BUYER}/SpecifiedLegalOrganization/ID",
    "BT-49": f"{_BUYER}/URIUniversalCommunication/URIID",
    "BT-49-1": f"{_BUYER}/URIUniversalCommunication/URIID/@schemeID",
    "BT-55": f"{_BUYER}/PostalTradeAddress/CountryID",
    "BT-62": f"{_AGREED}/SellerTaxRepresentativeTradeParty/Name",
    "BT-72": f"{_DELIVERED}/ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DAY}",
    "BT-73": f"{_SETTLED}/{_PERIOD}/StartDateTime/{_DAY}",
    "BT-74": f"{_SETTLED}/{_PERIOD}/EndDateTime/{_DAY}",
    "BT-80": f"{_DELIVERED}/ShipToTradeParty/PostalTradeAddress/CountryID",
    "BT-81": f"{_SETTLED}/SpecifiedTradeSettlementPaymentMeans/TypeCode",
    "BT-84": f"{_SETTLED}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID | "
    f"{_SETTLED}/SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/ProprietaryID",
    "BT-106": f"{_SUM}/LineTotalAmount",
    "BT-107": f"{_SUM}/AllowanceTotalAmount",
    "BT-108": f"{_SUM}/ChargeTotalAmount",
    "BT-109": f"{_SUM}/TaxBasisTotalAmount",
    "BT-112": f"{_SUM}/GrandTotalAmount",
    "BT-113": f"{_SUM}/TotalPrepaidAmount",
    "BT-114": f"{_SUM}/RoundingAmount",
    "BT-115": f"{_SUM}/DuePayableAmount",
    "BG-5": f"{_SELLER}/PostalTradeAddress/CountryID | {_SELLER}/PostalTradeAddress/CityName",
    "BG-8": f"{_BUYER}/PostalTradeAddress/CountryID | {_BUYER}/PostalTradeAddress/CityName",
}
_LINE_SETTLED: Final = "SpecifiedLineTradeSettlement"
_PRICE: Final = "SpecifiedLineTradeAgreement/NetPriceProductTradePrice"
_LINE: Final[Mapping[str, str]] = {
    "BT-126": "AssociatedDocumentLineDocument/LineID",
    "BT-129": "SpecifiedLineTradeDelivery/BilledQuantity",
    "BT-130": "SpecifiedLineTradeDelivery/BilledQuantity/@unitCode",
    "BT-131": f"{_LINE_SETTLED}/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
    "BT-134": f"{_LINE_SETTLED}/{_PERIOD}/StartDateTime/{_DAY}",
    "BT-135": f"{_LINE_SETTLED}/{_PERIOD}/EndDateTime/{_DAY}",
    "BT-146": f"{_PRICE}/ChargeAmount",
    "BT-148": "SpecifiedLineTradeAgreement/GrossPriceProductTradePrice/ChargeAmount",
    "BT-149": f"{_PRICE}/BasisQuantity",
    "BT-151": f"{_LINE_SETTLED}/ApplicableTradeTax/CategoryCode",
    "BT-152": f"{_LINE_SETTLED}/ApplicableTradeTax/RateApplicablePercent",
    "BT-153": "SpecifiedTradeProduct/Name",
    "BT-159": "SpecifiedTradeProduct/OriginTradeCountry/ID",
}
_ALLOWANCE: Final[Mapping[str, str]] = {
    "amount": "ActualAmount",
    "base": "BasisAmount",
    "percent": "CalculationPercent",
    "category": "CategoryTradeTax/CategoryCode",
    "rate": "CategoryTradeTax/RateApplicablePercent",
    "reason": "Reason | ReasonCode",
}
_VAT: Final[Mapping[str, str]] = {
    "BT-116": "BasisAmount",
    "BT-117": "CalculatedAmount",
    "BT-118": "CategoryCode",
    "BT-119": "RateApplicablePercent",
    "BT-120": "ExemptionReason | ExemptionReasonCode",
}
_REPRESENTATIVE: Final = f"{_AGREED}/SellerTaxRepresentativeTradeParty"
_MEANS: Final = f"{_SETTLED}/SpecifiedTradeSettlementPaymentMeans"
_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "period": (f"{_SETTLED}/{_PERIOD}", {"BT-73": f"StartDateTime/{_DAY}", "BT-74": f"EndDateTime/{_DAY}"}),
    "payee": (f"{_SETTLED}/PayeeTradeParty", {"BT-59": "Name"}),
    "representative": (
        _REPRESENTATIVE,
        {
            "BT-62": "Name",
            "BT-63": "SpecifiedTaxRegistration/ID",
            "BT-69": "PostalTradeAddress/CountryID",
            "BG-12": "PostalTradeAddress/CountryID | PostalTradeAddress/CityName | PostalTradeAddress/LineOne",
        },
    ),
    "means": (_MEANS, {"BT-81": "TypeCode"}),
    "account": (f"{_MEANS}/PayeePartyCreditorFinancialAccount", {"BT-84": "IBANID | ProprietaryID"}),
    "card": (f"{_MEANS}/ApplicableTradeSettlementFinancialCard", {"BT-87": "ID"}),
    "preceding": (f"{_SETTLED}/InvoiceReferencedDocument", {"BT-25": "IssuerAssignedID"}),
    "attachment": (f"{_AGREED}/AdditionalReferencedDocument", {"BT-122": "IssuerAssignedID"}),
    "delivered": (f"{_DELIVERED}/ShipToTradeParty/PostalTradeAddress", {"BT-80": "CountryID"}),
}
_PRODUCT: Final = "SpecifiedTradeProduct"
_LINE_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "period": (
        f"{_LINE_SETTLED}/{_PERIOD}",
        {"BT-134": f"StartDateTime/{_DAY}", "BT-135": f"EndDateTime/{_DAY}"},
    ),
    "attribute": (f"{_PRODUCT}/ApplicableProductCharacteristic", {"BT-160": "Description", "BT-161": "Value"}),
    "standard": (f"{_PRODUCT}/GlobalID", {"scheme": "@schemeID"}),
    "class": (f"{_PRODUCT}/DesignatedProductClassification/ClassCode", {"scheme": "@listID"}),
}


def read(root: Node) -> Group:
    """The whole invoice."""
    bill = Group(root, take(root, _INVOICE))
    bill.terms |= dict(_tax_ids(root)) | dict(_tax_totals(root, bill))
    settled = root.first(_SETTLED)
    bill.groups["VAT"] = [Group(node, take(node, _VAT)) for node in root.all(f"{_SETTLED}/ApplicableTradeTax")]
    bill.groups |= _allowances(settled) | parts(root, _PARTS)
    lines = root.all(f"{_TRADE}/IncludedSupplyChainTradeLineItem")
    bill.groups["line"] = [_line(node) for node in lines]
    return bill


def _line(node: Node) -> Group:
    return Group(node, take(node, _LINE), _allowances(node.first(_LINE_SETTLED)) | parts(node, _LINE_PARTS))


def _allowances(node: Node | None) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {"allowance": [], "charge": []}
    for place in node.all("SpecifiedTradeAllowanceCharge") if node else ():
        said = place.first("ChargeIndicator/Indicator")
        kind = "charge" if said is not None and said.text in ("true", "1") else "allowance"
        found[kind].append(Group(place, take(place, _ALLOWANCE)))
    return found


def _tax_totals(root: Node, bill: Group) -> Iterator[tuple[str, Term]]:
    for node in root.all(f"{_SUM}/TaxTotalAmount"):
        currency = node.attributes.get("currencyID", bill.text("BT-5"))
        yield "BT-110" if currency == bill.text("BT-5") else "BT-111", Term(node.text, node)


def _tax_ids(root: Node) -> Iterator[tuple[str, Term]]:
    """`VA` is a VAT number, `FC` the number that the local tax office gave."""
    representative = f"{_AGREED}/SellerTaxRepresentativeTradeParty"
    for party, vat, other in ((_SELLER, "BT-31", "BT-32"), (_BUYER, "BT-48", ""), (representative, "BT-63", "")):
        for node in root.all(f"{party}/SpecifiedTaxRegistration/ID"):
            name = other if node.attributes.get("schemeID") == "FC" else vat
            if name and node.text:
                yield name, Term(node.text, node)
