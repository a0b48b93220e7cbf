"""`docchain search`: find documents, workflows and runs; rebuild the index, and see how it is."""

import asyncio
from typing import Annotated, Final

import typer
from rich.progress import Progress
from rich.table import Table

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    errors,
    local_actor,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.search import (
    Rebuild,
    SearchAnswer,
    SearchRequest,
    SearchStatus,
    order_rebuild,
    status_of,
    workspace_of,
)
from docchain.platform.logging import configure_logging
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import Actor
from docchain.services import Services

app = typer.Typer(
    help='Find documents, workflows, runs and audit entries: docchain search "unpaid invoices". Rebuild the index, '
    "see how it is.",
    add_completion=False,
)
_LOOK: Final = 0.3
_CATCH_UP: Final = 20.0
"""Seconds that a question waits for what was added before it."""
_ENDED: Final = ("done", "failed")

Question = Annotated[
    list[str], typer.Argument(help="Words; or `rebuild`, or `status`.", show_default=False, metavar="WORDS…")
]


@app.command(help=app.info.help)
def search(  # noqa: PLR0913, PLR0917 - options, which typer passes by name
    words: Question,
    mode: Annotated[str, typer.Option(help="text, semantic or hybrid.")] = "hybrid",
    kind: Annotated[list[str] | None, typer.Option(help="document, workflow, run or audit; repeatable.")] = None,
    filter_: Annotated[list[str] | None, typer.Option("--filter", help="field:value; repeat for several.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    fresh: Annotated[bool, typer.Option("--fresh", help="With `rebuild`: read every text again.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    settings = settings_of_data(data_dir)
    if words == ["rebuild"]:
        rebuilt = run_async(_rebuild(settings, workspace, fresh=fresh, quiet=as_json))
        print_json(rebuilt) if as_json else console.print(f"{rebuilt.status}: {rebuilt.done} entries {rebuilt.message}")
        raise typer.Exit(0 if rebuilt.status == "done" else 1)
    if words == ["status"]:
        status = run_async(_status(settings, workspace))
        print_json(status) if as_json else _show_status(status)
        return
    asked = {"q": " ".join(words), "mode": mode, "kinds": kind or [], "filters": filter_ or [], "limit": limit}
    answer = run_async(_search(settings, workspace, SearchRequest.model_validate(asked)))
    print_json(answer) if as_json else _show(answer)


def _show(answer: SearchAnswer) -> None:
    if answer.did_you_mean:
        console.print(f"Did you mean: {answer.did_you_mean}")
    if answer.notice:
        console.print(answer.notice)
    table = Table("What", "Title", "Why")
    for hit in answer.hits:
        table.add_row(hit.handle, hit.title, hit.why.said)
    console.print(table)
    console.print(f"{len(answer.hits)} of {answer.total}, {answer.took_ms:g} ms")


def _show_status(status: SearchStatus) -> None:
    console.print(f"{status.entries} entries, {status.passages} passages, {status.bytes / 1024**2:.1f} MiB")
    console.print(f"{status.unread} still to be read, {status.unreadable} unreadable, {status.behind} events behind")
    if status.rebuild is not None:
        console.print(f"last rebuild: {status.rebuild.status}, {status.rebuild.done} of {status.rebuild.total}")


async def _search(settings: Settings, workspace: str, request: SearchRequest) -> SearchAnswer:
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        if not await _catch_up(services, actor):
            errors.print("The index is behind: what is newest may be missing. See docchain search status.")
        return await services.search.service.search(request, actor, patient=True)


async def _catch_up(services: Services, actor: Actor) -> bool:
    """Whether all that was added can be found. Whoever writes the index sees to it: a server, or else this process."""
    if await _is_up(services, actor):
        return True
    configure_logging("warning")  # to stderr
    indexer = asyncio.create_task(services.search.indexer.run())
    try:
        for _ in range(round(_CATCH_UP / _LOOK)):
            if await _is_up(services, actor):
                return True
            await asyncio.sleep(_LOOK)
    finally:
        indexer.cancel()
        await asyncio.gather(indexer, return_exceptions=True)
    return False


async def _is_up(services: Services, actor: Actor) -> bool:
    """Whether there is an index, and it has seen and read everything."""
    if await services.search.index.position(workspace_of(actor)) is None:
        return False
    status = await _told(services, actor)
    return not status.behind and not status.unread


async def _status(settings: Settings, workspace: str) -> SearchStatus:
    async with open_services(settings, run_engine=False) as services:
        return await _told(services, await local_actor(services.database, workspace))


async def _told(services: Services, actor: Actor) -> SearchStatus:
    return await status_of(services.database, services.search.index, actor, services.search.embedder.model)


async def _rebuild(settings: Settings, workspace: str, *, fresh: bool, quiet: bool) -> Rebuild:
    """Order it; whoever writes the index does it: a server, or else this process."""
    async with open_services(settings, run_engine=False) as services:
        actor = await local_actor(services.database, workspace)
        ordered = await services.database.write(lambda work: order_rebuild(work, fresh=fresh), actor)
        indexer = asyncio.create_task(services.search.indexer.run())
        try:
            with Progress(console=console, transient=True, disable=quiet) as progress:
                bar = progress.add_task("Rebuilding the index", total=None)
                while True:
                    rebuild = (await _told(services, actor)).rebuild
                    if rebuild is None or rebuild.id != ordered.id:
                        raise SettingsError("Somebody else ordered another rebuild; see docchain search status.")
                    if rebuild.status in _ENDED:
                        return rebuild
                    progress.update(bar, completed=rebuild.done, total=rebuild.total or None)
                    await asyncio.sleep(_LOOK)
        finally:
            indexer.cancel()
            await asyncio.gather(indexer, return_exceptions=True)
