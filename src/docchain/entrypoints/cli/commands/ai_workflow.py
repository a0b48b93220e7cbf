"""`docchain ai-workflow`: AI workflows and their templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from docchain.engine.kinds import Kinds
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    moment,
    opened,
    print_json,
    run_async,
    settings_for,
    settings_of_data,
    written,
)
from docchain.entrypoints.cli.following import executing, exit_code, followed, tell_end
from docchain.entrypoints.cli.values import values_of
from docchain.features.ai_workflows.schemas import AiExecuteRequest, AiWorkflowCreate, AiWorkflowQuery
from docchain.features.ai_workflows.service import AiWorkflowService
from docchain.features.ai_workflows.templating import TemplateService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import Run, RunDetail
from docchain.platform.logging import configure_logging
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings
from docchain.platform.work import Work

T = TypeVar("T")
app = typer.Typer(help="Make, list and run AI workflows.", no_args_is_help=True, add_completion=False)
Given = Annotated[list[str] | None, typer.Option("--input", "-i", help="An input as name=value; repeat it.")]
Handle = Annotated[str, typer.Argument(help="Its handle (ai_workflow_1), id or number.", show_default=False)]


@app.command()
def templates(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List the templates: those of the product, then those of the workspace."""
    listed = _written(data_dir, workspace, lambda work, _: TemplateService(work).list())
    if as_json:
        print_json(listed)
        return
    table = Table("Template", "Type", "Title", "Offline")
    for one in listed:
        table.add_row(one.name, one.workflow_type, one.title, "yes" if one.works_offline else "no")
    console.print(table)


@app.command(name="list")
def list_ai_workflows(
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List the AI workflows, newest first."""
    wanted = AiWorkflowQuery().filter()
    page = written(
        data_dir,
        workspace,
        lambda work, kinds: AiWorkflowService(work, kinds).list(wanted, "-created_at", PageRequest(limit)),
    )
    if as_json:
        print_json(page.items)
        return
    table = Table("AI workflow", "Name", "Type", "Status", "Changed")
    for one in page.items:
        table.add_row(one.handle, one.name, one.workflow_type, one.status, moment(one.updated_at))
    console.print(table)


@app.command()
def create(
    template: Annotated[str, typer.Argument(help="A template's name; `templates` lists them.", show_default=False)],
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    given: Given = None,
    provider: Annotated[str, typer.Option(help="Whom its AI steps ask.")] = "auto",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make an AI workflow of a template.

    Example: docchain ai-workflow create summarize_text --input text="Uno. Dos. Tres." --provider local
    """
    wanted = AiWorkflowCreate(name=name, template_name=template, input_data=values_of(given), ai_provider=provider)
    made = _written(data_dir, workspace, lambda work, kinds: AiWorkflowService(work, kinds).create(wanted))
    if as_json:
        print_json(made)
        return
    for warning in made.warnings:
        console.print(warning.message, style="yellow")
    console.print(f"{made.handle} {made.name}: made; `docchain ai-workflow run {made.handle}` runs it")


@app.command()
def run(
    ai_workflow: Handle,
    given: Given = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Run an AI workflow and wait for its end; the exit code is 0 when the run succeeded.

    Example: docchain ai-workflow run ai_workflow_1 --input text="Otro texto."
    """
    configure_logging("warning")
    told = run_async(_followed(settings_of_data(data_dir), workspace, ai_workflow, values_of(given), as_json))
    if as_json:
        print_json(told)
    else:
        tell_end(told)
    raise typer.Exit(exit_code(told.status))


def _written(data_dir: Path | None, workspace: str, transaction: Callable[[Work, Kinds], T]) -> T:
    """What one transaction answers, also on data that is made by it."""

    async def within() -> T:
        async with opened(settings_for(data_dir), workspace) as (services, actor):
            return await services.database.write(lambda work: transaction(work, services.kinds), actor)

    return run_async(within())


async def _followed(
    settings: Settings, workspace: str, ai_workflow: str, inputs: dict[str, Any], quiet: bool
) -> RunDetail:
    wanted = AiExecuteRequest(input_data=inputs)
    async with executing(settings, workspace) as (services, actor):
        ordered: Run = await services.database.write(
            lambda work: AiWorkflowService(work, services.kinds).execute(ai_workflow, wanted, origin="cli"), actor
        )
        services.engine.wake()
        return await followed(services, actor, ordered.handle, quiet=quiet)
