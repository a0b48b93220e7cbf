"""`docchain approvals`: what waits for a person, and the answer."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from rich.table import Table

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    moment,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.approvals import AnswerRequest, Approval, ApprovalFilter, ApprovalService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import RunService
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import Work

app = typer.Typer(help="List and answer approvals.", no_args_is_help=True, add_completion=False)


@app.command("list")
def list_approvals(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List what waits for a decision."""
    items, runs = run_async(_list(settings_of_data(data_dir), workspace))
    if as_json:
        print_json(items)
        return
    table = Table("Approval", "Run", "Title", "Since")
    for item in items:
        table.add_row(item.handle, runs.get(item.run_id, str(item.run_id)), item.title, moment(item.created_at))
    console.print(table)


@app.command()
def answer(
    approval: Annotated[str, typer.Argument(help="An approval's handle or id.", show_default=False)],
    decision: Annotated[Literal["approve", "reject"], typer.Argument(help="The decision.", show_default=False)],
    comment: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    values: Annotated[str, typer.Option(help="The form's values as a JSON object.")] = "{}",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Approve or reject.

    Example: docchain approvals answer approval_1 approve --comment "Agreed by phone"
    """
    body = AnswerRequest(decision=decision, comment=comment, values=_values(values))
    answered = run_async(_answer(settings_of_data(data_dir), workspace, approval, body))
    if as_json:
        print_json(answered)
    else:
        console.print(f"{answered.handle}: {answered.status}")


def _values(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"--values is no JSON: {error}.") from None
    if not isinstance(values, dict):
        raise SettingsError('--values is a JSON object, such as {"cost_centre": "A"}.')
    return values


async def _list(settings: Settings, workspace: str) -> tuple[Sequence[Approval], dict[UUID, str]]:
    """What waits, and the handles of the runs."""

    def read(work: Work) -> tuple[Sequence[Approval], dict[UUID, str]]:
        items = ApprovalService(work).list(ApprovalFilter(statuses=["pending"]), PageRequest(200)).items
        return items, RunService(work).handles_of({item.run_id for item in items})

    async with opened(settings, workspace) as (services, actor):
        return await services.database.read(read, actor)


async def _answer(settings: Settings, workspace: str, reference: str, body: Any) -> Approval:
    async with opened(settings, workspace) as (services, actor):
        answered: Approval = await services.database.write(
            lambda work: ApprovalService(work).answer(reference, body), actor
        )
        return answered
