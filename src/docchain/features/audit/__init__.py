"""Audit: the event log as evidence: shown, sealed, reported, streamed, and watched by rules."""

from docchain.features.audit.house import Audit, build_audit

__all__ = ["Audit", "build_audit"]
