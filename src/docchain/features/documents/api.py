"""HTTP door of documents: bytes stream both ways, everything else is one transaction."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from docchain.features.documents.comparing.api import router as comparing
from docchain.features.documents.downloads import send
from docchain.features.documents.etags import tagged, under
from docchain.features.documents.field_lineage import trace_field
from docchain.features.documents.filing.api import router as filing
from docchain.features.documents.filing.catalogue_api import router as catalogue
from docchain.features.documents.likeness.api import router as likeness
from docchain.features.documents.proving.api import router as proving
from docchain.features.documents.schemas import (
    Document,
    DocumentQuery,
    DocumentVersion,
    FieldLineage,
    VersionQuery,
)
from docchain.features.documents.service import DocumentService
from docchain.features.documents.uploads import receive, register
from docchain.features.runs import LiveRuns, RunService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import IfMatch, NeedsIfMatch
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["Documents"], route_class=LateRoute)
for more in (catalogue, filing, proving, comparing, likeness):  # before what a document's name may stand for
    router.include_router(more)

_READ: Final = [needs("documents:read")]
_WRITE: Final = [needs("documents:write")]
_MANAGE: Final = [needs("documents:manage")]
_Name = Annotated[str | None, Query(max_length=2_000, description="File name; required only for a raw body.")]
_Parent = Annotated[
    int | None, Query(ge=1, le=2_147_483_647, description="The version it was made from; the current one unless said.")
]
_Number = Annotated[int, Path(ge=1, le=2_147_483_647, description="Number of the version, 1 is the first.")]
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A form with one file, or the file itself with its media type.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "minLength": 1},
                        "name": {"type": "string"},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}},
        },
    }
}
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The part that the Range header asks for."},
    304: {"description": "The client has this content already (If-None-Match)."},
    416: {"description": "The document does not have these bytes."},
}


@router.post("/documents", status_code=201, summary="Upload a document", dependencies=_WRITE, openapi_extra=_BODY)
async def upload_document(door: Door, response: Response, name: _Name = None) -> Document:
    upload = await receive(door, name)
    document = await register(
        door,
        upload,
        lambda work: DocumentService(work).register_upload(upload.stored, upload.name, upload.media_type),
    )
    response.headers["Location"] = f"{door.request.url.path}/{document.handle}"
    return tagged(response, document)


@router.get("/documents", summary="List documents", dependencies=_READ)
async def list_documents(wanted: Annotated[DocumentQuery, Query()], door: Door) -> Page[Document]:
    newest_first = wanted.sort == "-created_at"
    return await door.read(lambda work: DocumentService(work).list(wanted, wanted.page(), newest_first=newest_first))


@router.get("/documents/{document}", summary="Read a document", dependencies=_READ)
async def read_document(document: str, door: Door, response: Response) -> Document:
    found = await door.read(lambda work: DocumentService(work).read(document))
    door.versioned("document", found.id)
    for kind, filed in under(found):  # they are told by name
        door.versioned(f"document_{kind}", filed)
    return tagged(response, found)


@router.delete("/documents/{document}", status_code=204, summary="Delete a document", dependencies=_MANAGE)
async def delete_document(document: str, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: DocumentService(work).delete(document, expected))


@router.post(
    "/documents/{document}/versions",
    status_code=201,
    summary="Upload a new version of a document",
    dependencies=_WRITE,
    openapi_extra=_BODY,
)
async def upload_document_version(
    document: str, expected: IfMatch, door: Door, response: Response, name: _Name = None, parent: _Parent = None
) -> Document:
    known = await door.read(lambda work: DocumentService(work).read(document))
    upload = await receive(door, name)

    def add(work: Work) -> Document:
        service = DocumentService(work)
        return service.add_version(document, upload.stored, upload.name, upload.media_type, expected, parent)

    made = await register(door, upload, add)
    response.headers["Location"] = door.request.app.url_path_for(
        "read_document_version", document=known.handle, number=made.current.number
    )
    return tagged(response, made)


@router.get("/documents/{document}/versions", summary="List the versions of a document", dependencies=_READ)
async def list_document_versions(
    document: str, wanted: Annotated[VersionQuery, Query()], door: Door
) -> Page[DocumentVersion]:
    return await door.read(lambda work: DocumentService(work).versions(document, wanted.page()))


@router.get("/documents/{document}/versions/{number}", summary="Read a version of a document", dependencies=_READ)
async def read_document_version(document: str, number: _Number, door: Door) -> DocumentVersion:
    found = await door.read(lambda work: DocumentService(work).version(document, number))
    door.versioned("document", found.document_id)
    return found


@router.post(
    "/documents/{document}/versions/{number}/restore",
    status_code=201,
    summary="Put an old version on top again, as a new one",
    dependencies=_WRITE,
)
async def restore_document_version(
    document: str, number: _Number, expected: IfMatch, door: Door, response: Response
) -> Document:
    restored = await door.create(
        Document, lambda work: DocumentService(work).restore_version(document, number, expected)
    )
    response.headers["Location"] = door.request.app.url_path_for(
        "read_document_version", document=restored.handle, number=restored.current.number
    )
    return tagged(response, restored)


@router.head("/documents/{document}/content", dependencies=_READ, include_in_schema=False)
@router.get(
    "/documents/{document}/content",
    summary="Download a document",
    dependencies=_READ,
    response_class=Response,
    responses=_CONTENT,
)
async def download_document(document: str, door: Door) -> Response:
    return await send(door, await door.read(lambda work: DocumentService(work).version(document)))


@router.head("/documents/{document}/versions/{number}/content", dependencies=_READ, include_in_schema=False)
@router.get(
    "/documents/{document}/versions/{number}/content",
    summary="Download a version of a document",
    dependencies=_READ,
    response_class=Response,
    responses=_CONTENT,
)
async def download_document_version(document: str, number: _Number, door: Door) -> Response:
    return await send(door, await door.read(lambda work: DocumentService(work).version(document, number)))


@router.get(
    "/runs/{run}/steps/{step}/fields/{field}/lineage",
    summary="Read where an extracted value comes from: step, page, box, text and documents",
    dependencies=[*_READ, needs("runs:read")],
)
async def read_field_lineage(run: str, step: str, field: str, door: Door) -> FieldLineage:
    engine = door.services.engine
    found = await door.read(lambda work: RunService(work).read(run))
    detail = await LiveRuns(engine).detail(found)
    return trace_field(detail, await engine.history(found.id), door.services.kinds, step, field)
