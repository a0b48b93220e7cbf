"""Documents: uploaded or made by steps, immutable in versions, traceable to what they were made from.

Names load when they are first used: child processes import the parsers through here, and need no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docchain.features.documents.artefacts.shelf import ArtefactShelf, Source, named_by_artefacts
    from docchain.features.documents.artefacts.texts import ParsedText, ParsedTexts
    from docchain.features.documents.children import Children
    from docchain.features.documents.content_reads import ContentReads
    from docchain.features.documents.contents import Contents
    from docchain.features.documents.data_out.steps import ExportData
    from docchain.features.documents.domain import clean_name
    from docchain.features.documents.filing.catalogue import collection_ids, type_ids
    from docchain.features.documents.filing.facts import filed_facts
    from docchain.features.documents.filing.going import goes_with_documents
    from docchain.features.documents.filing.naming_repository import documents_named_by
    from docchain.features.documents.filing.retention import DocumentRetention
    from docchain.features.documents.filing.retention_repository import held_runs
    from docchain.features.documents.intake.arrivals import Arrival
    from docchain.features.documents.intake.house import Intake
    from docchain.features.documents.intake.keeping import Keeper
    from docchain.features.documents.intake.service import IntakeService
    from docchain.features.documents.intake.steps import FetchUrl, Unpack
    from docchain.features.documents.intake.watching import Watch
    from docchain.features.documents.likeness.background import Fingerprints
    from docchain.features.documents.lookups.loading import load_table
    from docchain.features.documents.lookups.steps import LookUp
    from docchain.features.documents.page_work.steps import EditDocumentPages, MergePdfs, SplitDocument
    from docchain.features.documents.page_work.working import PageWork
    from docchain.features.documents.parsing.embedded import embedded_invoice
    from docchain.features.documents.parsing.kinds import is_hopeless
    from docchain.features.documents.parsing.model import Box, Page, ParsedDocument, Table, Word, decode
    from docchain.features.documents.parsing.parts import ends_of
    from docchain.features.documents.previews.building import Beside, build_beside
    from docchain.features.documents.proving.folder import NotAnExport, verify_export, write_export
    from docchain.features.documents.proving.tracing import Tracer
    from docchain.features.documents.reader import DocumentReader
    from docchain.features.documents.schemas import (
        Document,
        DocumentFilter,
        DocumentRef,
        DocumentVersion,
        references_in,
    )
    from docchain.features.documents.searchable_repository import (
        SearchableDocument,
        documents_read,
        searchable_among,
        searchable_documents,
        searchable_ids,
    )
    from docchain.features.documents.service import DocumentService
    from docchain.features.documents.steps import ParseDocument, RenderDocument, SearchablePdf
    from docchain.features.documents.storage.house import DocumentStorage
    from docchain.features.documents.storage.service import StorageService
    from docchain.features.documents.store import StepDocuments
    from docchain.features.documents.tables import hangs_on_document

__all__ = [
    "Arrival",
    "ArtefactShelf",
    "Beside",
    "Box",
    "Children",
    "ContentReads",
    "Contents",
    "Document",
    "DocumentFilter",
    "DocumentReader",
    "DocumentRef",
    "DocumentRetention",
    "DocumentService",
    "DocumentStorage",
    "DocumentVersion",
    "EditDocumentPages",
    "ExportData",
    "FetchUrl",
    "Fingerprints",
    "Intake",
    "IntakeService",
    "Keeper",
    "LookUp",
    "MergePdfs",
    "NotAnExport",
    "Page",
    "PageWork",
    "ParseDocument",
    "ParsedDocument",
    "ParsedText",
    "ParsedTexts",
    "RenderDocument",
    "SearchableDocument",
    "SearchablePdf",
    "Source",
    "SplitDocument",
    "StepDocuments",
    "StorageService",
    "Table",
    "Tracer",
    "Unpack",
    "Watch",
    "Word",
    "build_beside",
    "clean_name",
    "collection_ids",
    "decode",
    "documents_named_by",
    "documents_read",
    "embedded_invoice",
    "ends_of",
    "filed_facts",
    "goes_with_documents",
    "hangs_on_document",
    "held_runs",
    "is_hopeless",
    "load_table",
    "named_by_artefacts",
    "named_by_versions",
    "parse_limits",
    "references_in",
    "searchable_among",
    "searchable_documents",
    "searchable_ids",
    "type_ids",
    "verify_export",
    "write_export",
]

_HOMES: Final = {
    **dict.fromkeys(("Box", "Page", "ParsedDocument", "Table", "Word", "decode"), "parsing.model"),
    **dict.fromkeys(("ArtefactShelf", "Source", "named_by_artefacts"), "artefacts.shelf"),
    **dict.fromkeys(("ParsedText", "ParsedTexts"), "artefacts.texts"),
    "Children": "children",
    "is_hopeless": "parsing.kinds",
    "ContentReads": "content_reads",
    "Contents": "contents",
    "Document": "schemas",
    "DocumentFilter": "schemas",
    "DocumentReader": "reader",
    "DocumentRef": "schemas",
    "DocumentRetention": "filing.retention",
    "DocumentService": "service",
    "DocumentStorage": "storage.house",
    "DocumentVersion": "schemas",
    "Arrival": "intake.arrivals",
    "Intake": "intake.house",
    "IntakeService": "intake.service",
    "Keeper": "intake.keeping",
    **dict.fromkeys(("FetchUrl", "Unpack"), "intake.steps"),
    "Watch": "intake.watching",
    "ExportData": "data_out.steps",
    **dict.fromkeys(("EditDocumentPages", "MergePdfs", "SplitDocument"), "page_work.steps"),
    "LookUp": "lookups.steps",
    "load_table": "lookups.loading",
    "PageWork": "page_work.working",
    **dict.fromkeys(("NotAnExport", "verify_export", "write_export"), "proving.folder"),
    "Tracer": "proving.tracing",
    "Fingerprints": "likeness.background",
    "ParseDocument": "steps",
    "RenderDocument": "steps",
    "SearchablePdf": "steps",
    **dict.fromkeys(("Beside", "build_beside"), "previews.building"),
    **dict.fromkeys(
        ("SearchableDocument", "documents_read", "searchable_among", "searchable_documents", "searchable_ids"),
        "searchable_repository",
    ),
    "StepDocuments": "store",
    "StorageService": "storage.service",
    "clean_name": "domain",
    "documents_named_by": "filing.naming_repository",
    **dict.fromkeys(("collection_ids", "type_ids"), "filing.catalogue"),
    "filed_facts": "filing.facts",
    "hangs_on_document": "tables",
    "goes_with_documents": "filing.going",
    "held_runs": "filing.retention_repository",
    "named_by_versions": "storage.collecting",
    "parse_limits": "parse_settings",
    "embedded_invoice": "parsing.embedded",
    "ends_of": "parsing.parts",
    "references_in": "schemas",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
