"""EN 16931-1: what a part of an invoice has to say once it is there, such as a payee, a period or an attachment."""

from collections.abc import Iterator
from typing import Final

from docchain.features.extraction.einvoice.rules.rule import Broken, Check, Rule, required
from docchain.features.extraction.einvoice.terms import Group

SOURCE: Final = "EN 16931-1"
_PARTS: Final = (
    ("BR-17", "payee", "BT-59", "The payee's name", "el nombre del beneficiario"),
    ("BR-18", "representative", "BT-62", "The tax representative's name", "el nombre del representante fiscal"),
    ("BR-19", "representative", "BG-12", "The tax representative's address", "la dirección del representante fiscal"),
    ("BR-20", "representative", "BT-69", "The tax representative's country", "el país del representante fiscal"),
    ("BR-56", "representative", "BT-63", "The tax representative's VAT number", "el NIF-IVA del representante fiscal"),
    ("BR-41", "line/allowance", "amount", "The amount of the line's allowance", "el importe del descuento de la línea"),
    ("BR-42", "line/allowance", "reason", "The reason of the line's allowance", "el motivo del descuento de la línea"),
    ("BR-43", "line/charge", "amount", "The amount of the line's charge", "el importe del recargo de la línea"),
    ("BR-44", "line/charge", "reason", "The reason of the line's charge", "el motivo del recargo de la línea"),
    ("BR-49", "means", "BT-81", "The code of the means of payment", "el código del medio de pago"),
    ("BR-50", "account", "BT-84", "The account to pay to", "la cuenta de abono"),
    ("BR-52", "attachment", "BT-122", "The reference of the supporting document", "la referencia del documento anexo"),
    ("BR-54", "line/attribute", "BT-160", "The name of the item's attribute", "el nombre del atributo del artículo"),
    ("BR-54", "line/attribute", "BT-161", "The value of the item's attribute", "el valor del atributo del artículo"),
    ("BR-55", "preceding", "BT-25", "The number of the preceding invoice", "el número de la factura anterior"),
    ("BR-57", "delivered", "BT-80", "The country of the delivery address", "el país de la dirección de entrega"),
    ("BR-64", "line/standard", "scheme", "The scheme of the item's standard identifier",
     "el esquema del identificador normalizado del artículo"),
    ("BR-65", "line/class", "scheme", "The scheme of the item's classification",
     "el esquema de la clasificación del artículo"),
    ("BR-CO-19", "period", "BT-73 BT-74 BT-8", "Beginning or end of the invoicing period",
     "el inicio o el fin del periodo facturado"),
    ("BR-CO-20", "line/period", "BT-134 BT-135", "Beginning or end of the line's period",
     "el inicio o el fin del periodo de la línea"),
    ("BR-CO-21", "allowance", "reason", "The allowance's reason or its code", "el motivo del descuento o su código"),
    ("BR-CO-22", "charge", "reason", "The charge's reason or its code", "el motivo del recargo o su código"),
    ("BR-CO-23", "line/allowance", "reason", "Reason or code of the line's allowance",
     "el motivo del descuento de la línea o su código"),
    ("BR-CO-24", "line/charge", "reason", "Reason or code of the line's charge",
     "el motivo del recargo de la línea o su código"),
)  # fmt: skip
_SHOWN: Final = 10


def _needs(term: str, other: str) -> Check:
    """Whoever says the one has to say the other."""

    def check(bill: Group) -> Iterator[Broken]:
        if term in bill and other not in bill:
            yield Broken(bill.path_of(term))

    return check


def _used(bill: Group, code: str) -> bool:
    return any(row.text("BT-118") == code for row in bill.all("VAT"))


def _delivered_when(bill: Group) -> Iterator[Broken]:
    if _used(bill, "K") and not any(term in bill for term in ("BT-72", "BT-73", "BT-74")):
        yield Broken(bill.node.path)


def _delivered_where(bill: Group) -> Iterator[Broken]:
    if _used(bill, "K") and "BT-80" not in bill:
        yield Broken(bill.node.path)


