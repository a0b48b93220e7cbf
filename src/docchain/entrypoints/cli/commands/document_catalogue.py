"""`docchain document types`, `correspondents`, `collections` and `tags`: what documents can be filed under."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from pydantic import BaseModel
from rich.table import Table

from docchain.entrypoints.cli.commands.document_bulk import carry_out, report
from docchain.entrypoints.cli.commands.document_filing import show_json, tell_gone
from docchain.entrypoints.cli.console import AsJson, DataDir, Workspace, console, print_json, written
from docchain.entrypoints.cli.values import request_of
from docchain.features.documents.filing.catalogue import Catalogue, FilingRequest, correspondent_of, type_of
from docchain.features.documents.filing.repository import FilingRepository
from docchain.features.documents.filing.schemas import (
    CollectionRequest,
    CorrespondentRequest,
    FilingKind,
    TagCount,
    TagCounts,
    TypeRequest,
)
from docchain.features.documents.tables import FilingRow
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import SettingsError
from docchain.platform.work import Work

Reference = Annotated[str, typer.Argument(help="Its name, in any case, or its id.", show_default=False)]
Name = Annotated[str, typer.Argument(help="What it is called.", show_default=False)]
NewName = Annotated[str, typer.Argument(help="What it is called from now on.", show_default=False)]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        help="A custom field, as name:kind; kinds are text, number, money, date, boolean, enumeration=a|b and "
        "list=kind. With a ! at the end it is required. Again for each.",
    ),
]
Keep = Annotated[int | None, typer.Option(help="Days in which nobody may delete one.")]
DeleteAfter = Annotated[int | None, typer.Option(help="Days after which one goes to the trash.")]
_PAGE: Final = 200
_REQUESTS: Final[Mapping[str, type[FilingRequest]]] = {
    "type": TypeRequest,
    "correspondent": CorrespondentRequest,
    "collection": CollectionRequest,
}


def _shown(work: Work, kind: FilingKind, row: FilingRow) -> BaseModel:
    if kind == "collection":
        return Catalogue(work, kind).collections([row])[0]
    return type_of(row) if kind == "type" else correspondent_of(row)


def _all(work: Work, kind: FilingKind) -> list[BaseModel]:
    catalogue, found, cursor = Catalogue(work, kind), list[BaseModel](), None
    while True:
        rows, cursor, _ = catalogue.page(PageRequest(_PAGE, cursor))
        found += catalogue.collections(rows) if kind == "collection" else [_shown(work, kind, row) for row in rows]
        if cursor is None:
            return found


def _app_of(kind: FilingKind, about: Callable[[Any], str]) -> typer.Typer:
    """The commands that all three have alike; `about`: what a list says of one, beside its name."""
    app = typer.Typer(help=f"The {kind}s that documents are filed under.", no_args_is_help=True)

    @app.command("list", help=f"List {kind}s, by name.")
    def list_(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
        found = written(data_dir, workspace, lambda work, _: _all(work, kind))
        if as_json:
            print_json(found)
            return
        table = Table("Name", "About", "Id")
        for item in found:
            table.add_row(getattr(item, "name"), about(item), str(getattr(item, "id")))  # noqa: B009 - of all three
        console.print(table)

    @app.command(help=f"Show a {kind}.")
    def show(
        reference: Reference,
        as_json: AsJson = False,
        workspace: Workspace = DEFAULT_WORKSPACE,
        data_dir: DataDir = None,
    ) -> None:
        found = written(data_dir, workspace, lambda work, _: _shown(work, kind, Catalogue(work, kind).find(reference)))
        show_json(found, plain=as_json)

    @app.command(help=f"Give a {kind} another name; documents stay filed under it.")
    def rename(
        reference: Reference,
        name: NewName,
        as_json: AsJson = False,
        workspace: Workspace = DEFAULT_WORKSPACE,
        data_dir: DataDir = None,
    ) -> None:
        renamed = written(data_dir, workspace, lambda work, _: replaced(work, kind, reference, {"name": name}))
        _tell(renamed, as_json=as_json)

    @app.command(help=f"Delete a {kind} that no document is filed under.")
    def delete(
        reference: Reference,
        as_json: AsJson = False,
        workspace: Workspace = DEFAULT_WORKSPACE,
        data_dir: DataDir = None,
    ) -> None:
        written(data_dir, workspace, lambda work, _: Catalogue(work, kind).delete(reference))
        tell_gone("deleted", reference, as_json=as_json)

    return app


def replaced(work: Work, kind: FilingKind, reference: str, changes: Mapping[str, Any]) -> BaseModel:
    """Change what is said, and leave the rest."""
    catalogue = Catalogue(work, kind)
    row = catalogue.find(reference, to_change=True)
    parent = {"parent": str(row.parent_id)} if row.parent_id else {}
    wanted = request_of(_REQUESTS[kind], {**row.data, "name": row.name, **parent, **changes})
    return _shown(work, kind, catalogue.replace(str(row.id), wanted))


def _create(kind: FilingKind, given: Mapping[str, Any]) -> Callable[[Work, object], BaseModel]:
    wanted = request_of(_REQUESTS[kind], given)
    return lambda work, _: _shown(work, kind, Catalogue(work, kind).create(wanted))


def _tell(made: BaseModel, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        console.print(f"{getattr(made, 'name')}  {getattr(made, 'id')}")  # noqa: B009 - of all three


types = _app_of("type", lambda item: ", ".join(f"{field.name} ({field.kind})" for field in item.fields))
correspondents = _app_of("correspondent", lambda item: " ".join(filter(None, (item.tax_id, item.email))))
collections = _app_of("collection", lambda item: f"in {item.parent.name}" if item.parent else item.description)
tags = typer.Typer(help="The tags of documents.", no_args_is_help=True)


@types.command("create")
def create_type(
    name: Name,
    field: Fields = None,
    keep_days: Keep = None,
    delete_after_days: DeleteAfter = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make a type, with custom fields and a retention.

    Example: docchain document types create Invoice --field total:money! --field "route:enumeration=post|mail"
    """
    kept = {"keep_days": keep_days, "delete_after_days": delete_after_days}
    given = {"name": name, "fields": [field_of(text) for text in field or ()], "retention": kept}
    _tell(written(data_dir, workspace, _create("type", given)), as_json=as_json)


