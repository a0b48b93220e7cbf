"""Examples of the API's documentation."""

from typing import Any, Final

_ITEM_ID: Final = "0199f5e4-1b2c-7d3e-8f40-516273849501"
_DOCUMENT_ID: Final = "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e10"
_SOURCE_ID: Final = "0199f5e4-1b2c-7d3e-8f40-516273849577"

ITEM: Final[dict[str, Any]] = {
    "id": _ITEM_ID,
    "source": "folder",
    "source_id": _SOURCE_ID,
    "origin": "scans/factura-2026-017.pdf",
    "name": "factura-2026-017.pdf",
    "declared_type": None,
    "seen_type": "application/pdf",
    "size": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "received_at": "2026-11-22T09:30:00Z",
    "received_by": "intake scans",
    "outcome": "accepted",
    "reason": None,
    "detail": None,
    "document_id": _DOCUMENT_ID,
    "version_id": "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e11",
    "duplicate_of": None,
    "parent_id": None,
    "run_id": None,
}
RULES: Final[dict[str, Any]] = {
    "allow": ["application/pdf", "image/*"],
    "max_bytes": 52428800,
    "macros": "refuse",
    "encrypted": "refuse",
    "mismatch": "refuse",
}
SOURCE: Final[dict[str, Any]] = {
    "id": _SOURCE_ID,
    "handle": "intake_source_1",
    "kind": "folder",
    "name": "scans",
    "enabled": True,
    "options": {"path": "scans", "after": "move", "recursive": False},
    "workflow": "workflow_1",
    "input": "document",
    "duplicates": "skip",
    "revision": 1,
    "created_at": "2026-11-22T09:00:00Z",
    "created_by": "admin",
    "last_look": "2026-11-22T09:30:00Z",
    "problem": None,
    "address": None,
    "signing_key": None,
}
NEW_SOURCE: Final[dict[str, Any]] = {
    "kind": "hook",
    "name": "scanner in the lobby",
    "options": {"signed": True},
    "duplicates": "skip",
}
TUS: Final[dict[str, Any]] = {
    "id": "0199f5e4-1b2c-7d3e-8f40-516273849588",
    "name": "archive.pdf",
    "offset": 1048576,
    "length": 104857600,
    "expires_at": "2026-11-23T09:30:00Z",
    "intake": None,
}
