"""`docchain history`: what retention would remove, and what it wrote to the archive."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import DataDir, Workspace, console, local_actor, run_async, settings_of_data
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.runs.archive import read_archive
from docchain.features.runs.retention_report import RetentionReport
from docchain.platform.settings import Settings

app = typer.Typer(help="See what retention removes and archives.", no_args_is_help=True, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[Path, typer.Argument(help="An archive file, .jsonl.gz.", exists=True, dir_okay=False)]


@app.command()
def report(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Tell what the next sweep of retention would remove; nothing is removed here."""
    told = run_async(_report(settings_of_data(data_dir), workspace))
    if as_json:
        typer.echo(told.model_dump_json(indent=2))
        return
    table = Table("Workflow", "Outcome", "Would be", "Runs", "Oldest")
    for line in told.would_remove:
        name = f"{line.workflow} {line.label}" if line.workflow else line.label
        what = "deleted" if line.action == "delete" else "emptied"
        table.add_row(name, line.status, what, str(line.runs), f"{line.oldest.astimezone():%Y-%m-%d}")
    console.print(table)
    if told.more:
        console.print(f"Only the oldest {told.looked_at:,} runs were looked at; there are more.")


@app.command()
def archived(
    file: File, run: Annotated[str, typer.Argument(help="One run's handle or id; all when left out.")] = ""
) -> None:
    """List the runs in an archive file, or print one of them whole, as JSON."""
    runs = [line for line in read_archive(file) if "run" in line]
    if run:
        found = [line for line in runs if run in (line["run"]["id"], line["run"]["handle"])]
        if not found:
            raise typer.BadParameter(f"{file.name} has no {run}.")
        typer.echo(json.dumps(found[0], ensure_ascii=False, indent=2))
        return
    table = Table("Run", "Workflow", "Status", "Ended", "Facts")
    for line in runs:
        table.add_row(*_row(line))
    console.print(table)


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    run = line["run"]
    return run["handle"], run["label"], run["status"], (run["ended_at"] or "")[:19], str(len(line["facts"]))


async def _report(settings: Settings, workspace: str) -> RetentionReport:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        return await services.database.read(services.history.report, actor)
