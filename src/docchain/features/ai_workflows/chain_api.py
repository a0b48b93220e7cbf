"""HTTP door of chains: begun, continued, branched, titled, and rendered as one document."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from docchain.features.ai_workflows.chain_schemas import (
    Chain,
    ChainLink,
    ChainRequest,
    Format,
    LinkRequest,
    TitleRequest,
)
from docchain.features.ai_workflows.chains import ChainService
from docchain.features.ai_workflows.doors import READ, WRITE, chains_of, check_provider, service_of, workspace_of
from docchain.features.ai_workflows.rendering import MEDIA_TYPES, as_markdown, rendered, texts_of
from docchain.features.documents import Children
from docchain.features.runs import Run, RunService, admit, started
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch, etag_of
from docchain.platform.web.prefer import Prefer, Preferences
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)
_SEE: Final = [*READ, needs("runs:read"), needs("documents:read")]
_ADD: Final = [*WRITE, needs("workflows:execute"), needs("documents:read")]
_CHAIN: Final = "/ai-workflows/{ai_workflow}/chain"
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The chain as one document.",
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
    }
}
_Make = Callable[[ChainService], tuple[Run, UUID]]
_Format = Annotated[Format, Query(description="Markdown, HTML or PDF.")]


@router.get(_CHAIN, summary="Read the chain of an AI workflow", dependencies=_SEE)
async def read_chain(ai_workflow: str, door: Door) -> Chain:
    """Links whose documents you may not see are not there for you, and neither is what was made of them."""
    return await door.read(lambda work: chains_of(work, door).read(ai_workflow))


@router.post(_CHAIN, status_code=201, summary="Begin a chain", dependencies=_ADD)
async def begin_chain(
    ai_workflow: str, body: ChainRequest, door: Door, response: Response, prefer: Prefer
) -> ChainLink:
    """The prompt's answer is a document; the next link works on it."""
    return await _linked(door, ai_workflow, body, lambda chains: chains.begin(ai_workflow, body), response, prefer)


@router.post(_CHAIN + "/{link}/continue", status_code=201, summary="Continue a chain", dependencies=_ADD)
async def continue_chain(
    ai_workflow: str, link: str, body: LinkRequest, door: Door, response: Response, prefer: Prefer
) -> ChainLink:
    """The prompt works on the document of this link."""
    return await _linked(
        door, ai_workflow, body, lambda chains: chains.go_on(ai_workflow, link, body), response, prefer
    )


@router.post(_CHAIN + "/{link}/branch", status_code=201, summary="Branch a chain", dependencies=_ADD)
async def branch_chain(
    ai_workflow: str, link: str, body: LinkRequest, door: Door, response: Response, prefer: Prefer
) -> ChainLink:
    """The prompt works on what this link worked on: the new link stands beside it."""
    return await _linked(
        door, ai_workflow, body, lambda chains: chains.branch(ai_workflow, link, body), response, prefer
    )


@router.patch(_CHAIN + "/{link}", summary="Title a link of a chain", dependencies=[*WRITE, needs("documents:read")])
async def title_chain_link(
    ai_workflow: str, link: str, body: TitleRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> ChainLink:
    titled = await door.write(lambda work: chains_of(work, door).rename(ai_workflow, link, body.title, expected))
    return _tagged(response, titled)


@router.get(
    _CHAIN + "/document",
    summary="Read the chain as one document",
    dependencies=_SEE,
    response_class=Response,
    responses=_FILE,
)
async def read_chain_document(ai_workflow: str, door: Door, format: _Format = "md") -> Response:  # noqa: A002 - its name in the address
    """The tree of its links, then each with its prompt and its document."""
    settings = door.services.settings
    chain = await door.read(lambda work: chains_of(work, door).read(ai_workflow))
    workflow = await door.read(lambda work: service_of(work, door).read(ai_workflow))
    texts = await texts_of(chain, door.services.contents, workspace_of(door), settings.ai.ai_chain_bytes)
    children = Children(door.services.processes, settings.processes.process_timeout)
    made = await rendered(as_markdown(workflow.name, chain, texts), workflow.name, format, children)
    headers = {
        "Content-Disposition": f'attachment; filename="{workflow.handle}.{format}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(made, media_type=MEDIA_TYPES[format], headers=headers)


async def _linked(
    door: DoorContext, ai_workflow: str, body: LinkRequest, make: _Make, response: Response, prefer: Preferences
) -> ChainLink:
    """Make a link, once for the same `Idempotency-Key`, wait for its run if that was asked for, and show it."""
    link = await door.repeated(ChainLink)
    if link is None:
        workflow = await door.read(lambda work: service_of(work, door).read(ai_workflow))
        await check_provider(door, workflow.ai_provider)
        await admit(door)
        link = await door.create(ChainLink, lambda work: _made(chains_of(work, door), ai_workflow, make))
    handle = link.run
    run = await door.read(lambda work: RunService(work).read(handle))
    await started(run, body.wait, door, response, prefer)
    response.status_code = 201
    found = await door.read(lambda work: chains_of(work, door).link(ai_workflow, link.id))
    response.headers["Location"] = door.request.app.url_path_for("read_chain", ai_workflow=ai_workflow)
    return _tagged(response, found)


def _made(chains: ChainService, ai_workflow: str, make: _Make) -> ChainLink:
    _, link = make(chains)
    return chains.link(ai_workflow, link)


def _tagged(response: Response, link: ChainLink) -> ChainLink:
    response.headers["ETag"] = etag_of(link.revision)
    return link
