"""HTTP door of what is ordered of runs: cancel, pause, resume, retry, and another run of an old one."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Response

from docchain.features.runs.admission import admit
from docchain.features.runs.again import AgainService, Past
from docchain.features.runs.control_requests import ForkRequest, PauseRequest, RestartRequest, RetryRequest
from docchain.features.runs.live import LiveRuns
from docchain.features.runs.schemas import CancelRequest, Run
from docchain.features.runs.service import ORDERED, RunService
from docchain.features.runs.waiting import RUN_ENDED, ordered, reopened, started
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["Runs"], route_class=LateRoute)
_CONTROL: Final = [needs("runs:control")]
_START: Final = [needs("runs:control"), needs("workflows:execute")]


@router.post(
    "/runs/{run}/cancel",
    status_code=202,
    summary="Cancel a run; effects under way are awaited first",
    dependencies=_CONTROL,
)
async def cancel_run(run: str, door: Door, prefer: Prefer, request: CancelRequest | None = None) -> Run:
    prefer.may_be_short()
    reason = request.reason if request else ""
    return await ordered(door, run, LiveRuns.check_open, lambda runs, _: runs.cancel(run, reason))


@router.post(
    "/runs/{run}/pause",
    status_code=202,
    summary="Pause a run; steps under way come to their end, no other starts",
    dependencies=_CONTROL,
)
async def pause_run(run: str, door: Door, prefer: Prefer, request: PauseRequest | None = None) -> Run:
    prefer.may_be_short()
    reason = request.reason if request else ""
    return await ordered(door, run, _can("pause"), lambda runs, _: runs.pause(run, reason))


@router.post("/runs/{run}/resume", status_code=202, summary="Go on with a paused run", dependencies=_CONTROL)
async def resume_run(run: str, door: Door, prefer: Prefer) -> Run:
    prefer.may_be_short()
    return await ordered(door, run, _can("resume"), lambda runs, _: runs.resume(run))


def _can(action: str) -> Callable[[LiveRuns, Run], Awaitable[None]]:
    return lambda live, found: live.check_possible(found, action)


@router.post(
    "/runs/{run}/retry",
    status_code=202,
    summary="Go on with a run that ended badly: try its failed steps again",
    dependencies=_CONTROL,
    responses=RUN_ENDED,
)
async def retry_run(
    run: str, door: Door, response: Response, prefer: Prefer, request: RetryRequest | None = None
) -> Run:
    wanted = request or RetryRequest()
    before = None
    if await door.repeated(ORDERED) is None:
        before = await LiveRuns(door.services.engine).present(await door.read(lambda work: RunService(work).read(run)))
    told = await ordered(
        door,
        run,
        lambda live, found: live.check_retry(found, wanted.steps),
        lambda runs, steps: runs.retry(run, steps, wanted.reason),
    )
    return await reopened(told, before, door, response, prefer)


@router.post(
    "/runs/{run}/restart",
    status_code=202,
    summary="Start a new run with the inputs of this one, of its definition or another version",
    dependencies=_START,
    responses=RUN_ENDED,
)
async def restart_run(
    run: str, door: Door, response: Response, prefer: Prefer, request: RestartRequest | None = None
) -> Run:
    wanted = request or RestartRequest()
    made = await _again(door, run, lambda again, past: again.restart(run, wanted, past))
    return await started(made, None, door, response, prefer)


@router.post(
    "/runs/{run}/fork",
    status_code=202,
    summary="Start a new run from one of this one's steps; what does not follow it is taken over",
    dependencies=_START,
    responses=RUN_ENDED,
)
async def fork_run(run: str, door: Door, response: Response, prefer: Prefer, request: ForkRequest) -> Run:
    made = await _again(door, run, lambda again, past: again.fork(run, request, past))
    return await started(made, None, door, response, prefer)


async def _again(door: DoorContext, run: str, order: Callable[[AgainService, Past], Run]) -> Run:
    if (answer := await door.repeated(ORDERED)) is not None:
        return answer
    past = await LiveRuns(door.services.engine).past(await door.read(lambda work: RunService(work).read(run)))
    await admit(door)

    def start(work: Work) -> Run:
        return order(AgainService(work, door.services.definitions), past)

    return await door.create(ORDERED, start)
