"""Audit: the event log as evidence: shown, sealed, reported, streamed, and watched by rules."""

from docchain.features.audit.house import Audit
from docchain.features.audit.searchable import AuditSource
from docchain.features.audit.taking_out import AuditEntries

__all__ = ["Audit", "AuditEntries", "AuditSource"]
