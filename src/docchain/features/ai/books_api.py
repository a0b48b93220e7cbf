"""HTTP doors of the books: budgets, what calls took, and known answers."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from docchain.features.ai.books.schemas import (
    Budget,
    BudgetChange,
    BudgetRequest,
    CacheDropped,
    CacheTold,
    Call,
    CallQuery,
    Group,
    UsageTold,
)
from docchain.features.ai.books.service import BudgetService, UsageService
from docchain.features.documents import DocumentService
from docchain.features.runs import RunService
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import NeedsIfMatch, etag_of
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["AI"], route_class=LateRoute)

_READ: Final = [needs("ai:read")]
_MANAGE: Final = [needs("ai:manage")]
_MONTH: Final = timedelta(days=30)
_Asked = Annotated[PageQuery, Query()]
_Reference = Annotated[str | None, Query(max_length=100)]


@router.get("/ai/budgets", summary="List budgets, the newest first, with what their periods took", dependencies=_READ)
async def list_ai_budgets(wanted: _Asked, door: Door) -> Page[Budget]:
    return await door.read(lambda work: BudgetService(work).page(wanted.page()))


@router.post("/ai/budgets", status_code=201, summary="Limit what models may cost in a period", dependencies=_MANAGE)
async def create_ai_budget(body: BudgetRequest, door: Door, response: Response) -> Budget:
    made = await door.create(Budget, lambda work: BudgetService(work).create(body))
    response.headers["ETag"] = etag_of(made.revision)
    return made


@router.get("/ai/budgets/{budget}", summary="Read a budget, with what its present period took", dependencies=_READ)
async def read_ai_budget(budget: str, door: Door, response: Response) -> Budget:
    found = await door.read(lambda work: BudgetService(work).read(budget))
    response.headers["ETag"] = etag_of(found.revision)
    return found


@router.patch("/ai/budgets/{budget}", summary="Change a budget; paused runs may then be resumed", dependencies=_MANAGE)
async def change_ai_budget(
    budget: str, body: BudgetChange, expected: NeedsIfMatch, door: Door, response: Response
) -> Budget:
    changed = await door.write(lambda work: BudgetService(work).change(budget, body, expected))
    response.headers["ETag"] = etag_of(changed.revision)
    return changed


@router.delete("/ai/budgets/{budget}", status_code=204, summary="Remove a budget", dependencies=_MANAGE)
async def delete_ai_budget(budget: str, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: BudgetService(work).delete(budget, expected))


@router.get("/ai/usage", summary="Sum tokens, money and calls of models by what you choose", dependencies=_READ)
async def read_ai_usage(
    door: Door,
    group: Group = "provider",
    since: Annotated[AwareDatetime | None, Query(description="Else 30 days ago.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Else now.")] = None,
) -> UsageTold:
    end = until or datetime.now(UTC)
    start = since or end - _MONTH
    return await door.read(lambda work: UsageService(work).usage(group, start, end))


@router.get("/ai/calls", summary="List calls of models, the newest first", dependencies=_READ)
async def list_ai_calls(wanted: Annotated[CallQuery, Query()], door: Door) -> Page[Call]:
    def look(work: Work) -> Page[Call]:
        where = {
            "run_id": RunService(work).read(wanted.run).id if wanted.run else None,
            "document_id": DocumentService(work).read(wanted.document).id if wanted.document else None,
            "provider": wanted.provider,
            "state": wanted.state,
        }
        given = {name: value for name, value in where.items() if value is not None}
        return UsageService(work).calls(wanted.page(), given)

    return await door.read(look)


@router.get("/ai/cache", summary="See how many answers are known, and how often they were of use", dependencies=_READ)
async def read_ai_cache(door: Door) -> CacheTold:
    return await door.read(lambda work: UsageService(work).cache())


@router.delete("/ai/cache", summary="Forget known answers, all or those about a document", dependencies=_MANAGE)
async def drop_ai_cache(door: Door, document: _Reference = None) -> CacheDropped:
    def drop(work: Work) -> CacheDropped:
        found = DocumentService(work).read(document).id if document else None
        return CacheDropped(dropped=UsageService(work).drop(found))

    return await door.write(drop)
