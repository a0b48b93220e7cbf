"""Doors that start or move a run: the engine is woken, and the answer may wait for the end."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import Response

from docchain.features.runs.live import LiveRuns
from docchain.features.runs.schemas import Run
from docchain.features.runs.service import ORDERED, RunService
from docchain.platform.web.door import DoorContext
from docchain.platform.web.prefer import Preferences

RUN_ENDED: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Run, "description": "The run has ended."}}


async def started(
    run: Run, seconds: float | None, door: DoorContext, response: Response, prefer: Preferences | None = None
) -> Run:
    """Wake the engine for a run that was ordered, and wait for its end if that was asked for; lists then know."""
    door.services.engine.wake()
    response.headers["Location"] = door.request.app.url_path_for("read_run", run=run.handle)
    if prefer is not None:
        seconds = prefer.seconds(seconds)
        prefer.may_be_short()
    if seconds:
        run = await door.unless_stopping(LiveRuns(door.services.engine).finished(run, seconds)) or run
        await door.services.journal.caught_up()
    if run.ended_at is not None or run.deduplicated:
        response.status_code = 200
    return run


async def reopened(run: Run, before: Run | None, door: DoorContext, response: Response, prefer: Preferences) -> Run:
    """Wait for the next end of a run that was told to go on, if that is preferred; `before`: how it stood till now."""
    prefer.may_be_short()
    if seconds := prefer.seconds(None):
        live = LiveRuns(door.services.engine)
        end = live.finished(run, seconds) if before is None else live.finished_again(before, seconds)
        run = await door.unless_stopping(end) or run
        await door.services.journal.caught_up()
        if run.ended_at is not None:
            response.status_code = 200
    return run


async def ordered(
    door: DoorContext,
    run: str,
    check: Callable[[LiveRuns, Run], Awaitable[Any]],
    order: Callable[[RunService, Any], Run],
) -> Run:
    """Append a command to a run, wake the engine, and tell the present; with a known key, only the last.

    Args:
        door: the request's.
        run: which one.
        check: refuses what the run's present state does not allow; what it finds is handed to `order`.
        order: appends the command.
    """
    live = LiveRuns(door.services.engine)
    answer = await door.repeated(ORDERED)
    if answer is None:
        found = await check(live, await door.read(lambda work: RunService(work).read(run)))
        answer = await door.create(ORDERED, lambda work: order(RunService(work), found))
        door.services.engine.wake()
    return await live.present(answer)
