"""`docchain document export` and `verify`: a document with its proof in a folder, and whether it is still the same."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from docchain.entrypoints.cli import completion
from docchain.entrypoints.cli.console import DataDir, Workspace, console, opened, run_async, settings_of_data
from docchain.features.documents import NotAnExport, Tracer, verify_export, write_export
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.settings import SettingsError

Reference = Annotated[
    str,
    typer.Argument(
        help="A document's handle (document_7) or id.", show_default=False, autocompletion=completion.documents
    ),
]
Folder = Annotated[Path, typer.Argument(help="The folder that an export made.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to make.", show_default=False)]
Root = Annotated[str, typer.Option("--root", help="The root hash that the export told.")]
Number = Annotated[int | None, typer.Option("--version", min=1, help="A version by number (default: the current one).")]


def export(
    document: Reference,
    out: Out,
    version: Number = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Write a document, all it was made from, and its W3C PROV into a folder that proves itself.

    Example: docchain document export document_7 --out proof
    """
    if out.exists():
        raise SettingsError(f"{out} exists already; name a new folder.")

    async def write() -> str:
        async with opened(settings_of_data(data_dir), workspace) as (services, actor):
            tracer = Tracer(services.database, services.engine, services.kinds)
            lineage = await tracer.trace(actor, document, version)
            assert actor.workspace_id is not None  # noqa: S101  (a local actor always has one)
            root = await write_export(out, lineage, partial(services.contents.open, actor.workspace_id))
            told = {"version_id": str(lineage.version_id), "root": root}
            subject = lineage.versions[0].document_id
            await services.database.write(lambda work: work.emit("document.exported", "document", subject, told), actor)
            return root

    console.print(f"{out}: root hash {run_async(write())}")


def verify(folder: Folder, root: Root = "") -> None:
    """Recompute all hashes of an export, offline, and name the first thing that was altered.

    Example: docchain document verify proof --root 3fd0…
    """
    try:
        found = verify_export(folder, root)
    except NotAnExport as refusal:
        raise SettingsError(str(refusal)) from None
    if found.problem:
        console.print(f"ALTERED {found.path}: {found.problem}")
        raise typer.Exit(1)
    console.print(f"All {found.files} files are as they were exported; root hash {found.root}")
