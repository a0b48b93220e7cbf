"""HTTP door of extraction: the e-invoice that a document is, carries, or stands beside."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter

from docchain.engine.kinds import StepError
from docchain.features.documents import Children, Document, DocumentService
from docchain.features.extraction.einvoice.companions import PDF, XML, companion
from docchain.features.extraction.einvoice.errors import EInvoiceUnreadable, NoEInvoice
from docchain.features.extraction.einvoice.model import EInvoice, EInvoiceOfDocument, ShownBeside
from docchain.features.extraction.einvoice.presence import while_there
from docchain.features.extraction.einvoice.reader import EInvoices
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Documents"], route_class=LateRoute)

_READ: Final = [needs("documents:read")]


@router.get(
    "/documents/{document}/einvoice",
    summary="Read and validate the e-invoice of a document, and say which PDF to show beside it",
    dependencies=_READ,
)
async def read_document_einvoice(document: str, door: Door) -> EInvoiceOfDocument:
    asked = await door.read(lambda work: DocumentService(work).read(document))
    found = await _read(door, asked)
    if found is not None:
        return await _beside(door, asked, found)
    other = await door.read(lambda work: companion(work, asked, XML)) if asked.media_type == PDF else None
    found = await _read(door, other) if other is not None else None
    if found is None or other is None:
        hint = "Parse it and extract its fields: the steps document.parse and extract.fields."
        raise NoEInvoice(f"{asked.handle} ({asked.name}) has no e-invoice in it.", hint=hint)
    return _told(other, found, _shown(asked, "companion"))


async def _beside(door: DoorContext, asked: Document, found: EInvoice) -> EInvoiceOfDocument:
    if found.file is not None:
        return _told(asked, found, _shown(asked, "embedded"))
    other = await door.read(lambda work: companion(work, asked, (PDF,)))
    return _told(asked, found, _shown(other, "companion") if other else None)


async def _read(door: DoorContext, document: Document) -> EInvoice | None:
    settings = door.services.settings
    children = Children(door.services.processes, settings.data.einvoice_timeout)
    invoices = EInvoices(door.services.contents, children, settings.data.max_einvoice_bytes)
    try:
        return await while_there(door.request.receive, invoices.read(_workspace(door), document.current))
    except StepError as error:
        raise EInvoiceUnreadable(f"{document.handle}: {error}", hint=error.hint) from None


def _workspace(door: DoorContext) -> UUID:
    assert door.actor.workspace_id is not None  # noqa: S101 - only the system has none
    return door.actor.workspace_id


def _told(document: Document, found: EInvoice, pdf: ShownBeside | None) -> EInvoiceOfDocument:
    return EInvoiceOfDocument(**dict(found), document_id=document.id, version_id=document.current.id, pdf=pdf)


def _shown(document: Document, how: str) -> ShownBeside:
    return ShownBeside.model_validate(
        {
            "document_id": document.id,
            "version_id": document.current.id,
            "handle": document.handle,
            "name": document.name,
            "how": how,
        }
    )
