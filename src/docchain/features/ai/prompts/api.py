"""HTTP door of the library of prompts: kept, saved in versions, compared, labelled, published and rendered."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from docchain.features.ai.doors import desk_at, library_at, origin_of
from docchain.features.ai.prompts.diffing import diff_of
from docchain.features.ai.prompts.filling import Checked, checked
from docchain.features.ai.prompts.publishing import published
from docchain.features.ai.prompts.schemas import (
    LabelRequest,
    Prompt,
    PromptChange,
    PromptDiff,
    PromptQuery,
    PromptRequest,
    PromptVersion,
    PromptVersionName,
    PublishRequest,
    Rendered,
    RenderRequest,
    VersionRequest,
)
from docchain.features.ai.prompts.service import PromptService
from docchain.features.ai.prompts.versions import VersionService
from docchain.features.runs import VersionLabel
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import IfMatch, NeedsIfMatch, etag_of
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(prefix="/ai/prompts", tags=["AI"], route_class=LateRoute)
_READ: Final = [needs("ai:read")]
_USE: Final = [needs("ai:use")]
_MANAGE: Final = [needs("ai:manage")]
_Prompt = Annotated[str, Path(max_length=100, description="Its name, handle or id.", examples=["prompt_1"])]
_Number = Annotated[int, Path(ge=1, le=2_147_483_647)]
_Label = Annotated[VersionLabel, Path(examples=["test"])]


@router.get("", summary="List prompts, the newest first", dependencies=_READ)
async def list_prompts(wanted: Annotated[PromptQuery, Query()], door: Door) -> Page[Prompt]:
    return await door.read(lambda work: PromptService(work).page(wanted))


@router.post("", status_code=201, summary="Keep a prompt, perhaps with its first version", dependencies=_MANAGE)
async def create_prompt(body: PromptRequest, door: Door, request: Request, response: Response) -> Prompt:
    version = await _checked(body.version) if body.version is not None else None
    made = await door.create(Prompt, lambda work: PromptService(work).create(body, version))
    response.headers["Location"] = f"{request.url.path}/{made.handle}"
    return _tagged(response, made)


@router.get("/{prompt}", summary="Read what is known of a prompt, without its texts", dependencies=_READ)
async def read_prompt(prompt: _Prompt, door: Door, response: Response) -> Prompt:
    return _tagged(response, await door.read(lambda work: PromptService(work).read(prompt)))


@router.patch("/{prompt}", summary="Change a prompt's name, description or tags", dependencies=_MANAGE)
async def change_prompt(
    prompt: _Prompt, body: PromptChange, expected: NeedsIfMatch, door: Door, response: Response
) -> Prompt:
    return _tagged(response, await door.write(lambda work: PromptService(work).change(prompt, body, expected)))


@router.delete("/{prompt}", status_code=204, summary="Delete a prompt with all its versions", dependencies=_MANAGE)
async def delete_prompt(prompt: _Prompt, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: PromptService(work).delete(prompt, expected))


@router.get("/{prompt}/versions", summary="List a prompt's versions, the newest first", dependencies=_READ)
async def list_prompt_versions(
    prompt: _Prompt, wanted: Annotated[PageQuery, Query()], door: Door
) -> Page[PromptVersion]:
    return await door.read(
        lambda work: VersionService(work).page(PromptService(work).row(prompt), wanted.page()),
    )


@router.post("/{prompt}/versions", status_code=201, summary="Save a version; it never changes", dependencies=_MANAGE)
async def save_prompt_version(
    prompt: _Prompt, body: VersionRequest, expected: IfMatch, door: Door, request: Request, response: Response
) -> PromptVersion:
    """It counts for steps once it is published, or where they name it."""
    version = await _checked(body)

    def save(work: Work) -> PromptVersion:
        return VersionService(work).save(PromptService(work).to_change(prompt, expected), version)

    made = await door.create(PromptVersion, save)
    response.headers["Location"] = f"{request.url.path}/{made.number}"
    return made


@router.get("/{prompt}/versions/{number}", summary="Read a version of a prompt", dependencies=_READ)
async def read_prompt_version(prompt: _Prompt, number: _Number, door: Door) -> PromptVersion:
    return await door.read(lambda work: VersionService(work).read(PromptService(work).row(prompt), number))


@router.get("/{prompt}/diff", summary="Compare two versions of a prompt", dependencies=_READ)
async def compare_prompt_versions(
    prompt: _Prompt,
    door: Door,
    before: Annotated[PromptVersionName, Query(alias="from")],
    after: Annotated[PromptVersionName, Query(alias="to")] = "latest",
) -> PromptDiff:
    def sides(work: Work) -> tuple[PromptVersion, PromptVersion]:
        row, versions = PromptService(work).row(prompt), VersionService(work)
        return versions.read(row, before), versions.read(row, after)

    return await asyncio.to_thread(diff_of, *await door.read(sides))


@router.put("/{prompt}/labels/{label}", summary="Let a label stand for a version", dependencies=_MANAGE)
async def label_prompt_version(
    prompt: _Prompt, label: _Label, body: LabelRequest, expected: NeedsIfMatch, door: Door, response: Response
) -> Prompt:
    """Any but `production`, which moves by publishing."""

    def move(work: Work) -> Prompt:
        service = PromptService(work)
        VersionService(work).put_label(service.to_change(prompt, expected), label, body.version)
        return service.read(prompt)

    return _tagged(response, await door.write(move))


@router.delete("/{prompt}/labels/{label}", status_code=204, summary="Take a label away", dependencies=_MANAGE)
async def unlabel_prompt_version(prompt: _Prompt, label: _Label, expected: NeedsIfMatch, door: Door) -> None:
    """Without `production`, the prompt is published no more."""
    await door.write(
        lambda work: VersionService(work).remove_label(PromptService(work).to_change(prompt, expected), label)
    )


@router.post("/{prompt}/publish", summary="Let steps take a version from now on", dependencies=_MANAGE)
async def publish_prompt(
    prompt: _Prompt, body: PublishRequest, expected: IfMatch, door: Door, response: Response
) -> Prompt:
    """Where a gate is set up, it has to agree; `force` with a `reason` goes past it, and is in the audit."""
    return _tagged(response, await published(door, prompt, body, door.services.ai.gate, expected))


@router.post("/{prompt}/render", summary="See what a model would be told; none is asked", dependencies=_USE)
async def render_prompt(prompt: _Prompt, body: RenderRequest, door: Door) -> Rendered:
    library = library_at(door, desk_at(door).readings)
    return await library.shown(origin_of(door), prompt, body.version or body.label, body.variables)


async def _checked(wanted: VersionRequest) -> Checked:
    return await asyncio.to_thread(checked, wanted)


def _tagged(response: Response, prompt: Prompt) -> Prompt:
    response.headers["ETag"] = etag_of(prompt.revision)
    return prompt
