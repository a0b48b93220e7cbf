"""Examples of the API's documentation."""

from typing import Any, Final

REQUEST: Final[dict[str, Any]] = {
    "q": "invoice",
    "mode": "hybrid",
    "kinds": ["document"],
    "filters": ["origin:upload"],
    "facets": ["media_type", "month"],
    "limit": 20,
}
ANSWER: Final[dict[str, Any]] = {
    "hits": [
        {
            "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10",
            "kind": "document",
            "handle": "document_7",
            "title": "factura-2026-017.pdf",
            "score": 0.0325,
            "created_at": "2026-11-22T09:30:00Z",
            "updated_at": "2026-11-22T09:30:00Z",
            "language": "es",
            "facts": {"media_type": "application/pdf", "origin": "upload", "owner": "admin"},
            "highlights": [{"field": "text", "text": "Factura del alquiler de mayo", "marks": [[0, 7]]}],
            "why": {
                "said": "“Factura” in its text; and it means something similar (0.61).",
                "text": {"rank": 1, "share": 0.0164, "terms": ["Factura"], "fields": ["text"]},
                "semantic": {
                    "rank": 2,
                    "share": 0.0161,
                    "similarity": 0.61,
                    "passage": "Factura del alquiler de mayo",
                },
            },
        }
    ],
    "total": 1,
    "facets": {"media_type": [{"value": "application/pdf", "count": 1}]},
    "mode": "hybrid",
    "did_you_mean": None,
    "notice": None,
    "next_cursor": None,
    "took_ms": 9.4,
}
SUGGESTIONS: Final[dict[str, Any]] = {"suggestions": ["factura", "facturacion"]}
STATUS: Final[dict[str, Any]] = {
    "backend": "embedded",
    "capabilities": {"phrases": True, "prefixes": True, "fuzzy": True, "facets": True, "vectors": True},
    "model": "usem3",
    "entries": 1204,
    "passages": 3977,
    "bytes": 9120331,
    "unread": 0,
    "unreadable": 2,
    "behind": 0,
    "rebuild": None,
}
SAVED_REQUEST: Final[dict[str, Any]] = {
    "name": "Unpaid invoices",
    "shared": True,
    "query": {"q": "invoice overdue", "kinds": ["document"]},
}
SAVED: Final[dict[str, Any]] = {
    "id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e20",
    "handle": "search_1",
    "name": "Unpaid invoices",
    "owner": "admin",
    "shared": True,
    "query": {"q": "invoice overdue", "kinds": ["document"]},
    "revision": 1,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
}
