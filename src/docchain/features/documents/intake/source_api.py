"""HTTP door of sources: places that are looked at, addresses that others send to, and documents from the web."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError

from docchain.features.documents.intake.arrivals import Arrival
from docchain.features.documents.intake.errors import BadSignature, DeliveryReused, FileRefused, HookNotFound
from docchain.features.documents.intake.fetching import Fetcher, shown, told
from docchain.features.documents.intake.hooks import Hooks, check_moment, check_signature
from docchain.features.documents.intake.keeping import Keeper, actor_of
from docchain.features.documents.intake.published import parameter
from docchain.features.documents.intake.schemas import IntakeItem
from docchain.features.documents.intake.source_schemas import (
    HookOptions,
    HookRequest,
    IntakeSource,
    IntakeSources,
    SourceRequest,
    UrlRequest,
)
from docchain.features.documents.intake.source_service import SourceService
from docchain.platform.errors import Invalid, TooLarge
from docchain.platform.ids import new_id
from docchain.platform.preconditions import etag_of
from docchain.platform.web.bodies import BUDGET
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import NeedsIfMatch
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Actor, Work

router = APIRouter(tags=["Intake"], route_class=LateRoute)

_ADMIN: Final = [needs("admin")]
_HOOK: Final[dict[str, Any]] = {
    "parameters": [
        parameter("webhook-id", "delivery-114", "Tells deliveries apart: the same one again gets the first answer."),
        parameter("webhook-timestamp", "1793523600", "Now, in Unix seconds; for a signed hook."),
        parameter(
            "webhook-signature",
            "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
            "`v1,` and, in Base64, the HMAC-SHA256 of `id.timestamp.body`.",
        ),
        parameter("name", "invoice.html", "What the file is called, if the body is the file itself.", place="query"),
    ],
    "requestBody": {
        "required": True,
        "description": "The file itself, or JSON with its `name` and its `content` in Base64.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": HookRequest.model_json_schema()},
        },
    },
}


@router.get("/intake/sources", summary="List sources", dependencies=_ADMIN)
async def list_intake_sources(door: Door) -> IntakeSources:
    return IntakeSources(items=await door.read(lambda work: SourceService(work).all()))


@router.post("/intake/sources", status_code=201, summary="Add a source", dependencies=_ADMIN)
async def create_intake_source(wanted: SourceRequest, door: Door, response: Response) -> IntakeSource:
    roots = door.services.settings.intake_roots
    keeper: Keeper = door.services.keeper

    def create(work: Work) -> IntakeSource:
        keeper.check_workflow(work, wanted.workflow)
        return SourceService(work).create(wanted, roots)

    made = await door.create(IntakeSource, create)
    response.headers["ETag"] = etag_of(made.revision)
    response.headers["Location"] = f"{door.request.url.path}/{made.handle}"
    if made.kind == "hook" and door.actor.workspace_id:
        hooks = _hooks(door.services)
        made.address = hooks.address(door.actor.workspace_id, made.id)
        made.signing_key = hooks.signing_key(made.id)
    return made


@router.get("/intake/sources/{source}", summary="Read a source", dependencies=_ADMIN)
async def read_intake_source(source: str, door: Door, response: Response) -> IntakeSource:
    found = await door.read(lambda work: SourceService(work).read(source))
    response.headers["ETag"] = etag_of(found.revision)
    return found


@router.put("/intake/sources/{source}", summary="Change a source", dependencies=_ADMIN)
async def replace_intake_source(
    source: str, wanted: SourceRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> IntakeSource:
    roots = door.services.settings.intake_roots
    keeper: Keeper = door.services.keeper

    def replace(work: Work) -> IntakeSource:
        keeper.check_workflow(work, wanted.workflow)
        return SourceService(work).replace(source, wanted, roots, expected)

    made = await door.write(replace)
    response.headers["ETag"] = etag_of(made.revision)
    return made


@router.delete("/intake/sources/{source}", status_code=204, summary="Remove a source", dependencies=_ADMIN)
async def delete_intake_source(source: str, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: SourceService(work).delete(source, expected))


@router.post(
    "/intake/url", status_code=201, summary="Fetch a document from the web", dependencies=[needs("documents:write")]
)
async def fetch_document(wanted: UrlRequest, door: Door) -> IntakeItem:
    known = await door.repeated(IntakeItem)
    if known is not None:
        return known
    keeper: Keeper = door.services.keeper
    settings = door.services.settings
    own = settings.outgoing.outgoing_allow, settings.intake.intake_url_timeout
    fetcher = Fetcher(*own, door.services.intake.watch, door.actor.workspace_id)
    try:
        async with asyncio.timeout(fetcher.timeout), fetcher.client() as client:
            fetched = await fetcher.open(client, wanted.url)
            name = wanted.name or fetched.name
            arrival = Arrival("url", str(new_id()), name, fetched.media_type, shown(wanted.url))
            received = await keeper.intake.receive(door.actor, arrival, fetched.chunks())
    except Exception as error:
        refusal = told(error)
        if refusal is None:
            raise
        raise refusal from None
    return await door.create(IntakeItem, lambda work: keeper.keep(work, received))


@router.post(
    "/intake/hooks/{token}",
    status_code=201,
    summary="Send a file to a hook; who knows its address may",
    openapi_extra=_HOOK,
)
async def send_to_hook(token: Annotated[str, Path(max_length=200)], request: Request) -> IntakeItem:
    services = request.app.state.services
    workspace, source_id = _hooks(services).read(token)
    visitor = Actor(user_id=None, name="hook", workspace_id=workspace)
    source = await services.database.read(lambda work: SourceService(work).hook(source_id), visitor)
    if source is None:
        raise HookNotFound("It was removed, or switched off.")
    delivery = request.headers.get("webhook-id", "")[:200] or str(new_id())
    actor, keeper = actor_of(workspace, source), services.keeper
    async with keeper.intake.file() as path:
        name, media_type = await _spooled(request, source, delivery, path)
        arrival = Arrival("hook", f"{source.id}|{delivery}", name, media_type, source.name, source.id)
        item = await keeper.take(actor, arrival, _poured(path), source)
        if item.sha256 is not None and item.sha256 != await asyncio.to_thread(_sha256, path):
            raise DeliveryReused(
                f"{delivery[:100]} came with another file before.", hint="Give each delivery its own id."
            )
        return _kept(item)


def _sha256(path: Any) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _spooled(request: Request, source: IntakeSource, delivery: str, path: Any) -> tuple[str, str | None]:
    """Write what was sent to a file, once its signature fits; return its name and declared type."""
    services = request.app.state.services
    limit: int = services.settings.limits.max_upload_bytes
    request.scope[BUDGET].stream(limit)
    signed = HookOptions.model_validate(source.options).signed
    timestamp = request.headers.get("webhook-timestamp", "")
    if signed:
        check_moment(timestamp, services.database.clock.now())
    digest = _hooks(services).signature(source.id, delivery, timestamp)
    with await asyncio.to_thread(path.open, "r+b") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
    if signed:
        if "webhook-id" not in request.headers:
            raise BadSignature("The header webhook-id is missing.")
        check_signature(request.headers.get("webhook-signature", ""), digest.digest())
    media_type = request.headers.get("content-type", "").partition(";")[0].strip() or None
    if media_type == "application/json":
        return await asyncio.to_thread(_unpack, path, services.settings.limits.max_body_bytes)
    return request.query_params.get("name", "")[:500], media_type


def _unpack(path: Any, most: int) -> tuple[str, str | None]:
    """Put the file that JSON holds in its place."""
    if path.stat().st_size > most:
        raise TooLarge(f"JSON may have up to {most:,} bytes; send the file as it is.")
    try:
        given = HookRequest.model_validate_json(path.read_bytes())
        path.write_bytes(base64.b64decode(given.content, validate=True))
    except (ValidationError, binascii.Error, ValueError):
        raise Invalid("The JSON has no `name` and `content` in Base64.") from None
    return given.name, given.media_type


async def _poured(path: Any) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, 256 * 1024):
            yield chunk


def _kept(item: IntakeItem) -> IntakeItem:
    """A refusal is told as one, also when it is told again."""
    if item.outcome == "refused":
        raise FileRefused(item.reason or "", item.detail or "", item.id)
    return item


def _hooks(services: Any) -> Hooks:
    settings = services.settings
    return Hooks(settings.security.secret_key.get_secret_value(), settings.server.url)
