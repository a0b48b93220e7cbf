"""Documents as clients see them: with their current versions and what they are filed under, many at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from docchain.features.documents.domain import handle_of
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.trash import kept_until
from docchain.features.documents.schemas import Document, DocumentVersion, FiledUnder, Hold, MadeBy
from docchain.features.documents.tables import DocumentRow, DocumentVersionRow, FacetRow, FilingRow
from docchain.platform.work import Work

_OWN = ("id", "name", "media_type", "origin", "created_at", "created_by", "duplicate_of", "revision", "deleted_at")
_FILED = frozenset({"type", "correspondent", "collection"})


def shown(work: Work, rows: Sequence[tuple[DocumentRow, DocumentVersionRow]]) -> list[Document]:
    """Each with the version that is given."""
    filing = FilingRepository(work)
    facets = filing.facets([row.id for row, _ in rows]) if rows else {}
    named = {UUID(facet.value) for theirs in facets.values() for facet in theirs if facet.facet in _FILED}
    filings = filing.filings(named)
    return [_document(row, version, facets.get(row.id, []), filings) for row, version in rows]


def version_of(row: DocumentVersionRow) -> DocumentVersion:
    columns = {name: getattr(row, name) for name in DocumentVersion.model_fields if name != "made_by"}
    return DocumentVersion.model_validate({**columns, "made_by": _maker(row)})


def _maker(row: DocumentVersionRow) -> MadeBy | None:
    if row.run_id is None:
        return None
    return MadeBy.model_validate({name: getattr(row, name) for name in MadeBy.model_fields})


def _document(
    row: DocumentRow, version: DocumentVersionRow, facets: Sequence[FacetRow], filings: Mapping[UUID, FilingRow]
) -> Document:
    told: dict[str, Any] = {name: getattr(row, name) for name in _OWN}
    names = {found.id: FiledUnder(id=found.id, name=found.name) for found in _named(facets, filings)}
    type_ = next((filings[UUID(facet.value)] for facet in facets if facet.facet == "type"), None)
    told |= {"tags": [], "collections": [], "fields": row.fields or {}}
    told |= {"hold": _hold(row), "keep_until": kept_until(row, type_)}
    for facet in facets:
        match facet.facet:
            case "tag":
                told["tags"].append(facet.value)
            case "status":
                told["status"] = facet.value
            case "collection":
                told["collections"].append(names[UUID(facet.value)])
            case "type" | "correspondent" as kind:
                told[kind] = names[UUID(facet.value)]
    return Document.model_validate({**told, "handle": handle_of(row.number), "current": version_of(version)})


def _named(facets: Sequence[FacetRow], filings: Mapping[UUID, FilingRow]) -> list[FilingRow]:
    return [filings[UUID(facet.value)] for facet in facets if facet.facet in _FILED]


def _hold(row: DocumentRow) -> Hold | None:
    if row.held_at is None:
        return None
    return Hold(reason=row.hold_reason or "", held_by=row.held_by or "", held_at=row.held_at)
