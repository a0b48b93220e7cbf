"""`docchain workflow execute`: a run of a stored workflow, followed if that is wanted."""

from typing import Annotated, Any

import typer

from docchain.entrypoints.cli.commands.workflow_kept import Version, version_of
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    WorkflowName,
    Workspace,
    console,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.following import executing, exit_code, followed, tell_end
from docchain.entrypoints.cli.values import values_of
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import Run, RunDetail
from docchain.features.workflows import ExecutionService
from docchain.platform.logging import configure_logging
from docchain.platform.settings import Settings
from docchain.platform.work import Work


def execute(  # noqa: PLR0913, PLR0917 - a command's options
    workflow: WorkflowName,
    given: Annotated[list[str] | None, typer.Option("--input", "-i", help="An input as name=value; repeat it.")] = None,
    version: Version = "latest",
    dry: Annotated[bool, typer.Option("--dry-run", help="Effects off: nothing leaves, nobody is asked.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for the end, with progress.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Execute a stored workflow. Without a server on this data, `--follow` executes the run here.

    With `--follow`, the exit code is 0 when the run succeeded, 1 when it ended otherwise, 3 when it waits.

    Examples: docchain workflow execute workflow_1 --input name=Ana
              docchain workflow execute greeting --version production --follow
    """
    configure_logging("warning")
    settings = settings_of_data(data_dir)
    options = {"version": version_of(version), "mode": "dry" if dry else "normal", "origin": "cli"}
    order = _Order(workflow, values_of(given), options)
    told = run_async(_follow(settings, workspace, order, as_json) if follow else _order(settings, workspace, order))
    if as_json:
        print_json(told)
    elif isinstance(told, RunDetail):
        tell_end(told)
    else:
        console.print(f"{told.handle}: ordered; `docchain runs watch {told.handle}` follows it")
    if follow:
        raise typer.Exit(exit_code(told.status))


class _Order:
    """What is to be executed."""

    def __init__(self, workflow: str, inputs: dict[str, Any], options: dict[str, Any]) -> None:
        self._workflow, self._inputs, self._options = workflow, inputs, options

    def __call__(self, work: Work) -> Run:
        service = ExecutionService(work)
        handle = service.find_called(self._workflow).id
        return service.execute(str(handle), self._inputs, **self._options)


async def _order(settings: Settings, workspace: str, order: _Order) -> Run:
    async with opened(settings, workspace) as (services, actor):
        return await services.database.write(order, actor)


async def _follow(settings: Settings, workspace: str, order: _Order, quiet: bool) -> RunDetail:
    async with executing(settings, workspace) as (services, actor):
        run = await services.database.write(order, actor)
        services.engine.wake()
        return await followed(services, actor, run.handle, quiet=quiet)
