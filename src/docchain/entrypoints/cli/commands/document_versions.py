"""`docchain document versions`, `diff`, `lineage`, `prov` and others: what a document was, and where it comes from."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from docchain.entrypoints.cli.commands.document_filing import show_json, tell_gone
from docchain.entrypoints.cli.commands.document_proof import Number, Reference
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
    written,
)
from docchain.features.documents import Children, DocumentService, DocumentVersion, Source, Tracer
from docchain.features.documents.comparing.choosing import versions_to_compare
from docchain.features.documents.comparing.house import Comparison
from docchain.features.documents.comparing.schemas import FieldChange, VersionDiff
from docchain.features.documents.proving.prov import prov_of
from docchain.features.documents.proving.schemas import DocumentLineage
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Actor

VersionNumber = Annotated[int, typer.Argument(min=1, help="Number of the version.", show_default=False)]
Old = Annotated[int, typer.Option(min=1, help="Number of the one version.")]
New = Annotated[int, typer.Option(min=1, help="Number of the other version.")]
_MOST: Final = 200
_Both = tuple[tuple[DocumentVersion, Source], tuple[DocumentVersion, Source], list[FieldChange]]
T = TypeVar("T")


def versions(
    document: Reference, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """List the versions of a document, the newest first."""
    page = written(data_dir, workspace, lambda work, _: DocumentService(work).versions(document, PageRequest(_MOST)))
    if as_json:
        print_json(page.items)
        return
    table = Table("Version", "Name", "Size", "Made", "By", "SHA-256")
    for item in page.items:
        table.add_row(
            *(str(item.number), item.name, f"{item.size:,}", moment(item.created_at), item.created_by, item.sha256[:16])
        )
    console.print(table)


def restore_version(
    document: Reference,
    number: VersionNumber,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Put a new version on top that equals an old one."""
    made = written(data_dir, workspace, lambda work, _: DocumentService(work).restore_version(document, number))
    show_json(made, plain=as_json)


def purge(
    document: Reference,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Remove a document of the trash for good, with all its versions."""
    if not yes:
        typer.confirm(f"{document} cannot be brought back then. Purge it?", abort=True, err=True)
    written(data_dir, workspace, lambda work, _: DocumentService(work).purge(document))
    tell_gone("purged", document, as_json=as_json)


def diff(
    document: Reference,
    old: Old = 1,
    new: New = 2,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Compare two versions: their texts, and the values read from them.

    Example: docchain document diff document_7 --old 1 --new 3
    """

    async def texts(comparison: Comparison, both: _Both) -> VersionDiff:
        before, after, fields = both
        return await comparison.texts(before, after, fields)

    found = _compared(data_dir, workspace, (document, old, new), texts)
    if as_json:
        print_json(found)
    else:
        _show_diff(found)


def diff_page(
    document: Reference,
    page: Annotated[int, typer.Argument(min=1, help="Number of the page.", show_default=False)],
    old: Old = 1,
    new: New = 2,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write (default: named after it).")] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Write a page as PNG, with what differs from another version framed.

    Example: docchain document diff-page document_7 2 --old 1 --new 3 -o changed.png
    """

    async def picture(comparison: Comparison, both: _Both) -> bytes:
        (_, before), (_, after), _ = both
        return await comparison.marked(before, after, page)

    path = out or Path(f"{document}-page-{page}-{old}-{new}.png")
    path.write_bytes(_compared(data_dir, workspace, (document, old, new), picture))
    console.print(str(path))


def _compared(
    data_dir: Path | None,
    workspace: str,
    which: tuple[str, int, int],
    compare: Callable[[Comparison, _Both], Awaitable[T]],
) -> T:
    settings = settings_of_data(data_dir)

    async def within() -> T:
        async with opened(settings, workspace) as (services, actor):
            found = await services.database.read(lambda work: versions_to_compare(work, *which), actor)
            before, after = (
                (version, Source(_of(actor), version.sha256, version.name, version.media_type)) for version in found[:2]
            )
            children = Children(services.processes, settings.processes.process_timeout)
            beside = services.beside
            comparison = Comparison(beside.texts, beside.previews, services.contents, children)
            return await compare(comparison, (before, after, found[2]))

    return run_async(within())


def _of(actor: Actor) -> UUID:
    assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
    return actor.workspace_id


def _show_diff(found: VersionDiff) -> None:
    for line in found.text.lines:
        console.print(line)
    for field in found.fields:
        console.print(f"{field.name}: {_plain(field.old)} → {_plain(field.new)}")
    if found.same_content:
        console.print("They are the same.")
    elif not (found.text.lines or found.fields):
        console.print("Their texts and values are the same; `--page 1` shows how they look.")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def lineage(
    document: Reference,
    version: Number = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Tell what a document was made from, what was read out of it, and what people did."""
    found = _traced(data_dir, workspace, document, version)
    if as_json:
        print_json(found)
        return
    table = Table("Version", "Name", "Made", "By", "Step")
    for item in found.versions:
        step = f"{item.made_by.step_kind} in {item.made_by.step}" if item.made_by else item.origin
        table.add_row(str(item.number), item.name, moment(item.created_at), item.created_by, step)
    console.print(table)
    for field in found.fields:
        console.print(f"{field.field}: {_plain(field.value)}")
    for edit in found.edits:
        console.print(f"{moment(edit.at)}  {edit.actor}  {edit.what}")


def prov(
    document: Reference,
    version: Number = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; else it is printed.")] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Export the lineage of a document as W3C PROV-JSON."""
    told = json.dumps(prov_of(_traced(data_dir, workspace, document, version)), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(told)
        return
    out.write_text(told + "\n", encoding="utf-8")
    console.print(str(out))


def _traced(data_dir: Path | None, workspace: str, document: str, version: int | None) -> DocumentLineage:
    async def within() -> DocumentLineage:
        async with opened(settings_of_data(data_dir), workspace) as (services, actor):
            return await Tracer(services.database, services.engine, services.kinds).trace(actor, document, version)

    return run_async(within())
