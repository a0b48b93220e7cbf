"""Which kinds of steps there are, and what each works with."""

from collections.abc import Iterable
from dataclasses import dataclass

from docchain.engine.kinds import Kinds, StepKind
from docchain.engine.third_party import third_party_kinds
from docchain.features import ai, approvals, delivery, documents, extraction, search, signals, workflows
from docchain.platform.blobs import open_blobs
from docchain.platform.database import Database
from docchain.platform.outgoing import Outgoing
from docchain.platform.outgoing_rules import Watch
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import Settings


def known_kinds(settings: Settings) -> Kinds:
    """Return every step kind that definitions may use, for looking at; no data is opened."""
    contents = documents.Contents(open_blobs(settings.storage), settings.engine.inline_blob_bytes)
    own = own_kinds(settings, documents.StepDocuments(contents), ProcessPool(1), Opened())
    return Kinds([*own, *third_party_kinds()])


@dataclass(frozen=True, slots=True)
class Opened:
    """What steps work with where data is open; without it, they can be looked at."""

    callbacks: signals.CallbackLinks | None = None
    database: Database | None = None
    finds: search.SearchService | None = None
    beside: documents.Beside | None = None
    intake: documents.Intake | None = None
    watch: Watch | None = None
    house: ai.AiHouse | None = None


def own_kinds(
    settings: Settings, step_documents: documents.StepDocuments, processes: ProcessPool, opened: Opened
) -> Iterable[StepKind]:
    """Those of the product itself."""
    templates = documents.Children(processes, settings.processes.template_timeout)
    yield from workflows.language_kinds(templates, opened.callbacks)
    yield workflows.CallWorkflow(opened.database)
    yield from approvals.approval_kinds()
    yield from _document_kinds(settings, step_documents, processes, opened)
    yield documents.FetchUrl(step_documents, opened.intake)
    yield documents.Unpack(step_documents, opened.intake)
    yield from _delivery_kinds(settings, step_documents, opened.watch)
    yield search.SearchStep(opened.finds)
    yield documents.LookUp(opened.database)
    yield from ai.ai_kinds(opened.house, step_documents, opened.beside.texts if opened.beside else None)


def _document_kinds(
    settings: Settings,
    step_documents: documents.StepDocuments,
    processes: ProcessPool,
    opened: Opened,
) -> Iterable[StepKind]:
    beside = opened.beside
    children = documents.Children(processes, settings.processes.process_timeout)
    limits = documents.parse_limits(settings)
    yield documents.ParseDocument(step_documents, children, limits, beside.texts if beside else None)
    yield documents.SearchablePdf(step_documents, beside.previews if beside else None)
    yield documents.RenderDocument(step_documents, children)
    yield documents.ExportData(step_documents, children)
    most = (settings.limits.max_pages, settings.data.page_work_documents)
    pages = documents.PageWork(step_documents.contents, children, *most)
    for kind in (documents.EditDocumentPages, documents.SplitDocument, documents.MergePdfs):
        yield kind(step_documents, pages)
    own = settings.data
    ends, memory = (own.extract_first_pages, own.extract_last_pages), opened.house.memory if opened.house else None
    yield extraction.ExtractFields(step_documents, children, ends, memory)
    reading = documents.Children(processes, settings.data.einvoice_timeout)
    invoices = extraction.EInvoices(step_documents.contents, reading, settings.data.max_einvoice_bytes)
    yield extraction.ReadEInvoice(invoices)


def _delivery_kinds(
    settings: Settings, step_documents: documents.StepDocuments, watch: Watch | None
) -> Iterable[StepKind]:
    out = settings.outgoing
    outgoing = Outgoing(out.outgoing_allow, out.outgoing_timeout, out.outgoing_max_bytes, watch)
    yield delivery.DeliverFolder(step_documents, delivery.DeliveryRoots(settings.delivery_roots))
    yield delivery.DeliverWebhook(step_documents, outgoing)
    yield delivery.HttpRequest(step_documents, outgoing)
