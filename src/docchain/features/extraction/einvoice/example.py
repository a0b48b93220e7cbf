"""Example of the API's documentation."""

from typing import Any, Final

_TOTAL: Final = "/Invoice/LegalMonetaryTotal/TaxInclusiveAmount"
_AMOUNT: Final = {"amount": "1210.00", "currency": "EUR"}
EINVOICE: Final[dict[str, Any]] = {
    "document_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
    "version_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11",
    "format": "ubl",
    "title": "UBL 2.1",
    "version": "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    "file": None,
    "value": {"number": "2026-118", "date": "2026-11-03", "currency": "EUR", "total": _AMOUNT},
    "fields": {"total": {"value": _AMOUNT, "text": "1210.00", "path": _TOTAL, "confidence": 1.0}},
    "terms": {"BT-112": {"value": "1210.00", "text": "1210.00", "path": _TOTAL, "confidence": 1.0}},
    "missing": {"due_date": "the e-invoice does not say it"},
    "faults": [
        {
            "rule": "BR-CO-15",
            "path": _TOTAL,
            "message": "The total with VAT (BT-112) is not the total without VAT plus the VAT. "
            "It says 1210.00, but 1209.00 comes out.",
            "message_es": "El total con IVA (BT-112) no es el total sin IVA más el IVA. "
            "Dice 1210.00, pero resulta 1209.00.",
            "severity": "error",
            "source": "EN 16931-1",
        }
    ],
    "valid": False,
    "pdf": {
        "document_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e20",
        "version_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e21",
        "handle": "document_8",
        "name": "2026-118.pdf",
        "how": "companion",
    },
}
