"""`docchain document tables`: look-up tables as they are kept, and what is found in them."""

from typing import Annotated, Any

import typer
from rich.table import Table

from docchain.entrypoints.cli.commands.document_filing import tell_gone
from docchain.entrypoints.cli.console import AsJson, DataDir, Workspace, console, moment, print_json, written
from docchain.entrypoints.cli.values import pairs, request_of
from docchain.features.documents.lookups.schemas import LookupRequest
from docchain.features.documents.lookups.service import LookupService
from docchain.features.identity import DEFAULT_WORKSPACE

NOT_FOUND = 1
app = typer.Typer(help="Look-up tables: suppliers, orders and the like.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The table's name, such as suppliers.", show_default=False)]


@app.command("list")
def list_tables(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List look-up tables."""
    found = written(data_dir, workspace, lambda work, _: LookupService(work).list())
    if as_json:
        print_json(found)
        return
    table = Table("Table", "Version", "Rows", "Columns", "Changed")
    for item in found.items:
        columns = ", ".join(f"{column.name} ({column.type})" for column in item.columns)
        table.add_row(item.name, str(item.version), f"{item.rows:,}", columns, moment(item.changed_at))
    console.print(table)


@app.command()
def rows(
    name: Name,
    first: Annotated[int, typer.Option("--from", min=1, help="Number of the first row.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Show rows of a table, in the order of its file."""
    found = written(data_dir, workspace, lambda work, _: LookupService(work).rows(name, first, limit))
    if as_json:
        print_json(found)
        return
    table = Table(*(found.items[0] if found.items else ["No rows"]))
    for row in found.items:
        table.add_row(*_cells(row))
    console.print(table)


@app.command()
def find(
    name: Name,
    wanted: Annotated[str, typer.Argument(help="What is looked for, as column=value.", show_default=False)],
    match: Annotated[str, typer.Option(help="exact, normalised, nearest, or the best of these.")] = "best",
    where: Annotated[
        list[str] | None, typer.Option(help="Another column that must be the same, as name=value.")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Find a row; exit code 1 if there is none.

    Example: docchain document tables find suppliers nif=ES-B31227705
    """
    (column, value), *_ = pairs([wanted], "what is looked for")
    given = {"column": column, "value": value, "match": match, "where": dict(pairs(where, "--where"))}
    request = request_of(LookupRequest, given)
    found = written(data_dir, workspace, lambda work, _: LookupService(work).look_up(name, request))
    if as_json:
        print_json(found)
    else:
        told = f"{found.how}, {found.score:.0%}" if found.found else "nothing that is near enough"
        console.print(told + (", and another row fits as well" if found.ambiguous else ""))
        table = Table("Score", *(found.candidates[0].row if found.candidates else []))
        for candidate in found.candidates:
            table.add_row(f"{candidate.score:.2f}", *_cells(candidate.row))
        console.print(table)
    if not found.found:
        raise typer.Exit(NOT_FOUND)


@app.command()
def delete(
    name: Name, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Delete a table with all its versions."""
    written(data_dir, workspace, lambda work, _: LookupService(work).delete(name))
    tell_gone("deleted", name, as_json=as_json)


def _cells(row: dict[str, Any]) -> list[str]:
    return ["" if value is None else str(value) for value in row.values()]
