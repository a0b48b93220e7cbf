"""HTTP door of what documents are filed under: types, correspondents and collections."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from docchain.features.documents.filing.catalogue import Catalogue, FilingRequest, correspondent_of, type_of
from docchain.features.documents.filing.schemas import (
    CollectionRequest,
    Correspondent,
    CorrespondentRequest,
    DocumentCollection,
    DocumentType,
    FilingKind,
    TypeRequest,
)
from docchain.features.documents.tables import FilingRow
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.preconditions import Expected, etag_of
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(route_class=LateRoute)

_READ: Final = [needs("documents:read")]
_MANAGE: Final = [needs("documents:manage")]
_Pages = Annotated[PageQuery, Query()]
T = TypeVar("T", DocumentType, Correspondent, DocumentCollection)
Shown = Callable[[Work, FilingRow], T]


def _type(_work: Work, row: FilingRow) -> DocumentType:
    return type_of(row)


def _correspondent(_work: Work, row: FilingRow) -> Correspondent:
    return correspondent_of(row)


def _collection(work: Work, row: FilingRow) -> DocumentCollection:
    return Catalogue(work, "collection").collections([row])[0]


async def _created(
    door: DoorContext, response: Response, kind: FilingKind, wanted: BaseModel, shown: Shown[T], answered: type[T]
) -> T:
    made = await door.create(answered, lambda work: shown(work, Catalogue(work, kind).create(_asked(wanted))))
    response.headers["Location"] = f"{door.request.url.path}/{made.id}"
    response.headers["ETag"] = etag_of(made.revision)
    return made


async def _read(door: DoorContext, response: Response, kind: FilingKind, reference: str, shown: Shown[T]) -> T:
    found = await door.read(lambda work: shown(work, Catalogue(work, kind).find(reference)))
    response.headers["ETag"] = etag_of(found.revision)
    return found


async def _replaced(
    door: DoorContext, kind: FilingKind, named: tuple[str, Expected], wanted: BaseModel, shown: Shown[T]
) -> T:
    reference, expected = named
    return await door.write(
        lambda work: shown(work, Catalogue(work, kind).replace(reference, _asked(wanted), expected))
    )


def _asked(wanted: BaseModel) -> FilingRequest:
    assert isinstance(wanted, TypeRequest | CorrespondentRequest | CollectionRequest)  # noqa: S101 - one of ours
    return wanted


@router.get("/documents/types", summary="List the types of documents, by name", dependencies=_READ)
async def list_document_types(wanted: _Pages, door: Door) -> Page[DocumentType]:
    rows, cursor, total = await door.read(lambda work: Catalogue(work, "type").page(wanted.page()))
    return Page[DocumentType](items=[type_of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/documents/types", status_code=201, summary="Make a type of documents", dependencies=_MANAGE)
async def create_document_type(wanted: TypeRequest, door: Door, response: Response) -> DocumentType:
    return await _created(door, response, "type", wanted, _type, DocumentType)


@router.get("/documents/types/{type}", summary="Read a type of documents, by name or id", dependencies=_READ)
async def read_document_type(type: str, door: Door, response: Response) -> DocumentType:  # noqa: A002 - the path's word
    return await _read(door, response, "type", type, _type)


@router.put("/documents/types/{type}", summary="Change a type of documents", dependencies=_MANAGE)
async def replace_document_type(
    type: str,  # noqa: A002 - the path's word
    wanted: TypeRequest,
    expected: NeedsIfMatch,
    door: Door,
) -> DocumentType:
    return await _replaced(door, "type", (type, expected), wanted, _type)


@router.delete("/documents/types/{type}", status_code=204, summary="Delete an unused type", dependencies=_MANAGE)
async def delete_document_type(type: str, expected: NeedsIfMatch, door: Door) -> None:  # noqa: A002 - the path's word
    await door.write(lambda work: Catalogue(work, "type").delete(type, expected))


@router.get("/documents/correspondents", summary="List correspondents, by name", dependencies=_READ)
async def list_correspondents(wanted: _Pages, door: Door) -> Page[Correspondent]:
    rows, cursor, total = await door.read(lambda work: Catalogue(work, "correspondent").page(wanted.page()))
    return Page[Correspondent](items=[correspondent_of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/documents/correspondents", status_code=201, summary="Make a correspondent", dependencies=_MANAGE)
async def create_correspondent(wanted: CorrespondentRequest, door: Door, response: Response) -> Correspondent:
    return await _created(door, response, "correspondent", wanted, _correspondent, Correspondent)


@router.get(
    "/documents/correspondents/{correspondent}", summary="Read a correspondent, by name or id", dependencies=_READ
)
async def read_correspondent(correspondent: str, door: Door, response: Response) -> Correspondent:
    return await _read(door, response, "correspondent", correspondent, _correspondent)


@router.put("/documents/correspondents/{correspondent}", summary="Change a correspondent", dependencies=_MANAGE)
async def replace_correspondent(
    correspondent: str, wanted: CorrespondentRequest, expected: NeedsIfMatch, door: Door
) -> Correspondent:
    return await _replaced(door, "correspondent", (correspondent, expected), wanted, _correspondent)


@router.delete(
    "/documents/correspondents/{correspondent}",
    status_code=204,
    summary="Delete a correspondent without documents",
    dependencies=_MANAGE,
)
async def delete_correspondent(correspondent: str, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: Catalogue(work, "correspondent").delete(correspondent, expected))


@router.get("/documents/collections", summary="List collections, by name", dependencies=_READ)
async def list_collections(wanted: _Pages, door: Door) -> Page[DocumentCollection]:
    def listed(work: Work) -> Page[DocumentCollection]:
        catalogue = Catalogue(work, "collection")
        rows, cursor, total = catalogue.page(wanted.page())
        return Page[DocumentCollection](items=catalogue.collections(rows), next_cursor=cursor, total=total)

    return await door.read(listed)


@router.post("/documents/collections", status_code=201, summary="Make a collection", dependencies=_MANAGE)
async def create_collection(wanted: CollectionRequest, door: Door, response: Response) -> DocumentCollection:
    return await _created(door, response, "collection", wanted, _collection, DocumentCollection)


@router.get("/documents/collections/{collection}", summary="Read a collection, by name or id", dependencies=_READ)
async def read_collection(collection: str, door: Door, response: Response) -> DocumentCollection:
    return await _read(door, response, "collection", collection, _collection)


@router.put("/documents/collections/{collection}", summary="Change a collection", dependencies=_MANAGE)
async def replace_collection(
    collection: str, wanted: CollectionRequest, expected: NeedsIfMatch, door: Door
) -> DocumentCollection:
    return await _replaced(door, "collection", (collection, expected), wanted, _collection)


@router.delete(
    "/documents/collections/{collection}", status_code=204, summary="Delete an empty collection", dependencies=_MANAGE
)
async def delete_collection(collection: str, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: Catalogue(work, "collection").delete(collection, expected))
