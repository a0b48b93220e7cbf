"""`docchain document file`, `hold`, `trash` and others: what documents are filed under, held and kept for."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from pydantic import BaseModel, ValidationError
from rich.table import Table

from docchain.entrypoints.cli import completion
from docchain.entrypoints.cli.console import AsJson, DataDir, Workspace, console, print_json, settings_of_data, written
from docchain.features.documents import Document, DocumentFilter, DocumentService
from docchain.features.documents.filing.retention import RetentionPlan, Sweeper
from docchain.features.documents.filing.schemas import DocumentUpdate
from docchain.features.documents.likeness.service import LikenessService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.settings import SettingsError
from docchain.platform.work import Work

Reference = Annotated[
    str,
    typer.Argument(
        help="A document's handle (document_7) or id.", show_default=False, autocompletion=completion.documents
    ),
]
_LISTS: Final = {
    "tag": "add_tags",
    "untag": "remove_tags",
    "collection": "add_collections",
    "uncollection": "remove_collections",
}


def file(
    document: Reference,
    changes: Annotated[
        list[str],
        typer.Argument(
            help="What to change as name=value: type, correspondent, status, name, tag, untag, collection, or "
            "fields.NAME with JSON or text; an empty value takes it away.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Change what a document is filed under.

    Example: docchain document file document_7 type=invoice tag=urgent fields.due=2026-05-01
    """
    try:
        wanted = DocumentUpdate.model_validate(changes_of(changes))
    except ValidationError as error:
        raise SettingsError(_told(error)) from None
    _show(workspace, data_dir, lambda work: DocumentService(work).update(document, wanted), plain=as_json)


def hold(
    document: Reference,
    reason: Annotated[str, typer.Option(help="Why nothing of it may go.", show_default=False)],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Put a document under legal hold: nothing of it goes.

    Example: docchain document hold document_7 --reason "Case 2026/114"
    """
    _show(workspace, data_dir, lambda work: DocumentService(work).hold(document, reason), plain=as_json)


def release(
    document: Reference, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Release a document from legal hold."""
    _show(workspace, data_dir, lambda work: DocumentService(work).release(document), plain=as_json)


def release_retention(
    document: Reference,
    reason: Annotated[str, typer.Option(help="Why it need not be kept any longer.", show_default=False)],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Release a document from what types it was filed under promised.

    Example: docchain document release-retention document_7 --reason "Filed by mistake"
    """
    _show(workspace, data_dir, lambda work: DocumentService(work).release_retention(document, reason), plain=as_json)


def delete(
    document: Reference, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Put a document into the trash."""
    written(data_dir, workspace, lambda work, _: DocumentService(work).delete(document))
    tell_gone("deleted", document, as_json=as_json)


def restore(
    document: Reference, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Take a document out of the trash."""
    _show(workspace, data_dir, lambda work: DocumentService(work).restore(document), plain=as_json)


def retention(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Tell what a sweep of retention would do now, and why; nothing happens."""
    days = settings_of_data(data_dir).retention.trash_days

    def look(work: Work, _: object) -> RetentionPlan:
        return Sweeper(work, days).plan(1_000)

    plan = written(data_dir, workspace, look)
    if as_json:
        print_json(plan)
        return
    table = Table("Document", "Name", "What", "Why")
    for due in plan.items:
        table.add_row(due.document, due.name, due.act, due.reason)
    console.print(table)


def duplicates(
    document: Reference,
    at_least: Annotated[float, typer.Option(min=0.1, max=1, help="How similar texts must be.")] = 0.5,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List documents with the same bytes, or nearly the same text."""
    found = written(data_dir, workspace, lambda work, _: LikenessService(work).duplicates(document, at_least, 200))
    if as_json:
        print_json(found)
        return
    table = Table("Document", "Name", "Which", "Similarity")
    for item in found.items:
        table.add_row(item.document.handle, item.document.name, item.kind, f"{item.similarity:.2f}")
    console.print(table)


def filter_of(given: Sequence[str]) -> DocumentFilter:
    """A filter that is written as `name=value`, as in the API; tags and fields may come more than once."""
    found: dict[str, Any] = {}
    for name, value in map(_pair, given):
        if name in ("tag", "field"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    try:
        return DocumentFilter.model_validate(found)
    except ValidationError as error:
        raise SettingsError(_told(error)) from None


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())


def changes_of(given: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in map(_pair, given):
        if name in _LISTS:
            found.setdefault(_LISTS[name], []).append(value)
        elif name.startswith("fields."):
            found.setdefault("fields", {})[name.removeprefix("fields.")] = _json(value)
        else:
            found[name] = value or None
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"{text!r} says nothing; write name=value.")
    return name, value


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _show(workspace: str, data_dir: Path | None, change: Callable[[Work], Document], *, plain: bool) -> None:
    show_json(written(data_dir, workspace, lambda work, _: change(work)), plain=plain)


def show_json(found: BaseModel, *, plain: bool) -> None:
    """JSON for people, in colours on a terminal; or plain, for programs."""
    if plain:
        print_json(found)
    else:
        console.print_json(found.model_dump_json())


def tell_gone(how: Literal["deleted", "purged"], name: str, *, as_json: bool) -> None:
    if as_json:
        print_json({how: name})
    else:
        console.print(f"{name} is {how}.")
