"""Which e-invoice a file is; its one rule: its content decides, by the root's name and namespace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from docchain.features.extraction.einvoice import cfdi, cii, facturae, ubl
from docchain.features.extraction.einvoice.terms import Group
from docchain.platform.xml_tree import Node

Format = Literal["facturae", "ubl", "cii", "cfdi"]
_EN16931: Final = {
    "number": "BT-1",
    "date": "BT-2",
    "due_date": "BT-9",
    "seller": "BT-27",
    "buyer": "BT-44",
    "seller_tax_id": "BT-31",
    "buyer_tax_id": "BT-48",
    "currency": "BT-5",
    "net": "BT-109",
    "tax": "BT-110",
    "total": "BT-112",
}
_EN16931_LINE: Final = {
    "description": "BT-153",
    "quantity": "BT-129",
    "unit_price": "BT-146",
    "amount": "BT-131",
}
TITLES: Final[Mapping[str, str]] = {
    "facturae": "Facturae",
    "ubl": "UBL 2.1",
    "cii": "Cross Industry Invoice (Factur-X, ZUGFeRD)",
    "cfdi": "CFDI 4.0",
}


@dataclass(frozen=True)
class Bill:
    """An e-invoice: its format, its terms, and where the fields of an invoice are among them."""

    format: Format
    group: Group
    fields: Mapping[str, str]
    line_fields: Mapping[str, str]

    @property
    def version(self) -> str:
        """Of the format, or the specification that an invoice of EN 16931 says it follows."""
        return self.group.text("BT-24") or self.group.text("version")


def format_of(root: Node) -> Format | None:
    """By name and namespace; anything else is some other XML."""
    if root.name in ("Invoice", "CreditNote") and root.space in ubl.SPACES:
        return "ubl"
    if root.name == "CrossIndustryInvoice" and root.space in cii.SPACES:
        return "cii"
    if root.name == "Facturae" and any(part in root.space.lower() for part in facturae.SPACE_PARTS):
        return "facturae"
    if root.name == "Comprobante" and root.space in cfdi.SPACES:
        return "cfdi"
    return None


def open_bill(root: Node) -> Bill | None:
    """The terms of an e-invoice; `None` for other XML."""
    found = format_of(root)
    if found is None:
        return None
    read, fields, line_fields = _READERS[found]
    return Bill(found, read(root), fields, line_fields)


_READERS: Final[Mapping[str, tuple[Callable[[Node], Group], Mapping[str, str], Mapping[str, str]]]] = {
    "ubl": (ubl.read, _EN16931, _EN16931_LINE),
    "cii": (cii.read, _EN16931, _EN16931_LINE),
    "facturae": (facturae.read, facturae.FIELDS, facturae.LINE_FIELDS),
    "cfdi": (cfdi.read, cfdi.FIELDS, cfdi.LINE_FIELDS),
}
