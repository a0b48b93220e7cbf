"""HTTP door of page work: heavy work first, in children; then one transaction."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response

from docchain.engine.kinds import StepError
from docchain.features.documents.children import Children
from docchain.features.documents.page_work.errors import PagesRefused
from docchain.features.documents.page_work.ranges import written
from docchain.features.documents.page_work.schemas import (
    EditPages,
    HowToSplit,
    MergeDocuments,
    PagesProposal,
    SplitDocuments,
    SplitPages,
)
from docchain.features.documents.page_work.service import PageWorkService
from docchain.features.documents.page_work.working import PageWork
from docchain.features.documents.schemas import Document, DocumentRef
from docchain.features.documents.service import DocumentService
from docchain.features.documents.uploads import workspace_of
from docchain.platform.blobs import Stored
from docchain.platform.errors import FieldFault
from docchain.platform.preconditions import Expected, etag_of
from docchain.platform.spool import pour
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import IfMatch
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Documents"], route_class=LateRoute)

_PATH: Final = re.compile(r"operations\[\d+\]\.pages|ranges\[\d+\]")
_READ: Final = [needs("documents:read")]
_WRITE: Final = [needs("documents:write")]


@router.post(
    "/documents/{document}/pages",
    status_code=201,
    summary="Rotate, delete and reorder pages; makes a new version",
    dependencies=_WRITE,
)
async def edit_document_pages(
    document: str, wanted: EditPages, expected: IfMatch, door: Door, response: Response
) -> Document:
    changed = await door.repeated(Document) or await _edited(door, document, wanted, expected)
    response.headers["ETag"] = etag_of(changed.revision)
    return changed


@router.get(
    "/documents/{document}/pages/proposal",
    summary="Propose where a document could be split, and why",
    dependencies=_READ,
)
async def propose_document_pages(
    document: str,
    door: Door,
    by: Annotated[Literal["layout", "blank", "barcode"], Query(description="What begins a part.")] = "layout",
    separator: Annotated[str | None, Query(max_length=200, description="What a separator's code says.")] = None,
) -> PagesProposal:
    source = await _source(door, document)
    async with _refusals():
        return await _work(door).proposal(workspace_of(door), source, HowToSplit(by=by, separator=separator))


@router.post(
    "/documents/{document}/pages/split",
    status_code=201,
    summary="Split a document into new ones, by ranges, page counts, blank pages, separators or layout",
    dependencies=_WRITE,
)
async def split_document(document: str, wanted: SplitPages, door: Door) -> SplitDocuments:
    known = await door.repeated(SplitDocuments)
    if known is not None:
        return known
    source = await _source(door, document)
    async with _refusals(), _work(door).parts(workspace_of(door), source, wanted, several=True) as parts:
        stored = [(await _store(door, path), pages) for path, pages in parts]
    return await door.create(
        SplitDocuments, lambda work: SplitDocuments(parts=PageWorkService(work).parts(stored, source))
    )


@router.post("/documents/merge", status_code=201, summary="Merge documents into a new one", dependencies=_WRITE)
async def merge_documents(wanted: MergeDocuments, door: Door) -> Document:
    return await door.repeated(Document) or await _merged(door, wanted)


async def _edited(door: DoorContext, document: str, wanted: EditPages, expected: Expected) -> Document:
    source = await _source(door, document)
    operations = [operation.model_dump() for operation in wanted.operations]
    async with _refusals(), _work(door).edited(workspace_of(door), source, operations) as (made, order):
        stored = await _store(door, made)
    pages = written(order)
    return await door.create(
        Document, lambda work: PageWorkService(work).new_version(document, stored, source, pages, expected)
    )


async def _merged(door: DoorContext, wanted: MergeDocuments) -> Document:
    sources = await door.read(
        lambda work: [DocumentService(work).version(reference).reference() for reference in wanted.documents]
    )
    async with _refusals(), _work(door).merged(workspace_of(door), sources) as (made, _):
        stored = await _store(door, made)
    return await door.create(Document, lambda work: PageWorkService(work).merged(stored, wanted.name, sources))


async def _source(door: DoorContext, document: str) -> DocumentRef:
    return await door.read(lambda work: DocumentService(work).version(document).reference())


async def _store(door: DoorContext, path: Path) -> Stored:
    stored: Stored = await door.services.contents.put_stream(workspace_of(door), pour(path))
    return stored


def _work(door: DoorContext) -> PageWork:
    settings = door.services.settings
    children = Children(door.services.processes, settings.processes.process_timeout)
    return PageWork(door.services.contents, children, settings.limits.max_pages, settings.data.page_work_documents)


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    """What fails in a child, as a problem for the client."""
    try:
        yield
    except StepError as error:
        path, _, message = str(error).partition(": ")
        if _PATH.fullmatch(path):
            raise PagesRefused(message, errors=[FieldFault(path, message)], hint=error.hint) from None
        raise PagesRefused(str(error), hint=error.hint) from None
