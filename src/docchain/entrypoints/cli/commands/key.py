"""`docchain key`: API keys for programs; made for the installation's user, told once."""

from typing import Annotated
from uuid import UUID

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
from docchain.features.identity.keys.schemas import ApiKey, ApiKeyRequest, NewApiKey
from docchain.features.identity.keys.service import KeyService
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.settings import Settings

app = typer.Typer(
    help="Make, list, rotate and revoke API keys for programs.", no_args_is_help=True, add_completion=False
)
_MOST = 200
KeyId = Annotated[UUID, typer.Argument(help="The id that `docchain key list` tells.", show_default=False)]


@app.command("list")
def list_keys(as_json: AsJson = False, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """List all API keys of a workspace; never what opens anything."""
    found = run_async(_list(settings_of_data(data_dir), workspace))
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Name", "Begins with", "Made by", "Permissions", "Good until", "Last used")
    for key in found.items:
        until = "revoked" if key.revoked_at else moment(key.expires_at) if key.expires_at else "for ever"
        used = moment(key.last_used_at) if key.last_used_at else "never"
        table.add_row(str(key.id), key.name, key.prefix, key.created_by, ", ".join(key.permissions), until, used)
    console.print(table)


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    permission: Annotated[list[str], typer.Option(help="What it may do; again for more. None: it reads.")] = [],  # noqa: B006 - typer's way
    network: Annotated[list[str], typer.Option(help="From where it works; may be given again.")] = [],  # noqa: B006 - as above
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Make an API key, and print it; it is not told again.

    Example: docchain key make "ERP" --permission documents:write --permission workflows:execute
    """
    wanted = request_of(ApiKeyRequest, {"name": name, "permissions": permission, "networks": network})
    _tell(run_async(_make(settings_of_data(data_dir), workspace, wanted)), as_json=as_json)


@app.command()
def rotate(
    key: KeyId,
    overlap: Annotated[int | None, typer.Option(help="Hours for which the former secret works, too.")] = None,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Give a key a new secret, and print it."""
    _tell(run_async(_rotate(settings_of_data(data_dir), workspace, key, overlap)), as_json=as_json)


@app.command()
def revoke(key: KeyId, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None) -> None:
    """Let a key open nothing from now on; servers notice at once."""
    run_async(_revoke(settings_of_data(data_dir), workspace, key))
    console.print(f"{key} is revoked.")


def _tell(made: NewApiKey, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    until = f", good until {moment(made.expires_at)}" if made.expires_at else ""
    console.print(f"{made.name} may {', '.join(made.permissions) or 'nothing'}{until}. Keep the key; it is told once:")
    print(made.key)  # noqa: T201 - to be piped


async def _list(settings: Settings, workspace: str) -> Page[ApiKey]:
    async with opened(settings, workspace) as (services, actor):
        return await services.database.read(
            lambda work: KeyService(work, settings.security).list(PageRequest(_MOST), everybody=True), actor
        )


async def _make(settings: Settings, workspace: str, wanted: ApiKeyRequest) -> NewApiKey:
    async with opened(settings, workspace) as (services, actor):
        return await services.database.write(
            lambda work: KeyService(work, settings.security, services.things.find).create(wanted), actor
        )


async def _rotate(settings: Settings, workspace: str, key: UUID, overlap: int | None) -> NewApiKey:
    async with opened(settings, workspace) as (services, actor):
        return await services.database.write(
            lambda work: KeyService(work, settings.security).rotate(key, overlap), actor
        )


async def _revoke(settings: Settings, workspace: str, key: UUID) -> None:
    async with opened(settings, workspace) as (services, actor):
        await services.database.write(lambda work: KeyService(work, settings.security).revoke(key), actor)
