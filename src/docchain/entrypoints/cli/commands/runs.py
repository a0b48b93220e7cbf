"""`docchain runs`: list, inspect and control runs, beside a server or without one."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import typer
from rich.table import Table

from docchain.entrypoints.cli.commands import runs_again, runs_inspect, runs_watch
from docchain.entrypoints.cli.completion import run_statuses
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    RunName,
    Workspace,
    console,
    moment,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import LiveRuns, Run, RunFilter, RunService
from docchain.features.runs.schemas import ResolveRequest, RunStatus
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings

T = TypeVar("T")
app = typer.Typer(help="List, inspect, follow and control runs.", no_args_is_help=True, add_completion=False)

for command in (
    runs_inspect.show,
    runs_inspect.logs,
    runs_inspect.timeline,
    runs_inspect.history,
    runs_watch.watch,
    runs_again.restart,
    runs_again.fork,
    runs_again.bulk,
):
    app.command()(command)


def _known_statuses(given: list[str] | None) -> list[str] | None:
    for status in given or ():
        if status not in get_args(RunStatus):
            raise typer.BadParameter(f"{status} is none of {', '.join(get_args(RunStatus))}.")
    return given


@app.command("list")
def list_runs(
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Only runs in this status; repeat it.", callback=_known_statuses, autocompletion=run_statuses
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List runs, newest first."""
    page = run_async(_list(settings_of_data(data_dir), workspace, RunFilter(statuses=status or ()), limit))
    if as_json:
        print_json(page)
        return
    table = Table("Run", "Workflow", "Status", "Started", "Ended", "Message")
    for run in page:
        table.add_row(
            run.handle, run.label, run.status, moment(run.started_at), moment(run.ended_at), run.message or ""
        )
    console.print(table)


@app.command()
def cancel(
    run: RunName,
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Cancel a run; effects under way are awaited first."""
    answer = _ordered(data_dir, workspace, run, _unchecked, lambda runs, _: runs.cancel(run, reason))
    _tell(answer, "cancelling", as_json=as_json)


@app.command()
def pause(
    run: RunName,
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Start no further step of a run; what is under way comes to its end."""
    answer = _ordered(data_dir, workspace, run, _can("pause"), lambda runs, _: runs.pause(run, reason))
    _tell(answer, "pausing", as_json=as_json)


@app.command()
def resume(
    run: RunName, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Go on with a paused run."""
    answer = _ordered(data_dir, workspace, run, _can("resume"), lambda runs, _: runs.resume(run))
    _tell(answer, "going on", as_json=as_json)


@app.command()
def retry(
    run: RunName,
    step: Annotated[list[str] | None, typer.Option(help="Only this step or item, such as parse[3].")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Go on with a run that ended badly: its failed steps are tried again."""
    answer = _ordered(
        data_dir,
        workspace,
        run,
        lambda live, found: live.check_retry(found, step or []),
        lambda runs, steps: runs.retry(run, steps),
    )
    _tell(answer, "trying again", as_json=as_json)


@app.command()
def resolve(
    run: RunName,
    step: Annotated[str, typer.Argument(help="The parked step.", show_default=False)],
    outcome: Annotated[
        Literal["confirmed", "failed", "resend"],
        typer.Argument(help="It happened; it did not; or send it again.", show_default=False),
    ],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Say what became of an effect whose outcome is unknown."""
    request = ResolveRequest(step=step, outcome=outcome)
    answer = _ordered(
        data_dir,
        workspace,
        run,
        lambda live, found: live.check_parked(found, step),
        lambda runs, attempt: runs.resolve(run, request, attempt),
    )
    _tell(answer, f"{step} is {outcome}", as_json=as_json)


def _tell(run: Run, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(run)
    else:
        console.print(f"{run.handle}: {text}")


async def _list(settings: Settings, workspace: str, wanted: RunFilter, limit: int) -> list[Run]:
    async with opened(settings, workspace) as (services, actor):
        page = await services.database.read(lambda work: RunService(work).list(wanted, PageRequest(limit)), actor)
        return list(page.items)


def _ordered(
    data_dir: Path | None,
    workspace: str,
    reference: str,
    check: Callable[[LiveRuns, Run], Awaitable[T]],
    order: Callable[[RunService, T], Run],
) -> Run:
    """Append a command that the run's present state allows; the process that executes runs reads it, now or later."""

    async def within() -> Run:
        async with opened(settings_of_data(data_dir), workspace) as (services, actor):
            run = await services.database.read(lambda work: RunService(work).read(reference), actor)
            found = await check(LiveRuns(services.engine), run)
            return await services.database.write(lambda work: order(RunService(work), found), actor)

    return run_async(within())


async def _unchecked(_live: LiveRuns, _run: Run) -> None:
    """The order itself refuses what cannot be."""


def _can(action: str) -> Callable[[LiveRuns, Run], Awaitable[None]]:
    return lambda live, found: live.check_possible(found, action)
