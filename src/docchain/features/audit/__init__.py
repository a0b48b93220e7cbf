"""Audit: the event log as evidence: shown, sealed, reported, streamed, and watched by rules."""

from docchain.features.audit.house import Audit, build_audit
from docchain.features.audit.searchable import AuditSource

__all__ = ["Audit", "AuditSource", "build_audit"]