def _card(bill: Group) -> Iterator[Broken]:
    """No more of a card's number may be told than its first six digits and its last four."""
    for card in bill.all("card"):
        said = sum(char.isdigit() for char in card.text("BT-87"))
        if said > _SHOWN:
            yield Broken(card.path_of("BT-87"), warning=True)


def _has(bill: Group, code: str) -> bool:
    """In the breakdown, in lines, or in allowances and charges of the whole."""
    used = (("VAT", "BT-118"), ("line", "BT-151"), ("allowance", "category"), ("charge", "category"))
    return any(group.text(term) == code for kind, term in used for group in bill.all(kind))


def _split_abroad(bill: Group) -> Iterator[Broken]:
    if _has(bill, "B"):
        yield from (Broken(bill.path_of(term)) for term in ("BT-40", "BT-55") if bill.text(term) != "IT")


def _split_and_standard(bill: Group) -> Iterator[Broken]:
    if _has(bill, "B") and _has(bill, "S"):
        yield Broken(bill.node.path)


def _untaxed_alone(bill: Group) -> Iterator[Broken]:
    if _used(bill, "O"):
        yield from (Broken(row.path_of("BT-118")) for row in bill.all("VAT") if row.text("BT-118") != "O")


def _untaxed_among(kind: str, category: str) -> Check:
    def check(bill: Group) -> Iterator[Broken]:
        if _used(bill, "O"):
            for group in bill.all(kind):
                if group.text(category) not in ("", "O"):
                    yield Broken(group.path_of(category))

    return check


def _alone(number: str, kind: str, category: str, en: str, es: str) -> Rule:
    told = f"Where the invoice is not subject to VAT (O), {en} of another VAT category cannot be."
    return Rule(
        f"BR-O-{number}",
        told,
        f"Si la factura no está sujeta a IVA (O), no puede haber {es} de otra categoría.",
        _untaxed_among(kind, category),
    )


RULES: Final = (
    *(required(*row) for row in _PARTS),
    Rule("BR-53", "The total VAT in the accounting currency is missing (BT-111).",
         "Falta el IVA total en la moneda de contabilidad (BT-111).", _needs("BT-6", "BT-111")),
    Rule("BR-62", "The seller's electronic address has no scheme (BT-34-1).",
         "La dirección electrónica del vendedor no indica su esquema (BT-34-1).", _needs("BT-34", "BT-34-1")),
    Rule("BR-63", "The buyer's electronic address has no scheme (BT-49-1).",
         "La dirección electrónica del comprador no indica su esquema (BT-49-1).", _needs("BT-49", "BT-49-1")),
    Rule("BR-IC-11", "An intra-community supply needs its delivery date or period (BT-72, BG-14).",
         "Una entrega intracomunitaria necesita su fecha o su periodo (BT-72, BG-14).", _delivered_when),
    Rule("BR-IC-12", "An intra-community supply needs the country it was delivered to (BT-80).",
         "Una entrega intracomunitaria necesita el país de entrega (BT-80).", _delivered_where),
    Rule("BR-O-11", "Beside “not subject to VAT” (O) there is another VAT category.",
         "Junto a «no sujeta» (O) hay otra categoría de IVA.", _untaxed_alone),
    Rule("BR-51", "More of the payment card's number is told than its first six and last four digits (BT-87).",
         "Se indica más que los seis primeros y los cuatro últimos dígitos de la tarjeta (BT-87).", _card),
    Rule("BR-B-01", "Split payment (B) is for invoices within Italy only.",
         "El pago fraccionado (B) es solo para facturas dentro de Italia.", _split_abroad),
    Rule("BR-B-02", "Split payment (B) and “standard rated” (S) exclude each other.",
         "El pago fraccionado (B) y «sujeta» (S) se excluyen.", _split_and_standard),
    _alone("12", "line", "BT-151", "a line", "una línea"),
    _alone("13", "allowance", "category", "an allowance", "un descuento"),
    _alone("14", "charge", "category", "a charge", "un recargo"),
)  # fmt: skip
