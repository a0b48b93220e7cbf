"""One run looked at from the command line, beside whichever process executes it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from docchain.entrypoints.cli.console import opened, run_async, settings_of_data
from docchain.features.runs import LiveRuns, Run, RunService

T = TypeVar("T")


def seen(data_dir: Path | None, workspace: str, reference: str, look: Callable[[LiveRuns, Run], Awaitable[T]]) -> T:
    """What there is to see of a run."""

    async def within() -> T:
        async with opened(settings_of_data(data_dir), workspace) as (services, actor):
            run = await services.database.read(lambda work: RunService(work).read(reference), actor)
            return await look(LiveRuns(services.engine), run)

    return run_async(within())
