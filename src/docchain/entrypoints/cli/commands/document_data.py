"""`docchain document einvoice`, `export-data` and `load-table`: exact values in, rows out."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.table import Table

from docchain.engine.kinds import StepError
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.files import read_chunks
from docchain.features.documents import Children, DocumentFilter, DocumentService
from docchain.features.documents.data_out.exporting import export
from docchain.features.documents.data_out.schemas import ExportRequest
from docchain.features.documents.data_out.service import ExportService
from docchain.features.documents.data_out.writing import MEDIA_TYPES
from docchain.features.documents.lookups.loading import load_table
from docchain.features.documents.lookups.normal import TableLocale
from docchain.features.documents.lookups.schemas import LookupTable
from docchain.features.extraction import EInvoice, EInvoices, read_einvoice
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.settings import Settings, SettingsError, load_settings
from docchain.platform.work import Work

BROKEN = 1


def einvoice(
    document: Annotated[str, typer.Argument(help="A file, or a document's handle or id.", show_default=False)],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Read an e-invoice (Facturae, UBL, Factur-X, CFDI) and check it; exit code 1 if it breaks a rule.

    Example: docchain document einvoice examples/invoice_matching/documents/ubl_peppol.xml
    """
    path = Path(document)
    found = _of_file(path) if path.is_file() else run_async(_of_stored(settings_of_data(data_dir), workspace, document))
    if found is None:
        raise SettingsError(f"{document} is no e-invoice.")
    if as_json:
        print_json(found)
    else:
        _show(found)
    if not found.valid:
        raise typer.Exit(BROKEN)


def export_data(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to; .xlsx, .csv or .json.", show_default=False)],
    locale: Annotated[Literal["raw", "en", "es"], typer.Option(help="How numbers and dates are written.")] = "raw",
    lines: Annotated[bool, typer.Option("--lines", help="A row for each line item.")] = False,
    type_: Annotated[str | None, typer.Option("--type", help="Only documents of this type.")] = None,
    name: Annotated[str | None, typer.Option(help="Only documents with this in their name.")] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Write what was read from documents that came in as a table.

    Example: docchain document export-data --out invoices.xlsx --locale es --lines
    """
    format_ = out.suffix.removeprefix(".").lower()
    if format_ not in MEDIA_TYPES:
        raise SettingsError(f"{out.name} has to end in .xlsx, .csv or .json.")
    wanted = ExportRequest(
        format=cast("Any", format_),
        locale=locale,
        lines="rows" if lines else "none",
        filter=DocumentFilter(origin="upload", type=type_, name=name),
    )
    documents, rows = run_async(_export(settings_of_data(data_dir), workspace, wanted, out))
    console.print(f"{out}: {rows:,} rows of {documents:,} documents")


def load_lookup_table(
    name: Annotated[str, typer.Argument(help="The table's name, such as suppliers.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; its first row names the columns.", show_default=False)],
    locale: Annotated[TableLocale, typer.Option(help="How numbers are written: es 1.234,56; raw 1234.56.")] = "auto",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Upload a look-up table, or a new version of one.

    Example: docchain document load-table suppliers examples/invoice_matching/tables/suppliers.csv
    """
    if not file.is_file():
        raise SettingsError(f"There is no file {file}.")
    loaded = run_async(_load(settings_of_data(data_dir), workspace, (name, file), locale))
    if as_json:
        print_json(loaded)
        return
    columns = ", ".join(f"{column.name} ({column.type})" for column in loaded.columns)
    console.print(f"{loaded.name}, version {loaded.version}: {loaded.rows:,} rows; {columns}")


def _of_file(path: Path) -> EInvoice | None:
    """A file of one's own is read right here."""
    try:
        return read_einvoice(path.read_bytes(), load_settings().data.max_einvoice_bytes)
    except Exception as error:
        if type(error).__name__ != "Unreadable":
            raise
        raise SettingsError(f"{path}: {error}") from None


def _show(found: EInvoice) -> None:
    console.print(f"{found.title}  {found.version}")
    table = Table("Field", "Value", "Where")
    for name, field in found.fields.items():
        if name != "lines":
            table.add_row(name, field.text, field.path)
    console.print(table)
    for fault in found.faults:
        console.print(f"{fault.severity}  {fault.rule}  {fault.path}\n    {fault.message}", markup=False)
    console.print("It keeps all rules." if not found.faults else f"{len(found.faults)} rules are broken.")


async def _of_stored(settings: Settings, workspace: str, reference: str) -> EInvoice | None:
    async with opened(settings, workspace) as (services, actor):
        found = await services.database.read(lambda work: DocumentService(work).resolve(reference), actor)
        children = Children(services.processes, settings.data.einvoice_timeout)
        invoices = EInvoices(services.contents, children, settings.data.max_einvoice_bytes)
        assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
        try:
            return await invoices.read(actor.workspace_id, found)
        except StepError as error:
            raise SettingsError(f"{reference}: {error}") from None


async def _export(settings: Settings, workspace: str, wanted: ExportRequest, out: Path) -> tuple[int, int]:
    async with opened(settings, workspace) as (services, actor), AsyncExitStack() as stack:
        kept = await stack.enter_async_context(services.processes.spool.file())

        async def read(transaction: Callable[[Work], Any]) -> Any:
            return await services.database.read(transaction, actor)

        documents, rows = await export(read, wanted, (kept, out), settings.data.export_max)
        told = (documents, rows, wanted.format)
        await services.database.write(lambda work: ExportService(work).exported(*told), actor)
        return documents, rows


async def _load(settings: Settings, workspace: str, table: tuple[str, Path], locale: TableLocale) -> LookupTable:
    name, file = table
    async with opened(settings, workspace) as (services, actor):
        children = Children(services.processes, settings.processes.process_timeout)

        async def write(transaction: Callable[[Work], Any]) -> Any:
            return await services.database.write(transaction, actor)

        try:
            return await load_table(write, children, settings.data, (name, {}), read_chunks(file), locale)
        except StepError as error:
            raise SettingsError(f"{file}: {error}") from None
