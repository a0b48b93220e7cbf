"""`docchain storage`: what documents take, whether they are sound, their keys, garbage, and moves to another store."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    errors,
    moment,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.documents.storage.moving import Ends, Mover
from docchain.features.documents.storage.schemas import Collection, Damage, StorageMove, StorageUsage, Verified
from docchain.features.documents.storage.service import StorageService
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.blobs import open_blobs
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.storage.opening import shown

app = typer.Typer(help="Look after the store of documents.", no_args_is_help=True, add_completion=False)

DAMAGED = 1


@app.command()
def usage(
    recount: Annotated[bool, typer.Option("--recount", help="Count row by row, and correct the counters.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Show what the documents of a workspace take and may take."""
    told, word = run_async(_usage(settings_of_data(data_dir), workspace, recount=recount))
    if as_json:
        print_json(told)
        return
    most_bytes = decimal(told.quota_bytes) if told.quota_bytes else "no limit"
    most_documents = f"{told.quota_documents:,}" if told.quota_documents else "no limit"
    table = Table(show_header=False, box=None)
    table.add_row("Bytes", f"{decimal(told.bytes)} of {most_bytes}")
    table.add_row("Documents", f"{told.documents:,} of {most_documents}")
    table.add_row("Store", told.store)
    table.add_row("New content", f"compressed: {told.compression}, encrypted: {told.encryption}")
    console.print(table)
    if word:
        errors.print(word)


