"""A run, followed to its end: how far it is, whoever executes it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import console, errors, local_actor, moment
from docchain.features.runs import LiveRuns, RunDetail, RunService
from docchain.platform.data_lock import DataInUse
from docchain.platform.settings import Settings
from docchain.platform.work import Actor

if TYPE_CHECKING:
    from docchain.services import Services

FAILED: Final = 1
WAITING: Final = 3
_LOOK: Final = 0.25
_DONE: Final = frozenset({"done", "skipped", "failed", "cancelled"})
_BAD: Final = frozenset({"failed", "rejected", "cancelled"})


@asynccontextmanager
async def executing(settings: Settings, workspace: str) -> AsyncIterator[tuple["Services", Actor]]:
    """The services; they execute runs, unless another process does so on this data."""
    async with AsyncExitStack() as stack:
        try:
            services = await stack.enter_async_context(open_services(settings))
        except DataInUse:
            services = await stack.enter_async_context(open_services(settings, run_engine=False))
        yield services, await local_actor(services.database, workspace)


async def followed(
    services: "Services", actor: Actor, reference: str, *, quiet: bool, to_the_end: bool = False
) -> RunDetail:
    """Return when the run has ended, or waits for somebody and nobody wants to wait for that."""
    with progress(quiet=quiet) as shown:
        task = shown.add_task(reference, total=None, status="")
        while True:
            detail = await _detail(services, actor, reference)
            done = sum(step.status in _DONE for step in detail.steps)
            shown.update(task, completed=done, total=len(detail.steps) or None, status=_told(detail))
            if detail.ended_at is not None or (_waits_for_somebody(detail) and not to_the_end):
                return detail
            await asyncio.sleep(_LOOK)


def progress(*, quiet: bool = False) -> Progress:
    """Bars on a terminal, nothing elsewhere; nothing of it is left behind."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[status]}", markup=False),
        TimeElapsedColumn(),
        console=errors,
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )


def tell_end(detail: RunDetail) -> None:
    ended = f" at {moment(detail.ended_at)}" if detail.ended_at else ""
    console.print(f"{detail.handle} {detail.label}: {detail.status}{ended}")
    for step, reason in detail.waits.items():
        console.print(f"  {step} waits: {reason}")
    if detail.message:
        console.print(f"  {detail.message}")
    if detail.output is not None:
        console.print_json(data=detail.output)


def exit_code(status: str) -> int:
    """0: it succeeded; 1: it ended otherwise; 3: it waits."""
    if status in _BAD:
        return FAILED
    return 0 if status == "succeeded" else WAITING


async def _detail(services: "Services", actor: Actor, reference: str) -> RunDetail:
    run = await services.database.read(lambda work: RunService(work).read(reference), actor)
    return await LiveRuns(services.engine).detail(run)


def _waits_for_somebody(detail: RunDetail) -> bool:
    if detail.status == "waiting":
        return any(reason != "time" for reason in detail.waits.values())
    return detail.status == "paused"


def _told(detail: RunDetail) -> str:
    running = [step.id for step in detail.steps if step.status not in _DONE and step.started_at]
    return ", ".join(running[:3]) or detail.status
