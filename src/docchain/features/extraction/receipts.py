"""Receipts, which say less than invoices; its one rule: a net is told only where the paper prints one of its own."""

import re
from collections.abc import Mapping
from typing import Final

from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.geometry import Row, fold
from docchain.features.extraction.identity import Order
from docchain.features.extraction.labelled import find_labelled
from docchain.features.extraction.reading import Reading
from docchain.features.extraction.results import Value, value_of
from docchain.features.extraction.spans import Span

_LESS: Final = 0.9
_PAID: Final = 0.82
_LINE: Final = 6
_TITLE: Final = re.compile(r"^(?:recibo|justificante|ticket|tique|comprobante)|receipt$")
_RIDE: Final = re.compile(r"(?:de|desde|from):?\s+(?P<place>.{1,60}?)\s+(?:a|hasta|to):\s", re.IGNORECASE)
_WAYS: Final = frozenset({"pagado", "pago", "paid", "con", "en", "by", "with", "in", "tipo", "de", "via"})
_MORE: Final[Mapping[str, FieldSpec]] = {
    "number": FieldSpec(
        labels=[
            "transaction", "transaction no", "trans no", "order", "order no", "check no", "recibo", "ticket", "tique",
            "tiquet", "=check", "ticket no", "operación", "nº operación", "nº ticket", "receipt", "receipt number",
            "justificante nº",
        ]
    ),
    "date": FieldSpec(type="date", labels=["salida", "fecha de pago", "fecha y hora", "date paid", "payment date"]),
    "total": FieldSpec(
        type="money",
        labels=[
            "=importe", "importe pagado", "importe cobrado", "importe recibido", "=recibido", "the sum of",
            "la cantidad de", "cantidad recibida",
            "amount received", "amount paid", "=amount", "=paid", "total paid", "donation", "donation amount",
        ],
    ),
}  # fmt: skip


def with_receipt(
    reading: Reading, fields: Mapping[str, Value], payment: FieldSpec, order: Order, currency: str | None
) -> dict[str, Value]:
    """What the readers of invoices found, less what they only inferred, and what only receipts print."""
    known = {name: value for name, value in fields.items() if name != "net" or not _inferred(fields)}
    if "seller" in known and (_TITLE.search(fold(known["seller"].text)) or _begins_a_ride(reading, known["seller"])):
        del known["seller"]
    if "total" in known and not float(known["total"].value["amount"]):
        del known["total"]  # what is left to pay after all was paid
    for name, spec in _MORE.items():
        found = None if name in known else find_labelled(reading, name, spec, order, currency)
        if found and (name != "number" or any(map(str.isdigit, found.text))):
            found.confidence = round(found.confidence * _LESS, 3)
            found.value = found.value.lstrip("#º ") if name == "number" else found.value
            known[name] = found
    if "payment" not in known and (paid := _payment(reading, payment)):
        known["payment"] = paid
    return known


def _begins_a_ride(reading: Reading, seller: Value) -> bool:
    """Whether it is the place of “De: Atocha  A: Barajas”."""
    texts = (row.text(0, len(row.tokens)) for row in reading.layout.rows)
    return any((ride := _RIDE.match(text)) and ride["place"] == seller.text for text in texts)


def _inferred(fields: Mapping[str, Value]) -> bool:
    """Whether the net is only the total, or its lines, over again, on a receipt that prints no tax."""
    net, total = fields["net"], fields.get("total")
    if "tax" in fields and float(fields["tax"].value["amount"]):
        return False
    return not net.method.startswith(("right", "under", "after", "column")) or (
        total is not None and (net.page, net.box) == (total.page, total.box)
    )


def _payment(reading: Reading, spec: FieldSpec) -> Value | None:
    """A way to pay that begins a row of its own, perhaps after “Pagado con”; the last one."""
    known = {fold(value): value for value in spec.values}
    found = [value for row in reading.layout.rows for value in _ways(row, known)]
    return found[-1] if found and len({value.value for value in found}) == 1 else None


def _ways(row: Row, known: Mapping[str, str]) -> list[Value]:
    at = 0
    while at < min(len(row.tokens), 3) and row.tokens[at].norm in _WAYS:
        at += 1
    way = known.get(row.tokens[at].norm) if at < len(row.tokens) else None
    if way is None or len(row.tokens) - at > _LINE:
        return []
    return [value_of(way, [Span(row, at, at + 1)], _PAID, "a way to pay that begins its row")]
