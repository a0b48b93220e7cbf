"""`docchain workflow` on stored workflows: list, import, export, publish, delete, restore."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import typer
from rich.table import Table

from docchain.engine.definition import DefinitionError
from docchain.engine.kinds import Kinds
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    WorkflowName,
    Workspace,
    console,
    errors,
    moment,
    opened,
    print_json,
    run_async,
    settings_for,
    settings_of_data,
    written,
)
from docchain.entrypoints.cli.values import read_text
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.workflows import WorkflowFilter, WorkflowService
from docchain.features.workflows.bulk_results import BulkItem
from docchain.features.workflows.bundle import BundledWorkflow, unpacked
from docchain.features.workflows.bundling import bundled
from docchain.features.workflows.drafts import read_draft
from docchain.features.workflows.exporting import exported
from docchain.features.workflows.importing import Entry, ImportService, OnConflict, entries_of
from docchain.features.workflows.schemas import WorkflowStatus, WorkflowSummary
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.settings_concerns import LimitSettings
from docchain.platform.work import Work

Entries = list[Entry | DefinitionError]
CREATED: Final = 201
Version = Annotated[str, typer.Option(help="A version by number or label, latest, or draft.")]


def _statuses(given: list[str] | None) -> list[str] | None:
    for status in given or ():
        if status not in get_args(WorkflowStatus):
            raise typer.BadParameter(f"{status} is none of {', '.join(get_args(WorkflowStatus))}.")
    return given


def version_of(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def list_workflows(
    q: Annotated[str | None, typer.Option("--search", "-s", help="Words in name, title or description.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Only in this status; repeat it.",
            callback=_statuses,
            autocompletion=lambda incomplete: [s for s in get_args(WorkflowStatus) if s.startswith(incomplete)],
        ),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only with this tag; repeat it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List the stored workflows, the last changed first.

    Example: docchain workflow list --status active --tag finance
    """
    wanted = WorkflowFilter(q, status or (), tag or ())
    items = run_async(_list(settings_of_data(data_dir), workspace, wanted, limit))
    if as_json:
        print_json(items)
        return
    table = Table("Workflow", "Name", "Status", "Version", "Tags", "Changed")
    for item in items:
        version = "" if item.published_version is None else str(item.published_version)
        changed = f"{version}*" if item.unpublished_changes else version
        table.add_row(item.handle, item.name, item.status, changed, ", ".join(item.tags), moment(item.updated_at))
    console.print(table)