@app.command()
def verify(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Read all stored content back and compare it; exit code 1 if any is damaged or missing."""
    told = run_async(_verify(settings_of_data(data_dir), workspace, quiet=as_json))
    if as_json:
        print_json(told)
    else:
        for damage in told.damaged:
            console.print(f"{damage.sha256}  {damage.problem}")
        sound = "all sound" if not told.damaged else f"{len(told.damaged):,} damaged or missing"
        console.print(f"{told.checked:,} contents, {decimal(told.bytes)}: {sound}")
    if told.damaged:
        raise typer.Exit(DAMAGED)


@app.command("rotate-keys")
def rotate_keys(
    new: Annotated[
        bool, typer.Option("--new/--only-wrap", help="Give every workspace a new key for what is stored from now on.")
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Wrap the keys of all workspaces under the present master key; no content is written again.

    Set the new key as DOCCHAIN_ENCRYPTION_KEY and list the one before in DOCCHAIN_ENCRYPTION_OLD_KEYS, here and for
    every server; afterwards, and once all have been restarted, the old one is needed no more.
    """
    wrapped, workspaces = run_async(_rotate(settings_of_data(data_dir), new=new))
    made = f"; {workspaces:,} workspaces have a new key for new content" if new else ""
    console.print(
        f"{wrapped:,} keys were wrapped anew{made}. The earlier master keys are needed no more "
        "once every server has been restarted with the new one."
    )


@app.command()
def collect(
    drop: Annotated[bool, typer.Option("--drop", help="Remove the garbage; else it is only shown.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Tell of what is kept, too, and why.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Find stored content that nothing names any more, and tell why each stays or goes."""
    told = run_async(_collect(settings_of_data(data_dir), workspace, drop=drop, explain=explain))
    if as_json:
        print_json(told)
        return
    for verdict in told.verdicts:
        what = "kept   " if verdict.kept else "dropped" if drop else "garbage"
        console.print(f"{what}  {verdict.sha256}  {decimal(verdict.size)}  {verdict.reason}")
    gone = "removed" if drop else "garbage; remove it with --drop"
    console.print(f"{told.kept:,} kept; {told.dropped:,} ({decimal(told.dropped_bytes)}) {gone}")


@app.command()
def move(
    to: Annotated[str, typer.Option("--to", help="Where to: s3://…, gs://…, az://…, file:///…", show_default=False)],
    source: Annotated[str, typer.Option("--from", help="From where (default: where the settings say).")] = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Copy everything to another store, compare it there, and say what to set; goes on where it was interrupted.

    Example: docchain storage move --to "s3://archive/docs?endpoint=http://minio:9000"
    """
    told = run_async(_move(settings_of_data(data_dir), source, to, quiet=as_json))
    if as_json:
        print_json(told)
    else:
        for problem in told.problems:
            console.print(problem)
        console.print(f"{told.objects:,} objects, {decimal(told.bytes)} copied and compared: {told.status}.")
        if told.status == "done":
            console.print(
                "Set DOCCHAIN_BLOB_URL to the new store and restart; then run this again with --from the old one, for "
                "what came in meanwhile. The old store keeps what it has until you delete it."
            )
    if told.problems:
        raise typer.Exit(DAMAGED)


@app.command()
def moves(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show how far moves to another store have come."""
    told = run_async(_moves(settings_of_data(data_dir)))
    if as_json:
        print_json(told)
        return
    table = Table("From", "To", "Status", "Objects", "Bytes", "Since", "Last")
    for item in told:
        done = f"{item.objects:,} of {item.total_objects:,}"
        size = f"{decimal(item.bytes)} of {decimal(item.total_bytes)}"
        since, last = moment(item.started_at), moment(item.moved_at)
        table.add_row(item.source, item.target, item.status, done, size, since, last)
    console.print(table)


async def _usage(settings: Settings, workspace: str, *, recount: bool) -> tuple[StorageUsage, str]:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        if recount:
            await services.database.write(lambda work: StorageService(work).recount(), actor)
        return await services.database.read(services.storage.usage, actor), services.storage.word()


async def _verify(settings: Settings, workspace: str, *, quiet: bool) -> Verified:
    told = Verified()
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        total = (await services.database.read(services.storage.usage, actor)).bytes
        with _bar(quiet=quiet) as bar:
            task = bar.add_task("reading", total=total)
            async for sha256, size, problem in services.storage.verifier.contents(actor):
                told.checked, told.bytes = told.checked + 1, told.bytes + size
                if problem:
                    told.damaged.append(Damage(sha256=sha256, problem=problem))
                bar.advance(task, size)
    return told


async def _rotate(settings: Settings, *, new: bool) -> tuple[int, int]:
    async with opened(settings, DEFAULT_WORKSPACE) as (services, _):
        keyring = services.blobs.keyring
        if keyring is None:
            raise SettingsError("Nothing is encrypted here: DOCCHAIN_ENCRYPTION is none.")
        await keyring.master_changed()
        workspaces = await keyring.workspaces()
        wrapped = sum([await keyring.rewrap(workspace) for workspace in workspaces])
        for workspace in workspaces if new else ():
            await keyring.rotate(workspace)
        return wrapped, len(workspaces)


async def _collect(settings: Settings, workspace: str, *, drop: bool, explain: bool) -> Collection:
    told = Collection()
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        async for verdict in services.storage.collector.collect(actor, dry_run=not drop):
            told.add(verdict, show=explain or not verdict.kept)
        if drop:
            await services.storage.drop_abandoned()
    return told


async def _move(settings: Settings, source: str, target: str, *, quiet: bool) -> StorageMove:
    own = settings.storage
    source = source or own.blob_url
    names = shown(source, own.blob_dir), shown(target, own.blob_dir)
    if names[0] == names[1]:
        raise SettingsError(f"Everything is in {names[0]} already. Name another store with --to.")
    async with opened(settings, DEFAULT_WORKSPACE) as (services, _):
        ends = Ends(open_blobs(own, source), open_blobs(own, target), *names)
        with _bar(quiet=quiet) as bar:
            return await Mover(services.database, ends, _shown(bar)).move()


def _shown(bar: Progress) -> Callable[[StorageMove], None]:
    task = bar.add_task("copying and comparing", total=None)
    return lambda move: bar.update(task, completed=move.bytes, total=max(move.bytes, move.total_bytes))


async def _moves(settings: Settings) -> list[StorageMove]:
    async with opened(settings, DEFAULT_WORKSPACE) as (services, actor):
        return await services.database.read(services.storage.moves, actor)


def _bar(*, quiet: bool) -> AbstractContextManager[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    hidden = quiet or not errors.is_terminal
    return Progress(
        *columns, TransferSpeedColumn(), TimeRemainingColumn(), console=errors, disable=hidden, transient=True
    )
