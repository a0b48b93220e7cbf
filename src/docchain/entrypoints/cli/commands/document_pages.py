"""`docchain document text`, `picture`, `searchable`: what a document says, what it looks like, a copy to search in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from docchain.entrypoints.cli.commands.document_proof import Reference
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
from docchain.features.documents import DocumentService, Source
from docchain.features.documents.artefacts.shelf import Artefact
from docchain.features.documents.previews.building import Beside
from docchain.features.documents.previews.schemas import DocumentPages
from docchain.features.documents.previews.wanted import Sheet
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.settings import Settings

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write (default: named after the document).")]


@dataclass(frozen=True, slots=True)
class _Look:
    beside: Beside
    source: Source
    version: int


def text(
    document: Reference,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Print the text of a document; `--json`: how its pages were read.

    Example: docchain document text document_7
    """
    told, whole = run_async(_text(settings_of_data(data_dir), workspace, document))
    if as_json:
        print_json(told)
        return
    typer.echo(whole)
    for warning in told.warnings:
        errors.print(warning)


def picture(
    document: Reference,
    page: Annotated[int, typer.Option(min=1, help="Number of the page.")] = 1,
    width: Annotated[int, typer.Option(min=100, max=2_400, help="In pixels, rounded up to hundreds.")] = 800,
    out: Out = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Write a picture of a page, as PNG.

    Example: docchain document picture document_7 --page 2 -o page.png
    """

    async def make(look: _Look) -> Artefact:
        return await look.beside.previews.page(look.source, Sheet(page, width, "png"))

    _write(settings_of_data(data_dir), workspace, document, out, (f"-{page}.png", make))


def searchable(
    document: Reference, out: Out = None, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Write a PDF of a document whose scans can be searched and copied from.

    Example: docchain document searchable document_7 -o archive.pdf
    """

    async def make(look: _Look) -> Artefact:
        return await look.beside.previews.searchable(look.source)

    _write(settings_of_data(data_dir), workspace, document, out, (".searchable.pdf", make))


def _write(
    settings: Settings,
    workspace: str,
    document: str,
    out: Path | None,
    what: tuple[str, Callable[[_Look], Awaitable[Artefact]]],
) -> None:
    ending, make = what

    async def write() -> Path:
        async with _look(settings, workspace, document) as look:
            made = await make(look)
            path = out or Path(Path(look.source.name).stem + ending)
            with path.open("wb") as file:
                async for chunk in look.beside.previews.shelf.open(look.source, made):
                    file.write(chunk)
            return path

    console.print(str(run_async(write())))


async def _text(settings: Settings, workspace: str, document: str) -> tuple[DocumentPages, str]:
    async with _look(settings, workspace, document) as look:
        found = await look.beside.previews.text(look.source)
        whole = await look.beside.texts.document(look.source, found)
        told = DocumentPages(
            document=document,
            version=look.version,
            pages=found.pages,
            language=found.language,
            read=dict(found.read),
            problems=dict(found.problems),
            warnings=list(found.warnings),
        )
        return told, whole.text


@asynccontextmanager
async def _look(settings: Settings, workspace: str, document: str) -> AsyncIterator[_Look]:
    async with opened(settings, workspace) as (services, actor):
        assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
        version = await services.database.read(lambda work: DocumentService(work).version(document), actor)
        source = Source(actor.workspace_id, version.sha256, version.name, version.media_type)
        yield _Look(services.beside, source, version.number)
