"""HTTP doors of AI's tasks: the same work as the steps do, for whoever asks at once."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final, cast

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from docchain.features.ai.batches import batch_of
from docchain.features.ai.bodies import body_of
from docchain.features.ai.door_schemas import BatchAnswer, BatchRequest, Generated, Money, UsageTold
from docchain.features.ai.doors import once, work_of
from docchain.features.ai.step_list import KINDS
from docchain.features.ai.steps.generate import Generate, GenerateResult
from docchain.features.ai.steps.shared import AiParams, AiStep
from docchain.features.ai.streaming import HEADERS, event, pieces_of
from docchain.platform.errors import Refusal
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.problems import render
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["AI"], route_class=LateRoute)

_USE: Final = [needs("ai:use")]
_SUMMARIES: Final = {
    "generate": "Write a text, or a value of a JSON Schema, from a prompt; with `stream`, piece by piece",
    "summarize": "Say a text or a document in a few sentences",
    "analyze": "Tell sentiment, keywords, summary, language, entities, class and readability of a text",
    "translate": "Translate a text or a document",
    "decide": "Choose one of some ways for data, by rules or by what their descriptions mean",
    "embed": "Turn texts into vectors",
    "classify": "Choose labels for a text or a document",
    "extract": "Read typed fields from a document, each with its page and box",
    "ask": "Answer a question about texts or documents, with quotes",
}
_STREAM: Final = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
_ADVANCED: Final = ("generate", "analyze")
_PIECES: Final[Any] = Field(default=False, description="Whether pieces come as events while they are made.")
Endpoint = Callable[..., Awaitable[Any]]


def _bodies(kind: type[AiStep]) -> type[BaseModel]:
    name = f"{kind.task.capitalize()}Body"
    more = {"stream": (bool, _PIECES)} if kind is Generate else {}
    return body_of(cast("type[AiParams]", kind.params), name, **more)


def _endpoint(kind: type[AiStep], body: type[BaseModel], name: str) -> Endpoint:
    """A handler whose body is the step's parameters and whose answer is its result."""

    async def ask(wanted: Any, door: Door) -> Any:
        if kind is Generate:
            return await _generated(door, wanted)
        return await once(door, kind.result, partial(work_of, door, kind, wanted))

    ask.__name__ = ask.__qualname__ = name
    ask.__annotations__["wanted"] = body
    return ask


async def _generated(door: DoorContext, wanted: Any) -> Any:
    body = wanted.model_copy()
    streaming = body.stream
    body.__dict__.pop("stream")
    body.__pydantic_fields_set__.discard("stream")
    if streaming:
        events = _events(door, body)
        first = await anext(events)
        return StreamingResponse(_rest(first, events), media_type="text/event-stream", headers=HEADERS)

    async def work() -> Generated:
        return generated(await work_of(door, Generate, body))

    return await once(door, Generated, work)


async def _rest(first: str, events: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for told in events:
        yield told


async def _events(door: DoorContext, body: BaseModel) -> AsyncIterator[str]:
    """`delta` events, of another answer after `restart`, then `done` with all; a refusal before them is a problem."""
    seq = 0
    try:
        async for piece in pieces_of(lambda deltas: work_of(door, Generate, body, deltas)):
            if piece is None or isinstance(piece, str):
                seq += 1
                yield event("restart", {"seq": seq}) if piece is None else event("delta", {"text": piece, "seq": seq})
            else:
                yield event("done", generated(piece).model_dump(mode="json"))
    except Refusal as refusal:
        if not seq:
            raise
        yield event("error", json.loads(bytes(render(door.request.scope, refusal).body)))


def generated(result: GenerateResult) -> Generated:
    """A step's result as it is told at the door."""
    said = result.ai
    cost = Money(amount=said.cost, currency=said.currency) if said.cost is not None else None
    return Generated(
        **dict(result),
        provider=said.provider,
        model=said.model,
        usage=UsageTold(tokens_in=said.tokens_in, tokens_out=said.tokens_out),
        cost=cost,
        cached=said.cached,
        fallback=said.fallback,
    )


def _add(kind: type[AiStep]) -> None:
    body, task = _bodies(kind), kind.task
    answered = Generated if kind is Generate else kind.result
    more: dict[str, Any] = {"responses": _STREAM} if kind is Generate else {}
    prefixes = ("", "/advanced") if task in _ADVANCED else ("",)
    for prefix in prefixes:
        name = f"ai_{task}" + ("_advanced" if prefix else "")
        router.add_api_route(
            f"{prefix}/ai/{task}",
            _endpoint(kind, body, name),
            methods=["POST"],
            summary=_SUMMARIES[task],
            response_model=answered,
            dependencies=_USE,
            **more,
        )


for _kind in KINDS:
    _add(_kind)


@router.post(
    "/ai/batch", summary="Analyze or generate many texts at once, each with its own outcome", dependencies=_USE
)
async def ai_batch(wanted: BatchRequest, door: Door) -> BatchAnswer:
    return await once(door, BatchAnswer, partial(batch_of, door, wanted))


@router.post(
    "/advanced/ai/batch", summary="Analyze or generate many texts at once, each with its own outcome", dependencies=_USE
)
async def ai_batch_advanced(wanted: BatchRequest, door: Door) -> BatchAnswer:
    return await once(door, BatchAnswer, partial(batch_of, door, wanted))
