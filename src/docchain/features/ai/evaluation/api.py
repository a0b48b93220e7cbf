"""HTTP door of evaluation sets: kept, filled with examples, run, and two runs compared."""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from docchain.features.ai.doors import check_shown, once
from docchain.features.ai.evaluation.comparing import compared
from docchain.features.ai.evaluation.running import Tell, Wished, checked, evaluated
from docchain.features.ai.evaluation.schemas import (
    Comparison,
    EvaluateRequest,
    Evaluation,
    EvaluationChange,
    EvaluationRequest,
    EvaluationRun,
    Example,
    ExamplesRequest,
)
from docchain.features.ai.evaluation.service import EvaluationService
from docchain.features.ai.prompts.domain import named
from docchain.features.ai.prompts.service import PromptService
from docchain.features.ai.prompts.versions import VersionService
from docchain.features.ai.streaming import HEADERS, event, pieces_of
from docchain.platform.errors import Refusal
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import IfMatch, NeedsIfMatch, etag_of
from docchain.platform.web.problems import render
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(prefix="/ai/evaluations", tags=["AI"], route_class=LateRoute)
_READ: Final = [needs("ai:read")]
_USE: Final = [needs("ai:use")]
_MANAGE: Final = [needs("ai:manage")]
_Set = Annotated[str, Path(max_length=100, description="Its name, handle or id.", examples=["evaluation_1"])]
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


@router.get("", summary="List evaluation sets, the newest first", dependencies=_READ)
async def list_evaluations(wanted: Annotated[PageQuery, Query()], door: Door) -> Page[Evaluation]:
    return await door.read(lambda work: _service(door, work).page(wanted))


@router.post("", status_code=201, summary="Keep a set of examples with right answers", dependencies=_MANAGE)
async def create_evaluation(body: EvaluationRequest, door: Door, request: Request, response: Response) -> Evaluation:
    """A set with `gates` guards these prompts: no version that falls short is published."""
    examples = await checked(door, body.task, body.graded_by, body.examples)
    made = await door.create(Evaluation, lambda work: _service(door, work).create(body, examples))
    response.headers["Location"] = f"{request.url.path}/{made.handle}"
    return _tagged(response, made)


@router.get("/{evaluation}", summary="Read what is known of a set", dependencies=_READ)
async def read_evaluation(evaluation: _Set, door: Door, response: Response) -> Evaluation:
    return _tagged(response, await door.read(lambda work: _service(door, work).read(evaluation)))


@router.patch("/{evaluation}", summary="Change a set's name, bounds, or what it guards", dependencies=_MANAGE)
async def change_evaluation(
    evaluation: _Set, body: EvaluationChange, expected: NeedsIfMatch, door: Door, response: Response
) -> Evaluation:
    changed = await door.write(lambda work: _service(door, work).change(evaluation, body, expected))
    return _tagged(response, changed)


@router.delete(
    "/{evaluation}", status_code=204, summary="Delete a set with its examples and scores", dependencies=_MANAGE
)
async def delete_evaluation(evaluation: _Set, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: _service(door, work).delete(evaluation, expected))


@router.get("/{evaluation}/examples", summary="List a set's examples in their order", dependencies=_READ)
async def list_examples(evaluation: _Set, wanted: Annotated[PageQuery, Query()], door: Door) -> Page[Example]:
    check_shown(door)
    return await door.read(lambda work: _service(door, work).examples(evaluation, wanted))


@router.post("/{evaluation}/examples", status_code=201, summary="Add examples to a set", dependencies=_MANAGE)
async def add_examples(
    evaluation: _Set, body: ExamplesRequest, expected: IfMatch, door: Door, response: Response
) -> Evaluation:
    found = await door.read(lambda work: _service(door, work).read(evaluation))
    examples = await checked(door, found.task, found.metric, body.examples)
    added = await door.create(Evaluation, lambda work: _service(door, work).add(evaluation, examples, expected))
    return _tagged(response, added)


@router.delete("/{evaluation}/examples/{example}", status_code=204, summary="Delete an example", dependencies=_MANAGE)
async def delete_example(evaluation: _Set, example: UUID, expected: IfMatch, door: Door) -> None:
    await door.write(lambda work: _service(door, work).drop(evaluation, example, expected))


@router.post(
    "/{evaluation}/runs",
    status_code=201,
    summary="Grade a prompt's version, a provider or a model on all examples",
    dependencies=_USE,
    responses=_STREAM,
    response_model=EvaluationRun,
)
async def run_evaluation(evaluation: _Set, body: EvaluateRequest, door: Door) -> Any:
    """What was answered before is taken from the cache, so a repeated run costs nothing."""

    def look(work: Work) -> tuple[Evaluation, Wished]:
        return _service(door, work).read(evaluation), _wished(work, body)

    found, wished = await door.read(look)
    if body.stream:
        return StreamingResponse(_events(door, found, wished), media_type="text/event-stream", headers=HEADERS)
    return await once(door, EvaluationRun, partial(evaluated, door, found, wished))


@router.get("/{evaluation}/runs", summary="List a set's runs with their scores, the newest first", dependencies=_READ)
async def list_evaluation_runs(
    evaluation: _Set, wanted: Annotated[PageQuery, Query()], door: Door
) -> Page[EvaluationRun]:
    return await door.read(lambda work: _service(door, work).runs(evaluation, wanted))


@router.get("/{evaluation}/runs/{run}", summary="Read a run with the result of each example", dependencies=_READ)
async def read_evaluation_run(evaluation: _Set, run: UUID, door: Door) -> EvaluationRun:
    check_shown(door)
    return await door.read(lambda work: _service(door, work).run(evaluation, run))


@router.get("/{evaluation}/compare", summary="Compare two runs: what got worse, what better", dependencies=_READ)
async def compare_evaluation_runs(
    evaluation: _Set,
    door: Door,
    before: Annotated[UUID, Query(alias="from")],
    after: Annotated[UUID, Query(alias="to")],
) -> Comparison:
    check_shown(door)

    def both(work: Work) -> tuple[EvaluationRun, EvaluationRun]:
        service = _service(door, work)
        return service.run(evaluation, before), service.run(evaluation, after)

    return compared(*await door.read(both))


def _service(door: DoorContext, work: Work) -> EvaluationService:
    return EvaluationService(work, door.services.settings.ai.ai_max_examples)


def _wished(work: Work, body: EvaluateRequest) -> Wished:
    if body.prompt is None:
        return Wished(provider=body.provider, model=body.model)
    reference, version = named(body.prompt)
    row = PromptService(work).row(reference)
    return Wished(VersionService(work).read(row, version), row.id, body.provider, body.model)


async def _events(door: DoorContext, evaluation: Evaluation, wished: Wished) -> AsyncIterator[str]:
    """`progress` events, then one `done` with all of it, or `error` with a problem document."""

    async def work(deltas: Any) -> EvaluationRun:
        async def tell(done: int, of: int) -> None:
            await deltas(event("progress", {"done": done, "of": of}))

        told: Tell = tell
        return await evaluated(door, evaluation, wished, told)

    try:
        async for piece in pieces_of(work):
            if piece is not None:
                yield piece if isinstance(piece, str) else event("done", piece.model_dump(mode="json"))
    except Refusal as refusal:
        yield event("error", json.loads(bytes(render(door.request.scope, refusal).body)))


def _tagged(response: Response, evaluation: Evaluation) -> Evaluation:
    response.headers["ETag"] = etag_of(evaluation.revision)
    return evaluation
