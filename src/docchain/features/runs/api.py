"""HTTP door of runs."""

from itertools import chain
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from docchain.features.runs.bulk_api import router as bulk
from docchain.features.runs.control_api import router as control
from docchain.features.runs.history_api import router as history
from docchain.features.runs.inspect_api import router as inspect
from docchain.features.runs.live import APPROVAL, LiveRuns
from docchain.features.runs.naming import name_children
from docchain.features.runs.schemas import (
    HistoryEntry,
    ResolveRequest,
    Run,
    RunQuery,
    SignalRequest,
)
from docchain.features.runs.service import RunService
from docchain.features.runs.step_schemas import ItemPage, ItemQuery, RunDetail
from docchain.features.runs.waiting import ordered
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, needs
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute

_MOST_FACTS: Final = 1_000
_After = Annotated[int, Query(ge=0, le=1_000_000_000, description="Leave out so many from the beginning.")]
_Most = Annotated[int, Query(ge=1, le=10_000, description="Not more than so many.")]

router = APIRouter(tags=["Runs"], route_class=LateRoute)
router.include_router(control)
router.include_router(bulk)
router.include_router(history)
router.include_router(inspect)


@router.get("/runs", summary="List runs", dependencies=[needs("runs:read")])
async def list_runs(wanted: Annotated[RunQuery, Query()], door: Door) -> Page[Run]:
    door.versioned_by_all()
    newest_first = wanted.sort == "-created_at"
    return await door.read(
        lambda work: RunService(work).list(wanted.filter(), wanted.page(), newest_first=newest_first)
    )


@router.get("/runs/{run}", summary="Read a run and what each of its steps did", dependencies=[needs("runs:read")])
async def read_run(run: str, door: Door) -> RunDetail:
    found, is_settled = await door.read(lambda work: _read(RunService(work), run))
    detail = await LiveRuns(door.services.engine).detail(found)
    if APPROVAL in detail.waits.values() and detail.waits != found.waits:
        await door.services.journal.caught_up()  # whoever reads that people are asked finds the question
    pages = [step.items.items for step in detail.steps if step.items]
    await name_children(door, [*detail.steps, *chain.from_iterable(pages)])
    if is_settled and detail.status == found.status:
        door.versioned_by_all()
    return detail


def _read(runs: RunService, reference: str) -> tuple[Run, bool]:
    found = runs.read(reference)
    return found, runs.is_settled(found)


@router.get(
    "/runs/{run}/steps/{step}/items",
    summary="List the items of a step that maps",
    dependencies=[needs("runs:read")],
)
async def list_run_step_items(run: str, step: str, wanted: Annotated[ItemQuery, Query()], door: Door) -> ItemPage:
    found = await door.read(lambda work: RunService(work).read(run))
    page = await LiveRuns(door.services.engine).items(found, step, wanted)
    await name_children(door, page.items)
    return page


@router.get("/runs/{run}/history", summary="Read the facts of a run's journal", dependencies=[needs("runs:read")])
async def read_run_history(
    run: str, door: Door, response: Response, after: _After = 0, limit: _Most = _MOST_FACTS
) -> list[HistoryEntry]:
    """In the order in which they came about. If there are more, the header `Link` says where."""
    found = await door.read(lambda work: RunService(work).read(run))
    entries = await LiveRuns(door.services.engine).history(found)
    if len(entries) > after + limit:
        path = door.request.app.url_path_for("read_run_history", run=found.handle)
        response.headers["Link"] = f'<{path}?after={after + limit}&limit={limit}>; rel="next"'
    return entries[after : after + limit]


@router.post(
    "/runs/{run}/signal",
    status_code=202,
    summary="Send a signal to a waiting step",
    dependencies=[needs("runs:control")],
)
async def signal_run(run: str, request: SignalRequest, door: Door, prefer: Prefer) -> Run:
    prefer.may_be_short()
    return await ordered(
        door,
        run,
        lambda live, found: live.check_wait(found, request.step, request.signal),
        lambda runs, attempt: runs.signal(run, request.step, request.signal, request.payload, attempt),
    )


@router.post(
    "/runs/{run}/resolve",
    status_code=202,
    summary="Say what became of a parked effect",
    dependencies=[needs("runs:control")],
)
async def resolve_run(run: str, request: ResolveRequest, door: Door, prefer: Prefer) -> Run:
    prefer.may_be_short()
    return await ordered(
        door,
        run,
        lambda live, found: live.check_parked(found, request.step),
        lambda runs, attempt: runs.resolve(run, request, attempt),
    )
