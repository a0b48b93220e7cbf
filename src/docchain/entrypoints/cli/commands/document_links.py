"""`docchain document link`, `links` and `unlink`: addresses that hand out one version for a while, until revoked."""

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from docchain.entrypoints.cli.commands.document_proof import Number, Reference
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
    written,
)
from docchain.features.documents.storage.linking import LinkService
from docchain.features.documents.storage.schemas import DocumentLink, LinkRequest
from docchain.features.identity import DEFAULT_WORKSPACE
from docchain.platform.pagination import PageRequest
from docchain.platform.settings import Settings

Seconds = Annotated[int, typer.Option("--seconds", min=1, help="How long it is good for.")]
Revocable = Annotated[bool, typer.Option("--revocable", help="Hand it out here also where the store could.")]
Ended = Annotated[bool, typer.Option("--ended", help="Also those that ended or were revoked.")]
LinkId = Annotated[UUID, typer.Argument(help="The id that `links` tells.", show_default=False)]


def link(
    document: Reference,
    seconds: Seconds = 3_600,
    version: Number = None,
    revocable: Revocable = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """Print an address that hands out one version to whoever knows it.

    Example: docchain document link document_7 --seconds 86400
    """
    wanted = LinkRequest(expires_in=seconds, version=version, revocable=revocable)
    told = run_async(_link(settings_of_data(data_dir), workspace, document, wanted))
    console.print(told.url, soft_wrap=True, markup=False, highlight=False)


def links(
    document: Reference,
    ended: Ended = False,
    as_json: AsJson = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    data_dir: DataDir = None,
) -> None:
    """List the links to a document, newest first, and how often each was used."""
    page = written(
        data_dir, workspace, lambda work, _kinds: LinkService(work).list(document, PageRequest(200), ended=ended)
    )
    if as_json:
        print_json(page.items)
        return
    table = Table("Link", "Version", "By", "Until", "Revoked", "Uses", "Last use")
    for item in page.items:
        until, revoked = moment(item.expires_at), moment(item.revoked_at)
        uses = str(item.uses) if item.revocable else "?"
        table.add_row(str(item.id), str(item.version), item.created_by, until, revoked, uses, moment(item.last_used_at))
    console.print(table)


def unlink(
    document: Reference, link: LinkId, workspace: Workspace = DEFAULT_WORKSPACE, data_dir: DataDir = None
) -> None:
    """Revoke a link: it leads nowhere from now on.

    Example: docchain document unlink document_7 0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e50
    """
    written(data_dir, workspace, lambda work, _kinds: LinkService(work).revoke(document, link))
    console.print(f"{link}: revoked")


async def _link(settings: Settings, workspace: str, document: str, wanted: LinkRequest) -> DocumentLink:
    async with opened(settings, workspace) as (services, actor):
        linking, database = services.storage.linking, services.database
        made = await database.write(lambda work: linking.make(work, document, wanted), actor)
        told = await linking.address(made, database.clock.now(), revocable=wanted.revocable)
        if not told.revocable:
            await database.write(lambda work: LinkService(work).signed_by_store(told.id), actor)
        return told
