"""HTTP door of runs."""

from typing import Annotated

from fastapi import APIRouter, Query

from docchain.features.runs.bulk_api import router as bulk
from docchain.features.runs.control_api import router as control
from docchain.features.runs.live import LiveRuns
from docchain.features.runs.schemas import (
    HistoryEntry,
    ResolveRequest,
    Run,
    RunDetail,
    RunQuery,
    SignalRequest,
)
from docchain.features.runs.service import RunService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, needs

router = APIRouter(tags=["Runs"])
router.include_router(control)
router.include_router(bulk)


@router.get("/runs", summary="List runs", dependencies=[needs("runs:read")])
async def list_runs(wanted: Annotated[RunQuery, Query()], door: Door) -> Page[Run]:
    newest_first = wanted.sort == "-created_at"
    return await door.read(
        lambda work: RunService(work).list(wanted.filter(), wanted.page(), newest_first=newest_first)
    )


@router.get("/runs/{run}", summary="Read a run and what each of its steps did", dependencies=[needs("runs:read")])
async def read_run(run: str, door: Door) -> RunDetail:
    found = await door.read(lambda work: RunService(work).read(run))
    return await LiveRuns(door.services.engine).detail(found)


@router.get("/runs/{run}/history", summary="Read the facts of a run's journal", dependencies=[needs("runs:read")])
async def read_run_history(run: str, door: Door) -> list[HistoryEntry]:
    found = await door.read(lambda work: RunService(work).read(run))
    return await LiveRuns(door.services.engine).history(found)


@router.post(
    "/runs/{run}/signal",
    status_code=202,
    summary="Send a signal to a waiting step",
    dependencies=[needs("runs:control")],
)
async def signal_run(run: str, request: SignalRequest, door: Door) -> Run:
    live = LiveRuns(door.services.engine)
    found = await door.read(lambda work: RunService(work).read(run))
    await live.check_wait(found, request.step, request.signal)
    signalled = await door.write(
        lambda work: RunService(work).signal(run, request.step, request.signal, request.payload)
    )
    door.services.engine.wake()
    return await live.present(signalled)


@router.post(
    "/runs/{run}/resolve",
    status_code=202,
    summary="Say what became of a parked effect",
    dependencies=[needs("runs:control")],
)
async def resolve_run(run: str, request: ResolveRequest, door: Door) -> Run:
    live = LiveRuns(door.services.engine)
    found = await door.read(lambda work: RunService(work).read(run))
    await live.check_parked(found, request.step)
    resolved = await door.write(lambda work: RunService(work).resolve(run, request))
    door.services.engine.wake()
    return await live.present(resolved)
