"""`docchain intake`: take files, see what came in and what became of it, and where things come from by themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

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
    settings_for,
    settings_of_data,
)
from docchain.entrypoints.cli.uploading import uploading
from docchain.entrypoints.files import read_chunks
from docchain.features.documents import Arrival, IntakeService
from docchain.features.documents.intake.schemas import IntakeFilter, IntakeItem
from docchain.features.documents.intake.source_schemas import IntakeSource
from docchain.features.documents.intake.source_service import SourceService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings, SettingsError

app = typer.Typer(help="Take files in, and see what came.", no_args_is_help=True, add_completion=False)

REFUSED = 1


@app.command()
def add(
    files: Annotated[list[Path] | None, typer.Argument(help="Files to take.", show_default=False)] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help="Take all files of this folder, too.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Take files as documents, each state of a file once; exit code 1 if any is refused.

    Example: docchain intake add --folder scans/
    """
    paths = list(_paths(files or [], folder))
    items = run_async(_add(settings_for(data_dir), workspace, paths, quiet=as_json))
    if as_json:
        print_json(items)
    else:
        for item in items:
            console.print(f"{item.outcome:9}  {item.name}  {item.detail or item.document_id}")
    if any(item.outcome == "refused" for item in items):
        raise typer.Exit(REFUSED)


@app.command("list")
def list_intake(
    outcome: Annotated[str | None, typer.Option(help="accepted, duplicate or refused.")] = None,
    source: Annotated[
        str | None, typer.Option(help="upload, tus, cli, url, folder, mail, hook, step, example.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List what came in, newest first, and what became of it."""
    wanted = IntakeFilter.model_validate({"outcome": outcome, "source": source})
    items = run_async(_list(settings_of_data(data_dir), workspace, wanted, limit))
    if as_json:
        print_json(items)
        return
    table = Table("When", "From", "Name", "Outcome", "Why or what")
    for item in items:
        table.add_row(moment(item.received_at), item.source, item.name, item.outcome, _became(item))
    console.print(table)


@app.command()
def sources(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List where documents come from by themselves, and what stands in the way."""
    found = run_async(_sources(settings_of_data(data_dir), workspace))
    if as_json:
        print_json(found)
        return
    table = Table("Source", "Kind", "Name", "Enabled", "Last look", "Problem")
    for item in found:
        enabled = "yes" if item.enabled else "no"
        table.add_row(item.handle, item.kind, item.name, enabled, moment(item.last_look), item.problem or "")
    console.print(table)


def _paths(files: list[Path], folder: Path | None) -> Iterator[Path]:
    for path in files:
        if not path.is_file():
            raise SettingsError(f"There is no file {path}.")
        yield path
    if folder is not None:
        if not folder.is_dir():
            raise SettingsError(f"There is no folder {folder}.")
        yield from (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))


def _became(item: IntakeItem) -> str:
    if item.outcome == "refused":
        return item.reason or ""
    return str(item.document_id or item.duplicate_of)


async def _add(settings: Settings, workspace: str, paths: list[Path], *, quiet: bool) -> list[IntakeItem]:
    arrivals = [_arrival(path) for path in paths]
    async with opened(settings, workspace) as (services, actor):
        with uploading(quiet=quiet) as shown:
            return [
                await services.keeper.take(actor, arrival, shown.counted(path.name, size, read_chunks(path)))
                for path, (arrival, size) in zip(paths, arrivals, strict=True)
            ]


def _arrival(path: Path) -> tuple[Arrival, int]:
    """A state of a file, and its size."""
    told = path.stat()
    key = f"{path.resolve()}|{told.st_ino}|{told.st_mtime_ns}|{told.st_size}"
    return Arrival("cli", key, path.name, None, str(path)), told.st_size


async def _list(settings: Settings, workspace: str, wanted: IntakeFilter, limit: int) -> list[IntakeItem]:
    async with opened(settings, workspace) as (services, actor):
        page = await services.database.read(lambda work: IntakeService(work).list(wanted, PageRequest(limit)), actor)
        return list(page.items)


async def _sources(settings: Settings, workspace: str) -> list[IntakeSource]:
    async with opened(settings, workspace) as (services, actor):
        return await services.database.read(lambda work: SourceService(work).all(), actor)
