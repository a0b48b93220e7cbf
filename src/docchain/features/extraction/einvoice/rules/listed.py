"""EN 16931-1, code lists that grow: schemes, reasons, units; its one rule: lists are data (`codes.txt`), loaded late.

The codes are those that the European Commission publishes for validation (ConnectingEurope/eInvoicing-EN16931,
release validation-1.3.16): ISO 6523 ICD, UNTDID 1153, 2005, 2475, 4451, 5189, 7143 and 7161, UNECE Recommendations 20
and 21, and its own lists VATEX, EAS and MIME.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Rule
from docchain.features.extraction.einvoice.terms import Group
from docchain.platform.xml_tree import Node

SOURCE: Final = "EN 16931-1"
_CII: Final = "CrossIndustryInvoice"


@dataclass(frozen=True)
class _List:
    """What a code of it is called, and codes that everybody knows."""

    name: str
    en: str
    es: str
    such_as: str


@dataclass(frozen=True)
class _Place:
    """Where codes stand: the last names of a path, an attribute or the text, and what it must or must not be within."""

    way: str
    attribute: str = ""
    outside: frozenset[str] = frozenset()
    charge: bool | None = None
    object: bool = False

    def of(self, bill: Group) -> Iterator[tuple[Node, str, str]]:
        """Element, path and code."""
        *parents, name = self.way.split("/")
        for node in bill.elements.get(name, ()):
            said = node.attributes.get(self.attribute, "").strip() if self.attribute else node.text
            if said and self._fits(node, parents[::-1]):
                yield node, f"{node.path}/@{self.attribute}" if self.attribute else node.path, said

    def _fits(self, node: Node, parents: list[str]) -> bool:
        above = [over.name for over in node.ancestors()]
        if above[: len(parents)] != parents or self.outside.intersection(above):
            return False
        if self.charge is not None and _is_charge(node.parent) != self.charge:
            return False
        return not self.object or _is_object(node.parent)


def _is_charge(node: Node | None) -> bool:
    said = node and (node.first("ChargeIndicator/Indicator") or node.first("ChargeIndicator"))
    return bool(said and said.text in ("true", "1"))


def _is_object(node: Node | None) -> bool:
    """Only the document that names an invoiced object has a scheme of references."""
    said = node and node.first("DocumentTypeCode")
    return bool(said and said.text == "130")


@cache
def codes(name: str) -> frozenset[str]:
    """A list of `codes.txt`."""
    text = files(__package__).joinpath("codes.txt").read_text("utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    return frozenset(code for head, _, listed in lines if head == name for code in listed.split())


def _rule(id_: str, of: _List, ubl: _Place | None, cii: _Place | None) -> Rule:
    def check(bill: Group) -> Iterator[Broken]:
        place = cii if bill.node.name == _CII else ubl
        for node, path, said in place.of(bill) if place else ():
            code = said.upper() if of is _VATEX else said
            if code not in codes(of.name) and not (id_ == "BR-CL-10" and code == "SEPA" and _is_paid(node)):
                yield Broken(path, {"said": said[:40]})

    en = f"“{{said}}” is no {of.en}. Ask the sender for a code of that list, such as {of.such_as}."
    es = f"«{{said}}» no es {of.es}. Pida al emisor un código de esa lista, como {of.such_as}."
    return Rule(id_, en, es, check)


def _is_paid(node: Node) -> bool:
    """Who is paid by direct debit may be known by a number of SEPA."""
    return any(over.name in ("AccountingSupplierParty", "PayeeParty") for over in node.ancestors())


_ICD: Final = _List("icd", "scheme of identifiers (ISO 6523 ICD)", "un esquema de ISO 6523 (ICD)", "0088, 0060")
_REFERENCE: Final = _List("reference", "scheme of references (UNTDID 1153)", "un esquema de UNTDID 1153", "ABT, AWV")
_SUBJECT: Final = _List("subject", "subject of a note (UNTDID 4451)", "un tema de UNTDID 4451", "AAI, REG")
_CLASS: Final = _List("class", "classification (UNTDID 7143)", "una clasificación de UNTDID 7143", "STI, HS")
_ALLOWANCE: Final = _List(
    "allowance", "reason of an allowance (UNTDID 5189)", "un motivo de descuento de UNTDID 5189", "95, 100"
)
_CHARGE: Final = _List("charge", "reason of a charge (UNTDID 7161)", "un motivo de recargo de UNTDID 7161", "FC, ABL")
_VATEX: Final = _List(
    "vatex", "reason of a VAT exemption (VATEX)", "un motivo de exención de IVA (VATEX)", "VATEX-EU-AE, VATEX-EU-IC"
)
_UNIT: Final = _List(
    "unit", "unit of measure (UNECE Recommendations 20 and 21)", "una unidad de UNECE (Rec. 20 y 21)", "C62, KGM, HUR"
)
_MIME: Final = _List("mime", "kind of file that may be attached", "un tipo de archivo admitido", "application/pdf")
_ENDPOINT: Final = _List(
    "endpoint", "scheme of electronic addresses (EAS)", "un esquema de direcciones electrónicas (EAS)", "0088, 9920"
)
_POINT_UBL: Final = _List("point_ubl", "VAT point (UNTDID 2005)", "un devengo de UNTDID 2005", "3, 35, 432")
_POINT_CII: Final = _List("point_cii", "VAT point (UNTDID 2475)", "un devengo de UNTDID 2475", "5, 29, 72")
_SCHEME: Final = "schemeID"
_NOT_PARTY: Final = frozenset({"SpecifiedTradeProduct", "ShipToTradeParty"})

RULES: Final = (
    _rule("BR-CL-06", _POINT_UBL, _Place("InvoicePeriod/DescriptionCode"), None),
    _rule("BR-CL-06", _POINT_CII, None, _Place("DueDateTypeCode")),
    _rule("BR-CL-07", _REFERENCE, _Place("AdditionalDocumentReference/ID", _SCHEME, object=True),
          _Place("ReferenceTypeCode")),
    _rule("BR-CL-07", _REFERENCE, _Place("DocumentReference/ID", _SCHEME, object=True), None),
    _rule("BR-CL-08", _SUBJECT, None, _Place("SubjectCode")),
    _rule("BR-CL-10", _ICD, _Place("PartyIdentification/ID", _SCHEME), _Place("GlobalID", _SCHEME, _NOT_PARTY)),
    _rule("BR-CL-11", _ICD, _Place("PartyLegalEntity/CompanyID", _SCHEME),
          _Place("ID", _SCHEME, frozenset({"SpecifiedTaxRegistration"}))),
    _rule("BR-CL-13", _CLASS, _Place("CommodityClassification/ItemClassificationCode", "listID"),
          _Place("ClassCode", "listID")),
    _rule("BR-CL-19", _ALLOWANCE, _Place("AllowanceCharge/AllowanceChargeReasonCode", charge=False),
          _Place("SpecifiedTradeAllowanceCharge/ReasonCode", charge=False)),
    _rule("BR-CL-20", _CHARGE, _Place("AllowanceCharge/AllowanceChargeReasonCode", charge=True),
          _Place("SpecifiedTradeAllowanceCharge/ReasonCode", charge=True)),
    _rule("BR-CL-21", _ICD, _Place("StandardItemIdentification/ID", _SCHEME),
          _Place("SpecifiedTradeProduct/GlobalID", _SCHEME)),
    _rule("BR-CL-22", _VATEX, _Place("TaxExemptionReasonCode"), _Place("ExemptionReasonCode")),
    _rule("BR-CL-23", _UNIT, _Place("InvoicedQuantity", "unitCode"), _Place("BilledQuantity", "unitCode")),
    _rule("BR-CL-23", _UNIT, _Place("CreditedQuantity", "unitCode"), None),
    _rule("BR-CL-23", _UNIT, _Place("BaseQuantity", "unitCode"), _Place("BasisQuantity", "unitCode")),
    _rule("BR-CL-24", _MIME, _Place("EmbeddedDocumentBinaryObject", "mimeCode"),
          _Place("AttachmentBinaryObject", "mimeCode")),
    _rule("BR-CL-25", _ENDPOINT, _Place("EndpointID", _SCHEME), _Place("URIUniversalCommunication/URIID", _SCHEME)),
    _rule("BR-CL-26", _ICD, _Place("DeliveryLocation/ID", _SCHEME), _Place("ShipToTradeParty/GlobalID", _SCHEME)),
)  # fmt: skip
