"""HTTP door of what a run's steps noted: their log lines, and its course in time."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from docchain.features.runs.live import LiveRuns
from docchain.features.runs.logs import LogLine, LogQuery, StepLogQuery
from docchain.features.runs.naming import name_children
from docchain.features.runs.service import RunService
from docchain.features.runs.timeline_schemas import Timeline
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Runs"], route_class=LateRoute)
_READ: Final = [needs("runs:read")]
_Items = Annotated[int, Query(ge=0, le=1_000, description="Items of a step that get bars, at most.")]


@router.get("/runs/{run}/logs", summary="Read what a run's steps logged", dependencies=_READ)
async def read_run_logs(run: str, wanted: Annotated[LogQuery, Query()], door: Door) -> Page[LogLine]:
    """In the order in which attempts came to their end; lines come with the outcome of their attempt."""
    return await _logs(door, run, wanted)


@router.get(
    "/runs/{run}/steps/{step}/logs",
    summary="Read what a step, its items included, or an item logged",
    dependencies=_READ,
)
async def read_run_step_logs(
    run: str, step: str, wanted: Annotated[StepLogQuery, Query()], door: Door
) -> Page[LogLine]:
    return await _logs(door, run, LogQuery.model_construct(**dict(wanted), step=step))


async def _logs(door: DoorContext, run: str, wanted: LogQuery) -> Page[LogLine]:
    found = await door.read(lambda work: RunService(work).read(run))
    return await LiveRuns(door.services.engine).logs(found, wanted)


@router.get(
    "/runs/{run}/timeline", summary="Read a run's course in time, to be drawn as a Gantt chart", dependencies=_READ
)
async def read_run_timeline(run: str, door: Door, items: _Items = 100) -> Timeline:
    """Steps under way have a bar once they can begin; when they began is known when they end."""
    found, now = await door.read(lambda work: (RunService(work).read(run), work.now))
    timeline = await LiveRuns(door.services.engine).timeline(found, now, items)
    await name_children(door, timeline.bars)
    return timeline
