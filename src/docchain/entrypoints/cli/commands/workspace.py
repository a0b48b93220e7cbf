"""`docchain workspace`: all workspaces of the installation; whoever holds the data directory decides."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from docchain.entrypoints.cli.console import AsJson, DataDir, console, opened, print_json, run_async, settings_of_data
from docchain.entrypoints.cli.values import request_of
from docchain.features.identity import DEFAULT_WORKSPACE, FIRST_USER
from docchain.features.identity.installation.schemas import OwnedWorkspace, WorkspaceQuery
from docchain.features.identity.installation.workspaces import WorkspaceAdministration
from docchain.features.identity.workspaces.schemas import Quota
from docchain.platform.work import SYSTEM

T = TypeVar("T")
app = typer.Typer(
    help="List and create workspaces, say what they may hold, take out or delete everything of one.",
    no_args_is_help=True,
    add_completion=False,
)
Slug = Annotated[str, typer.Argument(metavar="WORKSPACE", help="Its short name.", show_default=False)]


@app.command("list")
def list_workspaces(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the first 200 workspaces with their members and quotas."""
    found = _administered(data_dir, lambda spaces: spaces.page(WorkspaceQuery(limit=200))).items
    if as_json:
        print_json(found)
        return
    table = Table("Workspace", "Name", "Members", "At most", "Runs a day")
    for one in found:
        quota = one.quota
        table.add_row(one.slug, one.name, str(one.members), str(quota.users or "any"), str(quota.runs_a_day or "any"))
    console.print(table)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called.", show_default=False)],
    slug: Annotated[str | None, typer.Option(help="Its short name; without one it is made of the name.")] = None,
    owner: Annotated[str, typer.Option(help="Who owns it.")] = FIRST_USER,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create a workspace.

    Example: docchain workspace create "Accounts payable" --slug payable --owner ana
    """
    order = request_of(OwnedWorkspace, {"name": name, "slug": slug, "owner": owner})
    made = _administered(data_dir, lambda spaces: spaces.create(order))
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.slug}: created for {owner}")


@app.command()
def members(slug: Slug, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the members of a workspace."""
    found = _administered(data_dir, lambda spaces: spaces.members(slug))
    if as_json:
        print_json(found)
        return
    table = Table("User", "Name", "Role", "May sign in")
    for one in found:
        table.add_row(one.username, one.name, one.role, "no" if one.disabled else "yes")
    console.print(table)


@app.command()
def quota(
    slug: Slug,
    users: Annotated[int | None, typer.Option(help="Most members; 0: any number.")] = None,
    runs_a_day: Annotated[int | None, typer.Option(help="Most runs a day; 0: any number.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Say how many members a workspace may have, and how many runs a day; what is not given is as the settings say.

    Example: docchain workspace quota payable --users 25 --runs-a-day 1000
    """
    wanted = request_of(Quota, {"users": users, "runs_a_day": runs_a_day})
    found = _administered(data_dir, lambda spaces: spaces.limit(slug, wanted))
    if as_json:
        print_json(found)
    else:
        in_force = found.quota
        console.print(f"{slug}: members {in_force.users or 'any'}, runs a day {in_force.runs_a_day or 'any'}")


@app.command()
def export(
    slug: Slug,
    to: Annotated[Path | None, typer.Option("--to", help="File to write (default: WORKSPACE.zip).")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take out everything of a workspace as one ZIP file: tables, contents, runs, audit log.

    Example: docchain workspace export payable --to payable.zip
    """
    target = to or Path(f"{slug}.zip")

    async def write() -> int:
        async with opened(settings_of_data(data_dir), DEFAULT_WORKSPACE) as (services, _):
            here = await services.database.write(lambda work: WorkspaceAdministration(work).note_export(slug), SYSTEM)
            with target.open("xb") as file:
                async for piece in services.exporter.archive(here.id):
                    file.write(piece)
            return target.stat().st_size

    console.print(f"{target}: {run_async(write()):,} bytes")


@app.command()
def erase(
    slug: Slug,
    confirm: Annotated[str, typer.Option("--confirm", help="The short name once more, as a proof that it is meant.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a workspace with everything in it; the server does so as soon as it runs.

    Example: docchain workspace erase payable --confirm payable
    """
    ordered = _administered(data_dir, lambda spaces: spaces.erase(slug, confirm))
    if as_json:
        print_json(ordered)
    else:
        console.print(f"{slug}: nobody is a member any more; the running server deletes what is in it")


def _administered(data_dir: Path | None, act: Callable[[WorkspaceAdministration], T]) -> T:
    async def within() -> T:
        async with opened(settings_of_data(data_dir), DEFAULT_WORKSPACE) as (services, _):
            return await services.database.write(lambda work: act(WorkspaceAdministration(work)), SYSTEM)

    return run_async(within())
