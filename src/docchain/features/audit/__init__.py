"""Audit: the event log as evidence: shown, sealed, reported, streamed, and watched by rules."""
