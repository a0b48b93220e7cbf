"""`docchain workflow versions`, `diff`, `label` and `unlabel`: published versions of a workflow."""

from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from docchain.entrypoints.cli.commands.workflow_kept import version_of
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    WorkflowName,
    Workspace,
    console,
    moment,
    print_json,
    written,
)
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs import VersionLabel
from docchain.features.workflows import VersionService
from docchain.features.workflows.diffing import diff_of
from docchain.platform.pagination import PageRequest

Number = Annotated[int, typer.Argument(min=1, help="The number of the version.", show_default=False)]
Label = Annotated[str, typer.Argument(help="A word such as production.", show_default=False)]


def versions(
    workflow: WorkflowName, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """List the published versions, the newest first."""
    page = written(
        data_dir, workspace, lambda work, kinds: VersionService(work, kinds).list(workflow, PageRequest(200))
    )
    if as_json:
        print_json(page.items)
        return
    table = Table("Version", "Labels", "Note", "Published", "By")
    for item in page.items:
        table.add_row(str(item.number), ", ".join(item.labels), item.note, moment(item.published_at), item.published_by)
    console.print(table)


def diff(
    workflow: WorkflowName,
    before: Annotated[str, typer.Argument(help="A version by number or label, latest, or draft.")] = "latest",
    after: Annotated[str, typer.Argument(help="The one it is compared with.")] = "draft",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Tell what a version, or the draft, changed of another one.

    Examples: docchain workflow diff workflow_1
              docchain workflow diff workflow_1 production 4
    """
    sides = written(
        data_dir,
        workspace,
        lambda work, kinds: VersionService(work, kinds).sides(workflow, version_of(before), version_of(after)),
    )
    found = diff_of(*sides)
    if as_json:
        print_json(found)
        return
    for line in found.summary or ["They are the same."]:
        console.print(line)


def label(
    workflow: WorkflowName,
    number: Number,
    name: Label,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Let a word stand for a version, and for no other one from now on.

    Example: docchain workflow label workflow_1 3 production
    """
    wanted = request_label(name)
    labelled = written(
        data_dir, workspace, lambda work, kinds: VersionService(work, kinds).put_label(workflow, number, wanted)
    )
    console.print(f"{labelled.workflow}: {name} is version {labelled.number}")


def unlabel(
    workflow: WorkflowName,
    number: Number,
    name: Label,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Take a label away from a version."""
    written(data_dir, workspace, lambda work, kinds: VersionService(work, kinds).remove_label(workflow, number, name))
    console.print(f"{workflow}: {name} stands for no version now")


def request_label(name: str) -> str:
    try:
        return TypeAdapter(VersionLabel).validate_python(name)
    except ValidationError:
        raise typer.BadParameter(f"{name!r} cannot be a label: lower-case letters, digits, - and _.") from None
