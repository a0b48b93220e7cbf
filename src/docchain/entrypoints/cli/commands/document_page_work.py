"""`docchain document split`, `merge`, `rotate`, `reorder`, `drop-pages`: the pages of PDFs; what was there stays."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from docchain.engine.kinds import StepError
from docchain.entrypoints.cli.commands.document_proof import Reference
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
from docchain.entrypoints.cli.values import request_of
from docchain.features.documents import Children, Document, DocumentRef, DocumentService, PageWork
from docchain.features.documents.page_work.errors import PagesRefused
from docchain.features.documents.page_work.ranges import written
from docchain.features.documents.page_work.schemas import (
    EditPages,
    HowToSplit,
    MergeDocuments,
    PagesProposal,
    SplitDocuments,
)
from docchain.features.documents.page_work.service import PageWorkService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.blobs import Stored
from docchain.platform.preconditions import ANY
from docchain.platform.spool import pour
from docchain.platform.work import Actor, Work

T = TypeVar("T")
Pages = Annotated[str, typer.Argument(help="Pages, such as 1-3,5 or 4-.", show_default=False)]
By = Annotated[
    str, typer.Option(help="What begins a part: ranges, every=N (pages), blank, layout, barcode, or barcode=TEXT.")
]


def split(
    document: Reference,
    pages: Annotated[list[str] | None, typer.Argument(help="The pages of each part, such as 1-2 3-.")] = None,
    by: By = "ranges",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only propose the parts, and say why.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Split a PDF into new documents, by ranges, every so many pages, blank pages, separators or layout.

    Example: docchain document split document_7 1-2 3-
    """
    begins, _, what = by.partition("=")
    told = {"every" if begins == "every" else "separator": what} if what else {}
    how = request_of(HowToSplit, {"by": begins, "ranges": pages, **told})

    async def parts(desk: "_Desk") -> SplitDocuments | PagesProposal:
        source = await desk.source(document)
        if dry_run:
            return await desk.pages.proposal(desk.workspace_id, source, how)
        async with desk.pages.parts(desk.workspace_id, source, how, several=True) as made:
            stored = [(await desk.store(path), numbers) for path, numbers in made]
        return await desk.write(lambda work: SplitDocuments(parts=PageWorkService(work).parts(stored, source)))

    found = _at_desk(data_dir, workspace, parts)
    if as_json:
        print_json(found)
    elif isinstance(found, PagesProposal):
        _show_proposal(found)
    else:
        for part in found.parts:
            console.print(f"{part.document.handle}  {part.document.name}  pages {part.pages}")


def merge(
    documents: Annotated[list[str], typer.Argument(help="Handles or ids, in their order.", show_default=False)],
    name: Annotated[str, typer.Option(help="What the new document is called.")] = "merged",
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Merge PDFs into a new document.

    Example: docchain document merge document_3 document_4 --name file
    """
    wanted = request_of(MergeDocuments, {"documents": documents, "name": name})

    async def merged(desk: "_Desk") -> Document:
        sources = [await desk.source(reference) for reference in wanted.documents]
        async with desk.pages.merged(desk.workspace_id, sources) as (made, _):
            stored = await desk.store(made)
        return await desk.write(lambda work: PageWorkService(work).merged(stored, wanted.name, sources))

    _show(_at_desk(data_dir, workspace, merged), as_json=as_json)


def rotate(
    document: Reference,
    pages: Pages,
    degrees: Annotated[int, typer.Option(help="90, 180 or 270, with the clock.")] = 90,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Rotate pages of a PDF; makes a new version.

    Example: docchain document rotate document_7 2-3 --degrees 180
    """
    operation = {"op": "rotate", "pages": pages, "degrees": degrees}
    _show(_edited(data_dir, workspace, document, operation), as_json=as_json)


def reorder(
    document: Reference,
    pages: Annotated[str, typer.Argument(help="All pages in their new order, such as 3,1-2.", show_default=False)],
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Put the pages of a PDF in another order; makes a new version."""
    _show(_edited(data_dir, workspace, document, {"op": "reorder", "pages": pages}), as_json=as_json)


def drop_pages(
    document: Reference,
    pages: Pages,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Leave pages out of a PDF; makes a new version."""
    _show(_edited(data_dir, workspace, document, {"op": "delete", "pages": pages}), as_json=as_json)


class _Desk:
    """Where pages are worked on."""

    def __init__(self, services: Any, actor: Actor, settings: Any) -> None:
        assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
        self._services = services
        self._actor = actor
        self.workspace_id = actor.workspace_id
        children = Children(services.processes, settings.processes.process_timeout)
        limits = (settings.limits.max_pages, settings.data.page_work_documents)
        self.pages = PageWork(services.contents, children, *limits)

    async def source(self, reference: str) -> DocumentRef:
        found: DocumentRef = await self._services.database.read(
            lambda work: DocumentService(work).version(reference).reference(), self._actor
        )
        return found

    async def store(self, path: Path) -> Stored:
        stored: Stored = await self._services.contents.put_stream(self.workspace_id, pour(path))
        return stored

    async def write(self, transaction: Callable[[Work], T]) -> T:
        made: T = await self._services.database.write(transaction, self._actor)
        return made


def _at_desk(data_dir: Path | None, workspace: str, work: Callable[[_Desk], Awaitable[T]]) -> T:
    settings = settings_of_data(data_dir)

    async def within() -> T:
        async with opened(settings, workspace) as (services, actor), _refusals():
            return await work(_Desk(services, actor, settings))

    return run_async(within())


def _edited(data_dir: Path | None, workspace: str, document: str, operation: dict[str, Any]) -> Document:
    operations: Sequence[Any] = request_of(EditPages, {"operations": [operation]}).operations

    async def edited(desk: _Desk) -> Document:
        source = await desk.source(document)
        told = [item.model_dump() for item in operations]
        async with desk.pages.edited(desk.workspace_id, source, told) as (made, order):
            stored = await desk.store(made)
        pages = written(order)
        return await desk.write(lambda work: PageWorkService(work).new_version(document, stored, source, pages, ANY))

    return _at_desk(data_dir, workspace, edited)


def _show(made: Document, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.handle}  {made.name}  version {made.current.number}")


def _show_proposal(found: PagesProposal) -> None:
    table = Table("Pages", "Confidence", "Why")
    for part in found.parts:
        table.add_row(f"{part.first}-{part.last}", f"{part.confidence:.0%}", "; ".join(part.reasons))
    console.print(table)


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    """What fails in a child, as a refusal with its hint."""
    try:
        yield
    except StepError as error:
        raise PagesRefused(str(error), hint=error.hint) from None
