"""`docchain secrets`: credentials that steps and sources use; set and listed, never shown."""

import getpass
import sys
from typing import Annotated

import typer
from rich.table import Table

from docchain.entrypoints.cli.console import (
    AsJson,
    DataDir,
    Workspace,
    console,
    moment,
    opened,
    print_json,
    run_async,
    settings_of_data,
)
from docchain.entrypoints.cli.values import request_of
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.features.secrets.errors import SecretNotFound
from docchain.features.secrets.schemas import Secret, SecretChange, SecretRequest
from docchain.features.secrets.service import SecretService
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import ANY
from docchain.platform.settings import Settings
from docchain.platform.work import Work

app = typer.Typer(
    help="Set, list and remove secrets that steps and sources use; rotate their keys.",
    no_args_is_help=True,
    add_completion=False,
)
_MOST = 200
Name = Annotated[str, typer.Argument(help="What steps call it, such as `erp_token`.", show_default=False)]


@app.command("list")
def list_secrets(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List the secrets of a workspace, without their values."""
    found = run_async(_list(settings_of_data(data_dir), workspace))
    if as_json:
        print_json(found)
        return
    table = Table("Name", "Kind", "For", "Fingerprint", "Changed", "Last used", "Uses")
    for item in found.items:
        used = moment(item.used_at) if item.used_at else "never"
        hosts = ", ".join(item.hosts) or "any host"
        table.add_row(item.name, item.kind, hosts, item.fingerprint, moment(item.changed_at), used, f"{item.uses:,}")
    console.print(table)


@app.command("set")
def set_secret(
    name: Name,
    host: Annotated[list[str], typer.Option(help="A host that it may be sent to; may be given again.")] = [],  # noqa: B006 - typer's way
    kind: Annotated[str, typer.Option(help="`token`, `password`, `key` or `other`.")] = "other",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Keep a secret, or give it a new value; it is asked for, or read from standard input.

    Example: docchain secrets set erp_token --host erp.example.com < token.txt
    """
    settings = settings_of_data(data_dir)
    value = getpass.getpass(f"Value of {name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    told = {"name": name, "value": value, "hosts": host, "kind": kind, "description": description}
    kept = run_async(_set(settings, workspace, request_of(SecretRequest, told)))
    console.print(f"{kept.name} is kept; its fingerprint is {kept.fingerprint}. Nobody can read it back.")


@app.command()
def remove(name: Name, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Remove a secret; steps that name it fail from now on."""
    run_async(_remove(settings_of_data(data_dir), workspace, name))
    console.print(f"{name} is removed.")


@app.command()
def rotate(data_dir: DataDir = None) -> None:
    """Give all workspaces with secrets a new key, and seal their secrets under it; servers may run meanwhile.

    To change the master key, too: set the new one as DOCCHAIN_ENCRYPTION_KEY, list the one before in
    DOCCHAIN_ENCRYPTION_OLD_KEYS, restart the servers, and run `docchain storage rotate-keys`.
    """
    workspaces, sealed = run_async(_rotate(settings_of_data(data_dir)))
    console.print(f"{workspaces:,} workspaces have a new key; {sealed:,} secrets were sealed under it.")


async def _list(settings: Settings, workspace: str) -> Page[Secret]:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        return await services.database.read(lambda work: SecretService(work).list(PageRequest(_MOST)), actor)


async def _set(settings: Settings, workspace: str, wanted: SecretRequest) -> Secret:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        assert actor.workspace_id is not None  # noqa: S101 - the operator acts in one
        sealed = await services.vault.seal(actor.workspace_id, wanted.name, wanted.value.get_secret_value())

        def keep(work: Work) -> Secret:
            service = SecretService(work)
            change = SecretChange(
                value=wanted.value,
                kind=wanted.kind,
                description=wanted.description,
                hosts=wanted.hosts,
            )
            try:
                return service.change(wanted.name, change, sealed, ANY)
            except SecretNotFound:
                return service.create(wanted, sealed, services.vault.most)

        return await services.database.write(keep, actor)


async def _remove(settings: Settings, workspace: str, name: str) -> None:
    async with opened(settings, workspace, as_operator=True) as (services, actor):
        await services.database.write(lambda work: SecretService(work).delete(name, ANY), actor)


async def _rotate(settings: Settings) -> tuple[int, int]:
    async with opened(settings, DEFAULT_WORKSPACE) as (services, _):
        return await services.vault.rotate()
