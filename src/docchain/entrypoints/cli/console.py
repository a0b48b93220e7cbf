"""What the commands share: consoles, settings with a data directory, and the local operator's identity."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
import uvloop
from pydantic import BaseModel
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from docchain.entrypoints.cli.completion import runs, workflows, workspaces
from docchain.features.identity import DEFAULT_WORKSPACE, FIRST_USER, IdentityService
from docchain.platform.database import Database
from docchain.platform.provenance import CALLER, Caller
from docchain.platform.settings import Settings, SettingsError, StorageSettings, load_settings
from docchain.platform.work import SYSTEM, Actor, Work

if TYPE_CHECKING:
    from docchain.engine.kinds import Kinds
    from docchain.services import Services

T = TypeVar("T")

_CONTROLS: Final = dict.fromkeys(
    [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]  # the last two: text direction
)
del _CONTROLS[ord("\n")]


class _Screen(Console):
    """Shows what users wrote as it is: brackets are no markup, and nothing moves the cursor or changes a colour."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else text.translate(_CONTROLS), style, control)


console = _Screen()
errors = _Screen(stderr=True)

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of databases and documents (default: DOCCHAIN_DATA_DIR).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run's handle (run_42) or id.", show_default=False, autocompletion=runs),
]
WorkflowName = Annotated[
    str,
    typer.Argument(
        metavar="WORKFLOW",
        help="A workflow's handle (workflow_1), id or number.",
        show_default=False,
        autocompletion=workflows,
    ),
]
Workspace = Annotated[
    str, typer.Option("--workspace", "-w", help="The workspace to work in.", autocompletion=workspaces)
]


def settings_for(data_dir: Path | None) -> Settings:
    if data_dir is None:
        return load_settings()
    return load_settings(storage=StorageSettings(data_dir=data_dir))


def settings_of_data(data_dir: Path | None) -> Settings:
    """Settings for looking at data that is there; a folder that was misspelt is not made.

    Raises:
        SettingsError: when there is none.
    """
    settings = settings_for(data_dir)
    storage = settings.storage
    if not storage.database_url and not (storage.data_dir / "app.db").exists():
        raise SettingsError(
            f"There is no data in {storage.data_dir}. Name its folder with --data-dir or DOCCHAIN_DATA_DIR; "
            "`docchain run` and `docchain serve` make a new one."
        )
    return settings


def run_async(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def local_actor(database: Database, workspace: str = DEFAULT_WORKSPACE) -> Actor:
    """Whoever holds the data directory acts as its first administrator."""
    return await database.read(lambda work: IdentityService(work).member(FIRST_USER, workspace), SYSTEM)


@asynccontextmanager
async def opened(
    settings: Settings, workspace: str, *, as_operator: bool = False
) -> AsyncIterator[tuple["Services", Actor]]:
    """The services beside whichever process executes runs, and who acts; the operator does so in any workspace."""
    from docchain.bootstrap import open_services  # noqa: PLC0415 - help and completion need none of it

    async with open_services(settings, run_engine=False) as services:
        CALLER.set(lambda: Caller("cli"))
        if as_operator:
            yield services, await services.database.read(lambda work: IdentityService(work).operator(workspace), SYSTEM)
        else:
            yield services, await local_actor(services.database, workspace)


def written(data_dir: Path | None, workspace: str, transaction: Callable[[Work, "Kinds"], T]) -> T:
    """What one transaction answers, on data that is there; it has the step kinds that this installation knows."""

    async def within() -> T:
        async with opened(settings_of_data(data_dir), workspace) as (services, actor):
            return await services.database.write(lambda work: transaction(work, services.kinds), actor)

    return run_async(within())


def print_json(told: BaseModel | Sequence[BaseModel] | dict[str, Any]) -> None:
    if isinstance(told, BaseModel):
        typer.echo(told.model_dump_json(indent=2, by_alias=True))
        return
    plain = told if isinstance(told, dict) else [item.model_dump(mode="json", by_alias=True) for item in told]
    typer.echo(json.dumps(plain, ensure_ascii=False))


def moment(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""
