"""Requests that are shown; each is answered offline, as it stands."""

from typing import Any, Final

_COMPLAINT: Final = (
    "La entrega llegó con dos semanas de retraso y el servicio fue pésimo. Escriba a ana@example.com. "
    "El importe es de 1.210,00 €."
)
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "GenerateBody": {"prompt": f"Resume: {_COMPLAINT}", "provider": "local"},
    "SummarizeBody": {"text": _COMPLAINT, "sentences": 1, "provider": "local"},
    "AnalyzeBody": {"text": _COMPLAINT, "analyses": ["sentiment", "language", "entities"], "provider": "local"},
    "TranslateBody": {"text": "Gracias por su pedido.", "to": "en", "provider": "auto"},
    "ClassifyBody": {
        "text": _COMPLAINT,
        "labels": {"queja": "Un cliente se queja de algo", "pedido": "Un cliente pide un producto"},
        "provider": "local",
    },
    "DecideBody": {
        "data": {"total": 1210, "currency": "EUR"},
        "options": {"chief": {"when": "item.total > 1000"}, "clerk": {"when": "item.total <= 1000"}},
        "provider": "local",
    },
    "EmbedBody": {"texts": ["factura", "invoice"], "provider": "local"},
    "AskBody": {"question": "¿Cuál es el importe?", "text": _COMPLAINT, "provider": "local"},
    "ExtractBody": {"document": "document_1", "schema": "invoice", "provider": "local"},
}
