"""`docchain document bulk`: file, delete or restore many documents, a few hundred a transaction."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import TypeAdapter
from rich.progress import track

from docchain.entrypoints.cli.commands.document_filing import changes_of, filter_of
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    errors,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.documents import DocumentFilter, DocumentService
from docchain.features.documents.filing.order_results import OrderItem, OrderResult
from docchain.features.documents.filing.ordering import OrderService
from docchain.features.documents.filing.schemas import DocumentsOrder
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.rehearsing import rehearse
from docchain.platform.settings import SettingsError
from docchain.platform.work import Work

SOME_REFUSED: Final = 1
_BATCH: Final = 200
_ORDER: Final[TypeAdapter[Any]] = TypeAdapter(DocumentsOrder)

app = typer.Typer(help="File, delete or restore many documents; each has its own result.", no_args_is_help=True)
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        help="Only those with name=value: type, tag, status, correspondent, collection, field, name. Again to narrow.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="All of them, where nothing narrows.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")]


@app.command()
def update(
    changes: Annotated[list[str], typer.Argument(help="name=value, as of `document file`.", show_default=False)],
    only: Only = None,
    all_: All = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """File many documents.

    Example: docchain document bulk update status=done tag=paid --only status=in_review --only type=Invoice
    """
    _check(only, all_)
    order = {"action": "update", "changes": changes_of(changes), "dry_run": dry_run}
    report(carry_out(data_dir, workspace, order, only or []), as_json=as_json)


def _removal(action: str, also: Sequence[str], about: str) -> None:
    """The two commands that have nothing to say but which documents."""

    @app.command(action, help=about)
    def remove(
        only: Only = None,
        all_: All = False,
        dry_run: DryRun = False,
        as_json: AsJson = False,
        workspace: Workspace = DEFAULT_WORKSPACE,
        data_dir: DataDir = None,
    ) -> None:
        _check(only, all_)
        order = {"action": action, "dry_run": dry_run}
        report(carry_out(data_dir, workspace, order, [*(only or []), *also]), as_json=as_json)


_removal(
    "delete",
    [],
    "Put many documents into the trash.\n\nExample: docchain document bulk delete --only tag=draft --dry-run",
)
_removal("restore", ["deleted=true"], "Take many documents out of the trash.")


def carry_out(data_dir: Path | None, workspace: str, order: dict[str, Any], only: Sequence[str]) -> OrderResult:
    """Do it for all that match now, with a bar on a terminal."""
    wanted, settings = filter_of(only), settings_of_data(data_dir)

    async def within() -> OrderResult:
        async with opened(settings, workspace) as (services, actor):
            handles = await services.database.read(lambda work: list(_matching(work, wanted)), actor)
            items: list[OrderItem] = []
            batches = range(0, len(handles), _BATCH)
            for first in track(batches, str(order["action"]), console=errors, disable=not errors.is_terminal):
                request = _ORDER.validate_python({**order, "documents": handles[first : first + _BATCH]})
                result = await _carried_out(lambda act: services.database.write(act, actor), request)
                items += [item.model_copy(update={"index": first + item.index}) for item in result.items]
            return OrderResult.told(str(order["action"]), items, dry_run=bool(order.get("dry_run")))

    return run_async(within())


def report(result: OrderResult, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        for item in result.items:
            if item.error is not None:
                errors.print(f"{item.document}: {item.error.detail}")
        would = "would be " if result.dry_run else ""
        console.print(f"{result.succeeded:,} of {result.total:,} documents {would}done, {result.failed:,} refused")
    if result.failed:
        raise typer.Exit(SOME_REFUSED)


async def _carried_out(write: Callable[[Callable[[Work], Any]], Awaitable[Any]], request: Any) -> OrderResult:
    def act(work: Work) -> OrderResult:
        return OrderService(work, request, _BATCH).carry_out()

    result: OrderResult = await (rehearse(write, act) if request.dry_run else write(act))
    return result


def _matching(work: Work, wanted: DocumentFilter) -> Iterator[str]:
    cursor: str | None = None
    while True:
        page = DocumentService(work).list(wanted, PageRequest(_BATCH, cursor))
        yield from (item.handle for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _check(only: Sequence[str] | None, all_: object) -> None:
    if not (only or all_):
        raise SettingsError("That reaches all documents. Narrow it with --only name=value, or say --all.")
