"""HTTP door of storage, and of links to documents."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from docchain.features.documents.downloads import send
from docchain.features.documents.schemas import DocumentVersion
from docchain.features.documents.storage.house import DocumentStorage
from docchain.features.documents.storage.linking import LinkService, Made, follow
from docchain.features.documents.storage.schemas import (
    Collection,
    CollectRequest,
    DocumentLink,
    KeptLink,
    LinkQuery,
    LinkRequest,
    QuotaRequest,
    StorageMoves,
    StorageUsage,
    Verified,
    VerifyRequest,
)
from docchain.features.documents.storage.service import StorageService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Actor, Work

router = APIRouter(tags=["Storage"], route_class=LateRoute)
links = APIRouter(tags=["Documents"], route_class=LateRoute)

_ADMIN: Final = [needs("admin")]


@router.get(
    "/storage/usage",
    summary="Read what the workspace's documents take and may take",
    dependencies=[needs("documents:read")],
)
async def read_storage_usage(door: Door) -> StorageUsage:
    told = await door.read(_storage(door).usage)
    return told if door.actor.may("admin") else told.model_copy(update={"store": ""})


@router.get("/storage/quota", summary="Read the workspace's quota and compression", dependencies=_ADMIN)
async def read_storage_quota(door: Door) -> StorageUsage:
    return await door.read(_storage(door).usage)


@router.put("/storage/quota", summary="Set the workspace's quota and compression", dependencies=_ADMIN)
async def set_storage_quota(wanted: QuotaRequest, door: Door) -> StorageUsage:
    storage = _storage(door)

    def choose(work: Work) -> StorageUsage:
        StorageService(work).choose(wanted)
        return storage.usage(work)

    told = await door.write(choose)
    if door.actor.workspace_id:
        storage.forget_codec(door.actor.workspace_id)
    return told


@router.post("/storage/verify", summary="Read stored content back and compare it", dependencies=_ADMIN)
async def verify_storage(wanted: VerifyRequest, door: Door) -> Verified:
    told = await _storage(door).verifier.page(door.actor, wanted)
    if told.damaged:
        found = {"damaged": [item.model_dump() for item in told.damaged]}
        await door.write(lambda work: work.emit("storage.damage_found", "storage", door.actor.workspace_id, found))
    return told


@router.get("/storage/moves", summary="Read how far moves to another store have come", dependencies=_ADMIN)
async def read_storage_moves(door: Door) -> StorageMoves:
    return StorageMoves(items=await door.read(_storage(door).moves))


@router.post(
    "/storage/collect",
    summary="Tell what a collection of garbage would keep and drop, and why; nothing is removed",
    dependencies=_ADMIN,
)
async def collect_storage(wanted: CollectRequest, door: Door) -> Collection:
    told = Collection()
    async for verdict in _storage(door).collector.collect(door.actor, dry_run=True):
        told.add(verdict, show=len(told.verdicts) < wanted.limit and (wanted.kept or not verdict.kept))
    return told


@links.post(
    "/documents/{document}/link",
    status_code=201,
    summary="Make a link that hands out one version without further credentials, for a while",
    dependencies=[needs("documents:manage")],
)
async def create_document_link(document: str, wanted: LinkRequest, door: Door) -> DocumentLink:
    linking = _storage(door).linking
    made = await door.create(Made, lambda work: linking.make(work, document, wanted))
    told = await linking.address(made, door.services.database.clock.now(), revocable=wanted.revocable)
    if not told.revocable:
        await door.write(lambda work: LinkService(work).signed_by_store(told.id))
    return told


@links.get(
    "/documents/{document}/links",
    summary="List the links to a document that are good",
    dependencies=[needs("documents:read")],
)
async def list_document_links(document: str, wanted: Annotated[LinkQuery, Query()], door: Door) -> Page[KeptLink]:
    return await door.read(lambda work: LinkService(work).list(document, wanted.page(), ended=wanted.ended))


@links.delete(
    "/documents/{document}/links/{link}",
    status_code=204,
    summary="Revoke a link; it leads nowhere from then on",
    dependencies=[needs("documents:manage")],
)
async def revoke_document_link(document: str, link: UUID, door: Door) -> None:
    await door.write(lambda work: LinkService(work).revoke(document, link))


@links.head("/files/{token}", include_in_schema=False)
@links.get(
    "/files/{token}",
    summary="Download what a link leads to",
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def download_linked_file(token: Annotated[str, Path(max_length=200)], request: Request) -> Response:
    services = request.app.state.services
    storage: DocumentStorage = services.storage
    link = storage.linking.links.read(token, services.database.clock.now())
    door = DoorContext(request, Actor(user_id=None, name=f"link {link.id}", workspace_id=link.workspace_id))
    first = request.method == "GET" and request.headers.get("range", "bytes=0-").startswith("bytes=0-")

    def lead(work: Work) -> DocumentVersion:
        return follow(work, link, counts=first)

    return await send(door, await (door.write(lead) if first else door.read(lead)))


def _storage(door: DoorContext) -> DocumentStorage:
    storage: DocumentStorage = door.services.storage
    return storage
