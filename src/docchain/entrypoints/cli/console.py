"""What the commands share: consoles, settings with a data directory, and the local operator's identity."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from rich.console import Console

from docchain.features.identity import DEFAULT_WORKSPACE, FIRST_USER, IdentityService
from docchain.platform.database import Database
from docchain.platform.settings import Settings, StorageSettings, load_settings
from docchain.platform.work import SYSTEM, Actor

T = TypeVar("T")

# What users wrote is shown as it is: brackets in a name are no markup.
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of databases and documents (default: DOCCHAIN_DATA_DIR).")
]
Workspace = Annotated[str, typer.Option("--workspace", "-w", help="The workspace to work in.")]


def settings_for(data_dir: Path | None) -> Settings:
    if data_dir is None:
        return load_settings()
    return load_settings(storage=StorageSettings(data_dir=data_dir))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def local_actor(database: Database, workspace: str = DEFAULT_WORKSPACE) -> Actor:
    """Whoever holds the data directory acts as its first administrator."""
    return await database.read(lambda work: IdentityService(work).member(FIRST_USER, workspace), SYSTEM)


def printable(text: str) -> str:
    """A text that moves no cursor and changes no colour, whoever chose it."""
    return "".join(mark if mark.isprintable() else "�" for mark in text)
