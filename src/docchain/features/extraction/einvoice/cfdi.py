"""CFDI 4.0 (Mexico) in plain terms; its one rule: the net is what is taxed, the subtotal less discounts."""

from typing import Final

from docchain.features.extraction.einvoice.terms import Group, Term, take
from docchain.platform.xml_tree import Node

SPACES: Final = frozenset({"http://www.sat.gob.mx/cfd/4"})
_INVOICE: Final = {
    "version": "@Version",
    "series": "@Serie",
    "folio": "@Folio",
    "uuid": "Complemento/TimbreFiscalDigital/@UUID",
    "date": "@Fecha",
    "type": "@TipoDeComprobante",
    "currency": "@Moneda",
    "exchange_rate": "@TipoCambio",
    "export": "@Exportacion",
    "payment_method": "@MetodoPago",
    "payment_form": "@FormaPago",
    "place": "@LugarExpedicion",
    "seal": "@Sello",
    "certificate": "@NoCertificado",
    "subtotal": "@SubTotal",
    "discount": "@Descuento",
    "total": "@Total",
    "tax": "Impuestos/@TotalImpuestosTrasladados",
    "withheld": "Impuestos/@TotalImpuestosRetenidos",
    "seller": "Emisor/@Nombre",
    "seller_tax_id": "Emisor/@Rfc",
    "seller_regime": "Emisor/@RegimenFiscal",
    "buyer": "Receptor/@Nombre",
    "buyer_tax_id": "Receptor/@Rfc",
    "buyer_postcode": "Receptor/@DomicilioFiscalReceptor",
    "buyer_regime": "Receptor/@RegimenFiscalReceptor",
    "use": "Receptor/@UsoCFDI",
}
_LINE: Final = {
    "code": "@ClaveProdServ",
    "quantity": "@Cantidad",
    "unit": "@ClaveUnidad",
    "description": "@Descripcion",
    "unit_price": "@ValorUnitario",
    "amount": "@Importe",
    "discount": "@Descuento",
    "taxed": "@ObjetoImp",
}
_TAX: Final = {
    "base": "@Base",
    "tax": "@Impuesto",
    "factor": "@TipoFactor",
    "rate": "@TasaOCuota",
    "amount": "@Importe",
}

FIELDS: Final = {
    "number": "number",
    "date": "date",
    "seller": "seller",
    "buyer": "buyer",
    "seller_tax_id": "seller_tax_id",
    "buyer_tax_id": "buyer_tax_id",
    "currency": "currency",
    "net": "net",
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
    """The whole invoice."""
    bill = Group(root, take(root, _INVOICE))
    bill.groups = {
        "tax": _taxes(root, "Impuestos/Traslados/Traslado"),
        "withheld": _taxes(root, "Impuestos/Retenciones/Retencion"),
        "line": [_line(node) for node in root.all("Conceptos/Concepto")],
    }
    bill.terms |= _numbered(bill) | _net(bill)
    return bill


def _line(node: Node) -> Group:
    inner = {
        "tax": _taxes(node, "Impuestos/Traslados/Traslado"),
        "withheld": _taxes(node, "Impuestos/Retenciones/Retencion"),
    }
    return Group(node, take(node, _LINE), inner)


def _taxes(node: Node, path: str) -> list[Group]:
    return [Group(found, take(found, _TAX)) for found in node.all(path)]


def _numbered(bill: Group) -> dict[str, Term]:
    """Series and folio; without them, the stamp's own number."""
    said = [term for term in (bill.get("series"), bill.get("folio")) if term is not None]
    if said:
        return {"number": Term("-".join(term.text for term in said), said[-1].node, said[-1].attribute)}
    stamp = bill.get("uuid")
    return {} if stamp is None else {"number": stamp}


def _net(bill: Group) -> dict[str, Term]:
    subtotal, discount = bill.get("subtotal"), bill.get("discount")
    if subtotal is None or subtotal.number is None:
        return {}
    if discount is None or discount.number is None:
        return {"net": subtotal}
    return {"net": Term(format(subtotal.number - discount.number, "f"), subtotal.node, subtotal.attribute)}
