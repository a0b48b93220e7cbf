"""What papers of each kind say; its one rule: a preset is data, in Spanish and English."""

from collections.abc import Mapping
from typing import Final, Literal

from docchain.features.extraction.field_spec import FieldSpec, FieldType

Preset = Literal["invoice", "receipt", "contract", "identity", "mail"]


def _spec(labels: str, kind: FieldType = "text", *, required: bool = False) -> FieldSpec:
    """A label that begins with `=` counts only where it begins its cell."""
    return FieldSpec(type=kind, labels=[label.strip() for label in labels.split(",")], required=required)


INVOICE: Final[Mapping[str, FieldSpec]] = {
    "number": FieldSpec(type="text", required=True),
    "date": FieldSpec(type="date", required=True),
    "due_date": FieldSpec(type="date"),
    "seller": FieldSpec(type="text"),
    "buyer": FieldSpec(type="text"),
    "seller_tax_id": FieldSpec(type="tax_id"),
    "buyer_tax_id": FieldSpec(type="tax_id"),
    "currency": FieldSpec(type="currency"),
    "net": FieldSpec(type="money"),
    "tax": FieldSpec(type="money"),
    "total": FieldSpec(type="money", required=True),
    "lines": FieldSpec(type="lines"),
}
_PAYMENTS: Final = "Efectivo, Tarjeta, Bizum, Transferencia, Cash, Card, Visa, Mastercard, Contactless, Debit card"
RECEIPT: Final[Mapping[str, FieldSpec]] = {
    "number": FieldSpec(type="text"),
    "date": FieldSpec(type="date", required=True),
    "seller": FieldSpec(type="text"),
    "seller_tax_id": FieldSpec(type="tax_id"),
    "currency": FieldSpec(type="currency"),
    "net": FieldSpec(type="money"),
    "tax": FieldSpec(type="money"),
    "total": FieldSpec(type="money", required=True),
    "lines": FieldSpec(type="lines"),
    "payment": FieldSpec(
        type="enum",
        values=_PAYMENTS.split(", "),
        labels=[
            "forma de pago", "medio de pago", "pago con", "pagado con", "=pago", "payment method", "paid by",
            "paid with", "payment type", "=payment", "=tender",
        ],
    ),
}  # fmt: skip
CONTRACT: Final[Mapping[str, FieldSpec]] = {
    "number": _spec("número de contrato, contrato nº, nº de contrato, contract number, contract no, agreement no"),
    "date": _spec(
        "fecha del contrato, fecha de firma, =fecha, date of agreement, agreement date, dated, =date", "date"
    ),
    "party_a": _spec(
        "arrendador, arrendadora, licenciante, prestamista, "
        "sublandlord, lender, =vendedor, =vendedora, prestador, proveedor, empleador, =empresa, landlord, lessor, "
        "=seller, =provider, supplier, service provider, employer, licensor"
    ),
    "party_b": _spec(
        "arrendatario, arrendataria, inquilino, licenciatario, prestatario, "
        "subtenant, borrower, =comprador, =compradora, =cliente, trabajador, trabajadora, tenant, tenant(s), lessee, "
        "=buyer, =client, =customer, employee, licensee"
    ),
    "start_date": _spec(
        "fecha de inicio, inicio del contrato, =inicio, entrada en vigor, desde el, start date, effective date, "
        "commencement date, commences on, starts on", "date",
    ),
    "end_date": _spec(
        "fecha de fin, fecha de finalización, fin del contrato, =fin, vencimiento, hasta el, end date, expiry date, "
        "termination date, expires on, ends on", "date",
    ),
    "amount": _spec(
        "renta mensual, =renta, =precio, importe, honorarios, retribución, salario bruto anual, precio total, "
        "monthly rent, =rent, =price, =fee, total price, monthly fee, annual salary, =salary, contract value", "money",
    ),
    "deposit": _spec("fianza, depósito, security deposit, =deposit", "money"),
    "iban": _spec("iban, cuenta, account", "iban"),
    "term": _spec("duración, =plazo, =term, duration, initial term"),
    "notice": _spec("preaviso, plazo de preaviso, notice period, =notice"),
    "law": _spec("ley aplicable, legislación aplicable, governing law, applicable law"),
}  # fmt: skip
_SEXES: Final = "M, F, X, H, V, Male, Female, Hombre, Mujer, Varón, Masculino, Femenino"
IDENTITY: Final[Mapping[str, FieldSpec]] = {
    "document_number": _spec(
        "número de documento, nº documento, dni, nie, núm soporte dni, pasaporte nº, nº de pasaporte, "
        "número de pasaporte, =no, =nº, =número, número de licencia, nº de licencia, licencia nº, licencia no, "
        "nº licencia, nº de permiso, permiso nº, número de permiso, document number, document no, "
        "passport no, passport number, id number, id no, card no, card number, "
        "licence number, licence no, license number, license no, driver number, dl no, dl, lic no", required=True,
    ),
    "surnames": _spec("apellidos, primer apellido, apellido, surname, surnames, last name, family name, =ln"),
    "given_names": _spec(
        "nombre, nombres, nombre(s), given names, given name, given name(s), first name, first names, forenames, "
        "forename, =fn"
    ),
    "birth_date": _spec(
        "fecha de nacimiento, fecha nacimiento, fec nac, fecha de nac, fecha nac, nacimiento, born, "
        "date of birth, birth date, dob", "date"
    ),
    "expiry_date": _spec(
        "validez, válido hasta, válida hasta, vigencia hasta, vigencia, vigente hasta, fecha de caducidad, caduca, "
        "caducidad, fecha de vencimiento, vencimiento, vence, fecha de expiración, date of expiry, expiry date, "
        "expiry, expires, expires on, expiration date, date of expiration, valid until, valid to, valid thru, =exp",
        "date",
    ),
    "nationality": _spec("nacionalidad, nationality, citizenship"),
    "sex": FieldSpec(
        type="enum",
        values=_SEXES.split(", "),
        labels=["sexo", "sex", "sexo/sex", "sex/sexe", "=género", "=gender", "15 sex"],
    ),
}  # fmt: skip
CAPTIONS: Final = [
    "fecha de expedición", "fecha de emisión", "lugar de nacimiento", "domicilio", "núm soporte", "nº soporte",
    "autoridad", "tipo", "tipo de permiso", "código", "date of issue", "place of birth", "address", "authority",
    "issuing authority", "type", "code", "height",
]  # fmt: skip
"""What identity papers print over values that nobody asks for."""
MAIL: Final[Mapping[str, FieldSpec]] = {
    "sender": _spec("=de, =from, remitente, sender"),
    "recipient": _spec("=para, =to, destinatario, recipient"),
    "subject": _spec("=asunto, =subject, =re, =ref asunto"),
    "date": _spec("=fecha, =date, =enviado, =enviado el, =sent", "date"),
    "reference": _spec(
        "su referencia, n/ref, nuestra referencia, referencia, =ref, our reference, your reference, reference"
    ),
    "amount": _spec("importe, total, cantidad, amount, amount due, sum of", "money"),
    "due_date": _spec("antes del, fecha límite, vence el, no later than, due date, due by, before", "date"),
    "iban": _spec("iban, cuenta, account", "iban"),
}  # fmt: skip
PRESETS: Final[Mapping[str, Mapping[str, FieldSpec]]] = {
    "invoice": INVOICE,
    "receipt": RECEIPT,
    "contract": CONTRACT,
    "identity": IDENTITY,
    "mail": MAIL,
}
READ_AS_INVOICE: Final[Mapping[str, frozenset[str]]] = {
    "invoice": frozenset(INVOICE),
    "receipt": frozenset(RECEIPT) - {"payment"},
}
"""What the readers of invoices fill."""
