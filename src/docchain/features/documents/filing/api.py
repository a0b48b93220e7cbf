"""HTTP door of filing: what documents are kept under, held and kept for, one or many."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel

from docchain.features.documents.etags import tagged
from docchain.features.documents.filing.order_results import OrderResult
from docchain.features.documents.filing.ordering import OrderService
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.retention import RetentionPlan, Sweeper
from docchain.features.documents.filing.schemas import (
    DocumentsOrder,
    DocumentUpdate,
    HoldRequest,
    RemovalOrder,
    RetentionRelease,
    TagCount,
    TagCounts,
)
from docchain.features.documents.schemas import Document
from docchain.features.documents.service import DocumentService
from docchain.platform.rehearsing import rehearse
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_WRITE: Final = [needs("documents:write")]
_MANAGE: Final = [needs("documents:manage")]
_ADMIN: Final = [needs("admin")]
_EXAMPLES: Final[dict[str, Any]] = {
    "restore": {"action": "restore", "documents": [{"document": "document_1", "etag": '"3"'}]},
    "update": {
        "action": "update",
        "filter": {"status": "in_review", "tag": ["urgent"]},
        "changes": {"status": "done", "add_tags": ["finance"]},
    },
    "delete": {"action": "delete", "documents": ["document_1"], "dry_run": True},
}


@router.get("/documents/tags", summary="List the tags in use, the most used first", dependencies=_READ)
async def list_document_tags(door: Door) -> TagCounts:
    found = await door.read(lambda work: FilingRepository(work).tags())
    return TagCounts(items=[TagCount(tag=tag, documents=number) for tag, number in found])


@router.post(
    "/documents/bulk",
    summary="File, delete or restore many documents at once, each with its own result",
    dependencies=_WRITE,
)
async def change_documents(
    request: Annotated[
        DocumentsOrder, Body(openapi_examples={name: {"value": body} for name, body in _EXAMPLES.items()})
    ],
    door: Door,
) -> OrderResult:
    if isinstance(request, RemovalOrder):
        door.require("documents:manage")
    most = door.services.settings.limits.bulk_documents_max

    def carry_out(work: Work) -> OrderResult:
        return OrderService(work, request, most).carry_out()

    return await rehearse(door.write, carry_out) if request.dry_run else await door.create(OrderResult, carry_out)


class _Purged(BaseModel):
    """All that is told again of a document that is gone."""


@router.patch("/documents/{document}", summary="Change what a document is called and filed under", dependencies=_WRITE)
async def update_document(
    document: str, changes: DocumentUpdate, expected: NeedsIfMatch, door: Door, response: Response
) -> Document:
    return tagged(response, await door.write(lambda work: DocumentService(work).update(document, changes, expected)))


@router.get("/documents/retention", summary="Tell what a sweep of retention would do now, and why", dependencies=_ADMIN)
async def read_document_retention(door: Door, limit: Annotated[int, Query(ge=1, le=1_000)] = 200) -> RetentionPlan:
    days = door.services.settings.retention.trash_days
    return await door.read(lambda work: Sweeper(work, days).plan(limit))


@router.post(
    "/documents/{document}/purge",
    status_code=204,
    summary="Remove a document of the trash for good, with all its versions",
    dependencies=_ADMIN,
)
async def purge_document(document: str, door: Door) -> None:
    def purge(work: Work) -> _Purged:
        DocumentService(work).purge(document)
        return _Purged()

    await door.create(_Purged, purge)


@router.post("/documents/{document}/restore", summary="Take a document out of the trash", dependencies=_MANAGE)
async def restore_document(document: str, door: Door, response: Response) -> Document:
    return tagged(response, await door.create(Document, lambda work: DocumentService(work).restore(document)))


@router.put("/documents/{document}/hold", summary="Put a document under legal hold", dependencies=_ADMIN)
async def hold_document(document: str, wanted: HoldRequest, door: Door, response: Response) -> Document:
    return tagged(response, await door.write(lambda work: DocumentService(work).hold(document, wanted.reason)))


@router.delete("/documents/{document}/hold", summary="Release a document from legal hold", dependencies=_ADMIN)
async def release_document(document: str, door: Door, response: Response) -> Document:
    return tagged(response, await door.write(lambda work: DocumentService(work).release(document)))


@router.post(
    "/documents/{document}/retention/release",
    summary="Release a document from what types it was filed under promised",
    dependencies=_ADMIN,
)
async def release_document_retention(
    document: str, wanted: RetentionRelease, door: Door, response: Response
) -> Document:
    def release(work: Work) -> Document:
        return DocumentService(work).release_retention(document, wanted.reason)

    return tagged(response, await door.create(Document, release))
