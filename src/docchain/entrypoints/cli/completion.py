"""What the shell may offer for a word: names from the database that is there; never a fault, never a new database."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from docchain.platform.work import Actor, Work

Offer = list[tuple[str, str]]
"""Words, each with what it stands for."""
MOST: Final = 50


def workflows(ctx: typer.Context, incomplete: str) -> Offer:
    def found(work: "Work") -> Offer:
        from docchain.features.workflows.tables import WorkflowRow  # noqa: PLC0415 - as below
        from docchain.platform.ids import Handle  # noqa: PLC0415
        from docchain.platform.references import named_like  # noqa: PLC0415

        here, number = WorkflowRow.deleted_at.is_(None), WorkflowRow.number
        rows = named_like(work, WorkflowRow, "workflow", incomplete, MOST, here, number > 0)
        below = named_like(work, WorkflowRow, "ai_workflow", incomplete, MOST, here, number < 0, number=-number)
        return [(str(Handle("workflow", row.number)), row.name) for row in (*rows, *below)]

    return _offered(ctx, incomplete, found)


def runs(ctx: typer.Context, incomplete: str) -> Offer:
    def found(work: "Work") -> Offer:
        from docchain.features.runs.tables import RunRow  # noqa: PLC0415 - as below
        from docchain.platform.references import named_like  # noqa: PLC0415

        rows = named_like(work, RunRow, "run", incomplete, MOST, RunRow.listed.is_(True))
        return [(f"run_{row.number}", f"{row.label} {row.status}") for row in rows]

    return _offered(ctx, incomplete, found)


def documents(ctx: typer.Context, incomplete: str) -> Offer:
    def found(work: "Work") -> Offer:
        from docchain.features.documents.tables import DocumentRow  # noqa: PLC0415 - as below
        from docchain.platform.references import named_like  # noqa: PLC0415

        rows = named_like(work, DocumentRow, "document", incomplete, MOST, DocumentRow.deleted_at.is_(None))
        return [(f"document_{row.number}", row.name) for row in rows]

    return _offered(ctx, incomplete, found)


def workspaces(ctx: typer.Context, incomplete: str) -> Offer:
    def found(work: "Work") -> Offer:
        from docchain.features.identity import IdentityService  # noqa: PLC0415 - as below

        return [(item.slug, item.name) for item in IdentityService(work).me(work.actor).workspaces]

    return _offered(ctx, incomplete, found)


def run_statuses(incomplete: str) -> list[str]:
    from typing import get_args  # noqa: PLC0415 - as below

    from docchain.features.runs.schemas import RunStatus  # noqa: PLC0415

    return [status for status in get_args(RunStatus) if status.startswith(incomplete)]


def kinds(incomplete: str) -> Offer:
    from docchain.platform.settings import load_settings  # noqa: PLC0415
    from docchain.step_kinds import known_kinds  # noqa: PLC0415 - as below

    return [(kind.name, kind.title) for kind in known_kinds(load_settings()) if kind.name.startswith(incomplete)]


def _offered(ctx: typer.Context, incomplete: str, found: "Callable[[Work], Offer]") -> Offer:
    """Imports wait until something is asked: every command has completions, and few are completed."""
    try:
        offer = asyncio.run(_read(ctx, found))
    except Exception:  # noqa: BLE001 - whatever is wrong, a shell is no place to tell it
        return []
    return [(word, told) for word, told in offer if word.startswith(incomplete)]


async def _read(ctx: typer.Context, found: "Callable[[Work], Offer]") -> Offer:
    from docchain.entrypoints.cli.console import local_actor, settings_of_data  # noqa: PLC0415 - it imports this module
    from docchain.features.identity import DEFAULT_WORKSPACE  # noqa: PLC0415
    from docchain.platform.database import Database  # noqa: PLC0415

    settings = settings_of_data(ctx.params.get("data_dir"))
    database = Database(settings.storage.app_database_url, connections=1)
    try:
        actor: Actor = await local_actor(database, ctx.params.get("workspace") or DEFAULT_WORKSPACE)
        return await database.read(found, actor)
    finally:
        await database.close()
