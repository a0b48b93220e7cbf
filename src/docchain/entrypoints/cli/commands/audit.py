"""`docchain audit`: export the sealed log, verify an export or the database, and show the key that signs it."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import typer

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    console,
    errors,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.features.audit.exporting import verify_export
from docchain.features.audit.verifying import Verdict
from docchain.platform.settings import Settings, SettingsError
from docchain.platform.work import SYSTEM, Work

app = typer.Typer(help="Export and verify the audit log.", no_args_is_help=True, add_completion=False)
T = TypeVar("T")
DAMAGED: Final = 1
_All = Annotated[str, typer.Option("--workspace", "-w", help="Only this workspace (default: all, and the rest).")]
_Keys = Annotated[
    list[str] | None, typer.Option("--public-key", help="Accept only signatures of this key (base64); may be repeated.")
]
_Known = Annotated[
    Path | None, typer.Option("--against", help="An earlier export: the log must go on from where that one ends.")
]


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write; - for standard output.", show_default=False)],
    workspace: _All = "",
    data_dir: DataDir = None,
) -> None:
    """Write the log with its checkpoints, as lines of JSON that can be verified anywhere."""
    from docchain.features.audit.exporting import write_export  # noqa: PLC0415 - not to verify a file

    settings = settings_of_data(data_dir)
    if str(file) == "-":
        with typer.get_binary_stream("stdout") as out:
            _read(settings, lambda work: write_export(work, out, _chains(work, workspace)))
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:
        told = _read(settings, lambda work: write_export(work, draft, _chains(work, workspace)))
    Path(draft.name).rename(file)
    console.print(
        f"{told['entries']:,} entries, {told['checkpoints']:,} checkpoints of {told['chains']:,} chains: {file}"
    )


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="An export.", show_default=False)] = None,
    database: Annotated[bool, typer.Option("--database", help="Verify the log where it is stored.")] = False,
    public_key: _Keys = None,
    against: _Known = None,
    workspace: _All = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Compare every entry with its seal; exit code 1 if any was altered, deleted, inserted or reordered.

    An export needs neither the database nor settings. Give the public key that `docchain audit key` shows: without it,
    somebody who signed everything anew with a key of their own is not found out.
    """
    if (file is None) is not database:
        raise typer.BadParameter("Name an export, or say --database.")
    known = {verdict.chain: verdict.last for verdict in _verified(against)} if against else {}
    if file is not None:
        verdicts = list(_verified(file, public_key or (), known))
    else:
        verdicts = _of_database(settings_of_data(data_dir), workspace, public_key or (), known)
    print_json({"chains": [_told(verdict) for verdict in verdicts]}) if as_json else _show(
        verdicts, trusted=bool(public_key)
    )
    if any(verdict.findings for verdict in verdicts):
        raise typer.Exit(DAMAGED)


@app.command()
def key(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the public key of the checkpoints; keep it where nobody who may change the database can change it."""
    from docchain.features.audit.keys import open_key  # noqa: PLC0415 - loads cryptography

    found = open_key(settings_of_data(data_dir).audit_key).public_key
    print_json({"public_key": found}) if as_json else console.print(found)


def _verified(file: Path, keys: Iterable[str] = (), known: dict[str, str] | None = None) -> Iterable[Verdict]:
    try:
        opened = file.open("rb")
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.") from None
    with closing(opened):
        yield from verify_export(opened, keys, known)


def _of_database(settings: Settings, workspace: str, keys: Iterable[str], known: dict[str, str]) -> list[Verdict]:
    from docchain.features.audit.exporting import verify_chain  # noqa: PLC0415 - loads the database

    trusted = list(keys)

    def verify_all(work: Work) -> list[Verdict]:
        chains = _chains(work, workspace)
        return [verify_chain(work, chain, trusted, known.get(str(chain), "")) for chain in chains]

    return _read(settings, verify_all)


def _chains(work: Work, workspace: str) -> Sequence[UUID]:
    from docchain.features.audit.repository import ChainRepository  # noqa: PLC0415 - as above
    from docchain.features.identity import IdentityService  # noqa: PLC0415 - as above

    if not workspace:
        return ChainRepository(work.session).chains()
    found = IdentityService(work).workspace_id(workspace)
    if found is None:
        raise SettingsError(f"There is no workspace {workspace}; `docchain user list` shows them.")
    return [found]


def _read(settings: Settings, transaction: Callable[[Work], T]) -> T:
    from docchain.platform.database import Database  # noqa: PLC0415 - as above

    async def within() -> T:
        database = Database(settings.storage.app_database_url)
        try:
            return await database.read(transaction, SYSTEM)
        finally:
            await database.close()

    return run_async(within())


def _told(verdict: Verdict) -> dict[str, Any]:
    findings = [{"position": one.position, "kind": one.kind, "said": one.said} for one in verdict.findings]
    names = ("chain", "entries", "checkpoints", "unsealed", "last")
    told = {name: getattr(verdict, name) for name in names}
    return told | {"public_keys": sorted(verdict.keys), "findings": findings}


def _show(verdicts: Sequence[Verdict], *, trusted: bool) -> None:
    for verdict in verdicts:
        sound = f"{len(verdict.findings)} findings, the first:" if verdict.findings else "as it was sealed"
        console.print(
            f"{verdict.chain}  {verdict.entries:,} entries, {verdict.checkpoints:,} checkpoints, "
            f"{verdict.unsealed:,} not sealed yet: {sound}"
        )
        for finding in verdict.findings:
            console.print(f"  {finding.said}")
    keys = sorted({key for verdict in verdicts for key in verdict.keys})
    if keys and not trusted:
        errors.print(f"Signed with {', '.join(keys)}. Compare that with the key you kept, or give it as --public-key.")
