"""What search may find and count documents by, besides their text: the names of what they are filed under."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from docchain.features.documents.filing.naming_repository import NAMED
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.repository import DocumentRepository
from docchain.platform.work import Work


def filed_facts(work: Work, ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """By document: `type`, `correspondent`, `status`, `tag`, `collection` and `field.<name>` of its custom fields."""
    filing = FilingRepository(work)
    facets = filing.facets(ids)
    named = {UUID(facet.value) for theirs in facets.values() for facet in theirs if facet.facet in NAMED}
    names = {found.id: found.name for found in filing.filings(named).values()}
    rows = DocumentRepository(work).documents(ids)
    found: dict[UUID, dict[str, Any]] = {}
    for document_id, row in rows.items():
        facts = {f"field.{name}": _fact(value) for name, value in (row.fields or {}).items()}
        facts["held"] = row.held_at is not None
        for facet in facets.get(document_id, []):
            match facet.facet:
                case "type" | "correspondent":
                    facts[facet.facet] = names[UUID(facet.value)]
                case "status":
                    facts["status"] = facet.value
                case "tag":
                    facts.setdefault("tag", []).append(facet.value)
                case "within":
                    facts.setdefault("collection", []).append(names[UUID(facet.value)])
        found[document_id] = facts
    return found


def _fact(value: Any) -> Any:
    """Money counts by its amount, so that ranges can be asked for; dates are dates."""
    match value:
        case {"amount": amount}:
            return float(amount)
        case bool():
            return value
        case int() | float():
            return float(value)
        case list():
            return [str(_fact(item)) for item in value]
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return value
