"""Entries of the ledger for what steps bring in: the step says where it was, its record says what it is."""

from datetime import datetime
from typing import Any

from docchain.features.documents.intake.arrivals import Received
from docchain.features.documents.products import VersionMade


def came_as(received: Received) -> dict[str, Any]:
    """What goes along in the record of the step."""
    arrival = received.arrival
    return {
        "source_key": arrival.key,
        "origin": arrival.origin[:2_000],
        "declared_type": (arrival.declared or None) and str(arrival.declared)[:200],
        "seen_type": received.seen_type,
    }


def entry_of(made: VersionMade, at: datetime) -> dict[str, Any]:
    """The entry that is written with the row of a version."""
    assert made.came is not None  # noqa: S101 - asked for what came only
    return {
        **made.came,
        "name": made.name,
        "size": made.size,
        "sha256": made.sha256,
        "received_at": at,
        "received_by": made.actor,
        "document_id": made.document_id,
        "version_id": made.version_id,
        "run_id": made.run_id,
    }
