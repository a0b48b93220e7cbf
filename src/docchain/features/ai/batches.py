"""Many requests in one: its one rule: each has its own outcome, and one that fails stops no other."""

import asyncio
import json
from decimal import Decimal
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.features.ai.bodies import body_of
from docchain.features.ai.door_schemas import BatchAnswer, BatchItem, BatchRequest, Money, UsageTold
from docchain.features.ai.doors import work_of
from docchain.features.ai.steps.analyze import Analyze
from docchain.features.ai.steps.generate import Generate
from docchain.features.ai.steps.shared import AiParams, AiStep, Asked
from docchain.platform.errors import Invalid, Refusal
from docchain.platform.web.door import DoorContext
from docchain.platform.web.problems import render

_KINDS: Final[dict[str, type[AiStep]]] = {"analyze": Analyze, "generate": Generate}


async def batch_of(door: DoorContext, wanted: BatchRequest) -> BatchAnswer:
    """Ask for all of them, some at once."""
    turns = asyncio.Semaphore(wanted.concurrency)
    kind = _KINDS[wanted.operation]
    body = body_of(cast("type[AiParams]", kind.params), f"{wanted.operation.capitalize()}Item")
    said: list[Asked] = []

    async def one(index: int, item: dict[str, Any]) -> BatchItem:
        named = {"provider": wanted.provider, "model": wanted.model}
        given = {**{key: value for key, value in named.items() if value is not None}, **item}
        async with turns:
            try:
                result = await work_of(door, kind, _checked(body, given, index))
            except Refusal as refusal:
                problem = json.loads(bytes(render(door.request.scope, refusal).body))
                return BatchItem(index=index, status="failed", problem=problem)
        said.append(result.ai)
        return BatchItem(index=index, status="ok", result=result.model_dump(mode="json", exclude_none=True))

    items = await asyncio.gather(*(one(index, item) for index, item in enumerate(wanted.items)))
    return _told(list(items), said)


def _checked(body: type[BaseModel], given: dict[str, Any], index: int) -> BaseModel:
    try:
        return body.model_validate(given)
    except ValidationError as error:
        faults = field_faults(error, f"items[{index}]")
        raise Invalid(f"{faults[0].path}: {faults[0].message}", errors=faults) from None


def _told(items: list[BatchItem], said: list[Asked]) -> BatchAnswer:
    costs = [asked.cost for asked in said]
    known = [cost for cost in costs if cost is not None]
    cost = Money(amount=sum(known, Decimal(0)), currency="USD") if len(known) == len(costs) else None
    return BatchAnswer(
        items=items,
        succeeded=sum(item.status == "ok" for item in items),
        failed=sum(item.status == "failed" for item in items),
        usage=UsageTold(
            tokens_in=sum(asked.tokens_in for asked in said), tokens_out=sum(asked.tokens_out for asked in said)
        ),
        cost=cost,
    )