@types.command("fields")
def change_fields(
    reference: Reference,
    add: Annotated[
        list[str] | None, typer.Option(help="A field to add, or to have otherwise; as --field of create.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Name of a field to take away.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Add, change or remove custom fields of a type.

    Example: docchain document types fields Invoice --add due:date --remove route
    """

    def change(work: Work, _: object) -> BaseModel:
        fields = {known["name"]: known for known in Catalogue(work, "type").find(reference).data["fields"]}
        for name in remove or ():
            if fields.pop(name, None) is None:
                raise SettingsError(f"{reference} has no field {name!r}; it has {', '.join(fields) or 'none'}.")
        fields |= {made["name"]: made for made in map(field_of, add or ())}
        return replaced(work, "type", reference, {"fields": list(fields.values())})

    _tell(written(data_dir, workspace, change), as_json=as_json)


@correspondents.command("create")
def create_correspondent(
    name: Name,
    tax_id: Annotated[str, typer.Option(help="Its tax id.")] = "",
    email: Annotated[str, typer.Option(help="Its address.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make a correspondent: whom documents come from or go to."""
    given = {"name": name, "tax_id": tax_id, "email": email}
    _tell(written(data_dir, workspace, _create("correspondent", given)), as_json=as_json)


@collections.command("create")
def create_collection(
    name: Name,
    parent: Annotated[str | None, typer.Option(help="The collection that it is in.")] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make a collection, or one within another."""
    given = {"name": name, "parent": parent, "description": description}
    _tell(written(data_dir, workspace, _create("collection", given)), as_json=as_json)


@tags.command("list")
def list_tags(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List the tags in use, the most used first."""
    found = written(data_dir, workspace, lambda work, _: FilingRepository(work).tags())
    if as_json:
        print_json(TagCounts(items=[TagCount(tag=tag, documents=number) for tag, number in found]))
        return
    table = Table("Tag", "Documents")
    for tag, number in found:
        table.add_row(tag, f"{number:,}")
    console.print(table)


@tags.command("rename")
def rename_tag(
    tag: Name,
    name: NewName,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Give all documents with a tag another one instead.

    Example: docchain document tags rename urgente urgent
    """
    _retag(tag, {"add_tags": [name], "remove_tags": [tag]}, as_json, workspace, data_dir)


@tags.command("delete")
def delete_tag(
    tag: Name, as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Take a tag away from all documents."""
    _retag(tag, {"remove_tags": [tag]}, as_json, workspace, data_dir)


def _retag(tag: str, changes: dict[str, Any], as_json: bool, workspace: str, data_dir: DataDir) -> None:
    order = {"action": "update", "changes": changes}
    report(carry_out(data_dir, workspace, order, [f"tag={tag}"]), as_json=as_json)


def field_of(text: str) -> dict[str, Any]:
    """A field that is written as `name:kind`, `name:enumeration=a|b` or `name:list=text`; `!` is required."""
    name, _, told = text.removesuffix("!").partition(":")
    kind, _, more = told.partition("=")
    found: dict[str, Any] = {"name": name, "kind": kind or "text", "required": text.endswith("!")}
    if kind == "enumeration":
        found["options"] = _options(more)
    elif more:
        of, _, options = more.partition("=")
        found |= {"of": of, "options": _options(options)}
    return found


def _options(text: str) -> Sequence[str]:
    return [option for option in text.split("|") if option]
