"""`docchain approvals`: what waits for a person, and the answer."""

import json
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import DataDir, Workspace, console, local_actor, run_async, settings_of_data
from docchain.features.approvals import AnswerRequest, Approval, ApprovalFilter, ApprovalService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings, SettingsError

app = typer.Typer(help="List and answer approvals.", no_args_is_help=True, add_completion=False)


@app.command("list")
def list_approvals(workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List what waits for a decision."""
    table = Table("Approval", "Run", "Title", "Since")
    for item in run_async(_list(settings_of_data(data_dir), workspace)):
        table.add_row(item.handle, str(item.run_id), item.title, item.created_at.strftime("%Y-%m-%d %H:%M"))
    console.print(table)


@app.command()
def answer(
    approval: Annotated[str, typer.Argument(help="An approval's handle or id.", show_default=False)],
    decision: Annotated[Literal["approve", "reject"], typer.Argument(help="The decision.", show_default=False)],
    comment: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    values: Annotated[str, typer.Option(help="The form's values as a JSON object.")] = "{}",
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Approve or reject."""
    body = AnswerRequest(decision=decision, comment=comment, values=_values(values))
    answered = run_async(_answer(settings_of_data(data_dir), workspace, approval, body))
    console.print(f"{answered.handle}: {answered.status}")


def _values(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"--values is no JSON: {error}.") from None
    if not isinstance(values, dict):
        raise SettingsError('--values is a JSON object, such as {"cost_centre": "A"}.')
    return values


async def _list(settings: Settings, workspace: str) -> list[Approval]:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        pending = ApprovalFilter(statuses=["pending"])
        page = await services.database.read(lambda work: ApprovalService(work).list(pending, PageRequest(200)), actor)
        return list(page.items)


async def _answer(settings: Settings, workspace: str, reference: str, body: Any) -> Approval:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        answered: Approval = await services.database.write(
            lambda work: ApprovalService(work).answer(reference, body), actor
        )
        return answered
