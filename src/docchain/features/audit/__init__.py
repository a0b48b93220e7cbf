"""Audit: the event log as evidence: shown, sealed, reported, streamed, and watched by rules."""

from docchain.features.audit.house import Audit, build_audit
from docchain.features.audit.searchable import AuditSource
from docchain.features.audit.taking_out import AuditEntries
from docchain.features.audit.threats.reacting import Reactions

__all__ = ["Audit", "AuditEntries", "AuditSource", "Reactions", "build_audit"]
