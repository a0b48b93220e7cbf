"""Examples of the API's documentation."""

from typing import Any, Final

_DOCUMENT_ID: Final = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10"
_VERSION_ID: Final = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11"
_RUN_ID: Final = "0199f5e3-0a10-7b21-9c54-8d0e6f7a1b22"
_PARSED_ID: Final = "0199f5e3-0a10-8f3e-a1b2-c3d4e5f60718"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_MADE: Final = {"run_id": _RUN_ID, "step": "text", "attempt": 1, "step_kind": "document.parse", "step_kind_version": 1}

VERSION: Final[dict[str, Any]] = {
    "id": _VERSION_ID,
    "document_id": _DOCUMENT_ID,
    "number": 1,
    "name": "factura-2026-017.pdf",
    "media_type": "application/pdf",
    "size": 48213,
    "sha256": _SHA256,
    "origin": "upload",
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
    "parent_version_id": None,
    "made_by": None,
}
DOCUMENT: Final[dict[str, Any]] = {
    "id": _DOCUMENT_ID,
    "handle": "document_7",
    "name": "factura-2026-017.pdf",
    "media_type": "application/pdf",
    "origin": "upload",
    "created_at": "2026-11-22T09:30:00Z",
    "created_by": "admin",
    "duplicate_of": None,
    "revision": 3,
    "status": "in_review",
    "type": {"id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e20", "name": "invoice"},
    "correspondent": None,
    "tags": ["urgent"],
    "collections": [],
    "fields": {"total": {"amount": "1210.00", "currency": "EUR"}},
    "hold": None,
    "keep_until": "2032-11-22T09:30:00Z",
    "deleted_at": None,
    "current": VERSION,
}
_PARSED: Final[dict[str, Any]] = {
    **VERSION,
    "id": _PARSED_ID,
    "document_id": "0199f5e3-0a10-8d4c-9a8b-7c6d5e4f3a2b",
    "name": "factura-2026-017.pdf.json",
    "media_type": "application/vnd.docchain.parsed+json",
    "origin": "step",
    "made_by": _MADE,
}
LINEAGE: Final[dict[str, Any]] = {
    "version_id": _PARSED_ID,
    "versions": [
        {**_PARSED, "inputs": [_VERSION_ID], "deleted": False},
        {**VERSION, "inputs": [], "deleted": False},
    ],
    "complete": True,
}


def _reference(version: dict[str, Any]) -> dict[str, Any]:
    names = ("document_id", "sha256", "media_type", "name", "size")
    return {"version_id": version["id"], **{name: version[name] for name in names}}


FIELD_LINEAGE: Final[dict[str, Any]] = {
    "run_id": _RUN_ID,
    "step": "fields",
    "attempt": 1,
    "step_kind": "extract.fields",
    "step_kind_version": 1,
    "field": "total",
    "value": {"amount": "1210.00", "currency": "EUR"},
    "confidence": 0.97,
    "page": 1,
    "box": [431.2, 655.1, 489.0, 667.3],
    "text": "1.210,00 €",
    "parsed": _reference(_PARSED),
    "sources": [_reference(VERSION)],
}