def import_workflows(
    files: Annotated[
        list[Path], typer.Argument(help="Definitions (YAML, JSON), or bundles (ZIP).", show_default=False)
    ],
    on_conflict: Annotated[
        OnConflict, typer.Option(help="If the name is taken: make another, refuse, take a free name, or change it.")
    ] = "fail",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Store workflows from files; `create` is the same.

    Examples: docchain workflow import invoice.yaml
              docchain workflow import workflows.zip --on-conflict update
    """
    items = run_async(_import(settings_for(data_dir), workspace, files, on_conflict))
    if as_json:
        print_json(items)
    else:
        for item in items:
            _tell(item)
    if any(item.error for item in items):
        raise typer.Exit(1)


def export_workflow(
    workflow: Annotated[str | None, typer.Argument(help="Handle, id or number; without it a bundle.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file (default: show it).")] = None,
    form: Annotated[Literal["yaml", "json"], typer.Option("--format", help="Of one workflow.")] = "yaml",
    version: Version = "draft",
    versions: Annotated[bool, typer.Option("--versions", help="A bundle with versions and labels.")] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Export a workflow as its author wrote it, or all workflows as a bundle.

    Examples: docchain workflow export workflow_1 > invoice.yaml
              docchain workflow export --versions --out workflows.zip
    """
    if workflow is None:
        if out is None:
            raise SettingsError("A bundle is a ZIP file: name it with --out workflows.zip.")
        out.write_bytes(run_async(_bundle(settings_of_data(data_dir), workspace, versions)))
        console.print(str(out))
        return
    source, definition = written(
        data_dir, workspace, lambda work, kinds: _service(work, kinds).source(workflow, version_of(version))
    )
    text = exported(source, definition, form)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        console.print(str(out))


async def _list(settings: Settings, workspace: str, wanted: WorkflowFilter, limit: int) -> list[WorkflowSummary]:
    async with opened(settings, workspace) as (services, actor):
        page = await services.database.read(
            lambda work: WorkflowService(work, services.kinds).list(wanted, "-updated_at", PageRequest(limit)), actor
        )
        return list(page.items)


async def _import(settings: Settings, workspace: str, files: list[Path], on_conflict: OnConflict) -> list[BulkItem]:
    """Each file is a transaction of its own; what is told of places counts through all of them."""
    items: list[BulkItem] = []
    async with opened(settings, workspace) as (services, actor):
        for file in files:
            entries = _entries(file, services.kinds, services.settings.limits)
            good = [entry for entry in entries if isinstance(entry, Entry)]

            def take(work: Work, entries: Entries = entries, good: list[Entry] = good) -> Sequence[BulkItem]:
                return ImportService(work, services.kinds, on_conflict, good).all(entries)

            taken = await services.database.write(take, actor)
            items += [item.model_copy(update={"index": len(items) + place}) for place, item in enumerate(taken)]
    return items


def _entries(file: Path, kinds: Kinds, limits: LimitSettings) -> Entries:
    if file.suffix.lower() == ".zip":
        bundle = unpacked(file.read_bytes(), limits.max_bundle_bytes, limits.bulk_workflows_max)
        return entries_of(bundle, kinds)
    try:
        return [Entry(read_draft(read_text(file), kinds), BundledWorkflow(file=file.name))]
    except DefinitionError as error:
        return [DefinitionError([replace(fault, path=f"{file.name}: {fault.path}") for fault in error.faults])]


async def _bundle(settings: Settings, workspace: str, versions: bool) -> bytes:
    async with opened(settings, workspace) as (services, actor):
        most = services.settings.limits.bulk_workflows_max
        return await services.database.read(
            lambda work: bundled(work, WorkflowFilter(), most, versions=versions), actor
        )


def _tell(item: BulkItem) -> None:
    if item.error is None:
        console.print(f"{item.workflow}: {'stored' if item.status == CREATED else 'changed'}")
        return
    errors.print(f"✗ {item.error.detail}")
    for fault in item.error.errors:
        errors.print(f"  {fault.path} {fault.message}")
    if item.error.hint:
        errors.print(f"  {item.error.hint}")


def publish(
    workflow: WorkflowName,
    note: Annotated[str, typer.Option(help="What is new, for people.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make the draft the next version, which never changes.

    Example: docchain workflow publish workflow_1 --note "Greets in English"
    """
    made = written(data_dir, workspace, lambda work, kinds: _service(work, kinds).publish(workflow, note))
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.workflow}: version {made.number} is published")


def delete(workflow: WorkflowName, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Hide a workflow; its runs and versions stay, and `restore` brings it back."""
    written(data_dir, workspace, lambda work, kinds: _service(work, kinds).delete(workflow))
    console.print(f"{workflow}: deleted; `docchain workflow restore {workflow}` brings it back")


def restore(workflow: WorkflowName, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Bring a deleted workflow back."""
    back = written(data_dir, workspace, lambda work, kinds: _service(work, kinds).restore(workflow))
    console.print(f"{back.handle}: restored")


def status(
    workflow: WorkflowName,
    wanted: Annotated[WorkflowStatus, typer.Argument(help="The new status.", show_default=False)],
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Activate, pause or archive a workflow."""
    changed = written(data_dir, workspace, lambda work, kinds: _service(work, kinds).change_status(workflow, wanted))
    console.print(f"{changed.handle}: {changed.status}")


def _service(work: Work, kinds: Kinds) -> WorkflowService:
    return WorkflowService(work, kinds)
