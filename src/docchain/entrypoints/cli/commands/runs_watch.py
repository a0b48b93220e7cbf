"""`docchain runs watch`: a run on its way."""

import typer

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    RunName,
    Workspace,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.following import executing, exit_code, followed, tell_end
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import RunDetail
from docchain.platform.logging import configure_logging
from docchain.platform.settings import Settings


def watch(
    run: RunName, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Follow a run to its end, with progress. Without a server on this data, it is executed here.

    It also waits for what the run waits for; stop with Ctrl+C. The exit code is 0 when the run succeeded, else 1.
    """
    configure_logging("warning")
    told = run_async(_watch(settings_of_data(data_dir), workspace, run, as_json))
    if as_json:
        print_json(told)
    else:
        tell_end(told)
    raise typer.Exit(exit_code(told.status))


async def _watch(settings: Settings, workspace: str, reference: str, quiet: bool) -> RunDetail:
    async with executing(settings, workspace) as (services, actor):
        return await followed(services, actor, reference, quiet=quiet, to_the_end=True)
