"""`docchain document`: add, list, show and fetch documents."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from docchain.bootstrap import open_services
from docchain.entrypoints.cli import completion
from docchain.entrypoints.cli.commands import (
    document_bulk,
    document_catalogue,
    document_data,
    document_filing,
    document_links,
    document_page_work,
    document_pages,
    document_proof,
    document_tables,
    document_versions,
)
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    local_actor,
    moment,
    print_json,
    run_async,
    settings_for,
    settings_of_data,
)
from docchain.entrypoints.cli.uploading import uploading
from docchain.entrypoints.files import read_chunks, write_whole
from docchain.features.documents import Arrival, Document, DocumentFilter, DocumentService, IntakeService
from docchain.features.documents.intake.arrivals import Received
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.ids import new_id
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import Work

app = typer.Typer(help="Add, list and fetch documents.", no_args_is_help=True, add_completion=False)
app.command()(document_proof.export)
app.command()(document_proof.verify)
for filing in (
    *(document_filing.file, document_filing.hold, document_filing.release, document_filing.delete),
    document_filing.release_retention,
    *(document_filing.restore, document_filing.retention, document_filing.duplicates),
):
    app.command()(filing)
app.command("einvoice")(document_data.einvoice)
app.command("export-data")(document_data.export_data)
app.command("load-table")(document_data.load_lookup_table)
for linking in (document_links.link, document_links.links, document_links.unlink):
    app.command()(linking)
for command in (
    *(document_pages.text, document_pages.picture, document_pages.searchable),
    *(document_page_work.split, document_page_work.merge, document_page_work.rotate, document_page_work.reorder),
    *(document_page_work.drop_pages, document_versions.versions, document_versions.restore_version),
    *(document_versions.diff, document_versions.lineage, document_versions.prov, document_versions.purge),
):
    app.command()(command)
app.command()(document_versions.diff_page)
app.add_typer(document_catalogue.types, name="types")
app.add_typer(document_catalogue.correspondents, name="correspondents")
app.add_typer(document_catalogue.collections, name="collections")
app.add_typer(document_catalogue.tags, name="tags")
app.add_typer(document_bulk.app, name="bulk")
app.add_typer(document_tables.app, name="tables")

Reference = Annotated[
    str,
    typer.Argument(
        help="A document's handle (document_7) or id.", show_default=False, autocompletion=completion.documents
    ),
]


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Files to store.", show_default=False)],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Store files as documents.

    Example: docchain document add invoices/*.pdf
    """
    documents = run_async(_add(settings_for(data_dir), workspace, files, quiet=as_json))
    if as_json:
        print_json(documents)
        return
    for document in documents:
        again = " (the same bytes are stored already)" if document.duplicate_of else ""
        console.print(f"{document.handle}  {document.name}{again}")


@app.command("list")
def list_documents(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only those with name=value: type, tag, status, correspondent, collection, field, deleted."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List documents, newest first."""
    wanted = document_filing.filter_of(only or [])
    documents = run_async(_list(settings_of_data(data_dir), workspace, wanted, limit))
    if as_json:
        typer.echo(json.dumps([item.model_dump(mode="json") for item in documents], ensure_ascii=False))
        return
    table = Table("Document", "Name", "Type", "Created")
    for item in documents:
        table.add_row(item.handle, item.name, item.media_type, moment(item.created_at))
    console.print(table)


@app.command()
def show(document: Reference, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Show a document and where it came from."""
    found = run_async(_read(settings_of_data(data_dir), workspace, document))
    console.print_json(found.model_dump_json())


@app.command()
def get(
    document: Reference,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write (default: its own name).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Fetch a document's current version; the file is there once all of it is."""
    path = run_async(_get(settings_of_data(data_dir), workspace, document, out, force=force))
    console.print(str(path))


async def _add(settings: Settings, workspace: str, files: list[Path], *, quiet: bool) -> list[Document]:
    added: list[Document] = []
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
        with uploading(quiet=quiet) as shown:
            for path in files:
                if path.is_dir():
                    raise SettingsError(f"{path} is a folder; name the files in it, as in {path / '*'}.")
                if not path.is_file():
                    raise SettingsError(f"There is no file {path}.")
                chunks = shown.counted(path.name, path.stat().st_size, read_chunks(path))
                arrival = Arrival("cli", str(new_id()), path.name, None, str(path))
                received = await services.intake.receive(actor, arrival, chunks)
                added.append(await services.database.write(partial(_register, received), actor))
    return added


def _register(received: Received, work: Work) -> Document:
    made = IntakeService(work).accept(received)
    assert made is not None  # noqa: S101  (it has a key of its own)
    return made


async def _list(settings: Settings, workspace: str, wanted: DocumentFilter, limit: int) -> list[Document]:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        page = await services.database.read(lambda work: DocumentService(work).list(wanted, PageRequest(limit)), actor)
        return list(page.items)


async def _read(settings: Settings, workspace: str, reference: str) -> Document:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        return await services.database.read(lambda work: DocumentService(work).read(reference), actor)


async def _get(settings: Settings, workspace: str, reference: str, out: Path | None, *, force: bool) -> Path:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
        found = await services.database.read(lambda work: DocumentService(work).resolve(reference), actor)
        target = out or Path(found.name)
        await write_whole(target, services.contents.open(actor.workspace_id, found.sha256), force=force)
        return target
