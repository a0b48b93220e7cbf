"""HTTP door of what is ordered of runs: cancel, pause, resume, retry, and another run of an old one."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Response

from docchain.features.runs.admission import admit
from docchain.features.runs.again import AgainService
from docchain.features.runs.control_requests import ForkRequest, PauseRequest, RestartRequest, RetryRequest
from docchain.features.runs.live import LiveRuns
from docchain.features.runs.schemas import CancelRequest, Run
from docchain.features.runs.service import ORDERED, RunService
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.work import Work

router = APIRouter(tags=["Runs"])
_CONTROL: Final = [needs("runs:control")]
_START: Final = [needs("runs:control"), needs("workflows:execute")]


async def _read(door: DoorContext, run: str) -> Run:
    return await door.read(lambda work: RunService(work).read(run))


async def _ordered(door: DoorContext, order: Callable[[RunService], Run]) -> Run:
    """Append the command, wake the engine, and tell the present."""
    answer = await door.write(lambda work: order(RunService(work)))
    door.services.engine.wake()
    return await LiveRuns(door.services.engine).present(answer)


@router.post(
    "/runs/{run}/cancel",
    status_code=202,
    summary="Cancel a run; effects under way are awaited first",
    dependencies=_CONTROL,
)
async def cancel_run(run: str, door: Door, request: CancelRequest | None = None) -> Run:
    await LiveRuns(door.services.engine).check_open(await _read(door, run))
    return await _ordered(door, lambda runs: runs.cancel(run, request.reason if request else ""))


@router.post(
    "/runs/{run}/pause",
    status_code=202,
    summary="Pause a run; steps under way come to their end, no other starts",
    dependencies=_CONTROL,
)
async def pause_run(run: str, door: Door, request: PauseRequest | None = None) -> Run:
    await LiveRuns(door.services.engine).check_possible(await _read(door, run), "pause")
    return await _ordered(door, lambda runs: runs.pause(run, request.reason if request else ""))


@router.post("/runs/{run}/resume", status_code=202, summary="Go on with a paused run", dependencies=_CONTROL)
async def resume_run(run: str, door: Door) -> Run:
    await LiveRuns(door.services.engine).check_possible(await _read(door, run), "resume")
    return await _ordered(door, lambda runs: runs.resume(run))


@router.post(
    "/runs/{run}/retry",
    status_code=202,
    summary="Go on with a run that ended badly: try its failed steps again",
    dependencies=_CONTROL,
)
async def retry_run(run: str, door: Door, request: RetryRequest | None = None) -> Run:
    wanted = request or RetryRequest()
    steps = await LiveRuns(door.services.engine).check_retry(await _read(door, run), wanted.steps)
    return await _ordered(door, lambda runs: runs.retry(run, steps, wanted.reason))


@router.post(
    "/runs/{run}/restart",
    status_code=202,
    summary="Start a new run with the inputs of this one, of its definition or another version",
    dependencies=_START,
)
async def restart_run(run: str, door: Door, response: Response, request: RestartRequest | None = None) -> Run:
    past = await LiveRuns(door.services.engine).past(await _read(door, run))
    wanted = request or RestartRequest()
    return await _again(door, response, lambda again: again.restart(run, wanted, past))


@router.post(
    "/runs/{run}/fork",
    status_code=202,
    summary="Start a new run from one of this one's steps; what does not follow it is taken over",
    dependencies=_START,
)
async def fork_run(run: str, door: Door, response: Response, request: ForkRequest) -> Run:
    past = await LiveRuns(door.services.engine).past(await _read(door, run))
    return await _again(door, response, lambda again: again.fork(run, request, past))


async def _again(door: DoorContext, response: Response, order: Callable[[AgainService], Run]) -> Run:
    await admit(door)

    def start(work: Work) -> Run:
        return order(AgainService(work, _definitions(door)))

    run = await door.create(ORDERED, start)
    door.services.engine.wake()
    response.headers["Location"] = door.request.app.url_path_for("read_run", run=run.handle)
    return run


def _definitions(door: DoorContext) -> Any:
    return door.services.definitions
