"""The example workspace: filled once, at the first start, so that there is something to try."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog

from docchain.entrypoints.files import read_chunks
from docchain.features.documents import Arrival, Children, IntakeService
from docchain.features.documents.domain import media_type_of
from docchain.features.documents.intake.arrivals import Received
from docchain.features.identity import EXAMPLES_WORKSPACE, FIRST_USER, IdentityService
from docchain.features.workflows import WorkflowCreate, WorkflowService
from docchain.platform.handles import none_taken
from docchain.platform.work import SYSTEM, Actor, Work
from docchain.services import Services

_log = structlog.get_logger(__name__)
_PACKAGE: Final = Path(__file__).resolve().parent.parent
PLACES: Final = (_PACKAGE / "examples", _PACKAGE.parent.parent / "examples")
"""In an installed package, and in a checkout."""


async def load_examples(services: Services) -> None:
    """Publish every example's workflow and upload its documents, unless the workspace held something before."""
    actor = await services.database.read(
        lambda work: IdentityService(work).member(FIRST_USER, EXAMPLES_WORKSPACE), SYSTEM
    )
    folders = [path.parent for place in PLACES for path in sorted(place.glob("*/workflow.yaml"))]
    if not folders or not await services.database.read(none_taken, actor):
        return
    for folder in folders:
        await _load(services, actor, folder)
        _log.info("example_loaded", name=folder.name, workspace=EXAMPLES_WORKSPACE)


async def _load(services: Services, actor: Actor, folder: Path) -> None:
    assert actor.workspace_id is not None  # noqa: S101  (a member always acts in a workspace)
    definition = (folder / "workflow.yaml").read_text(encoding="utf-8")
    came = [
        await _received(services, actor.workspace_id, path)
        for path in sorted((folder / "documents").iterdir())
        if path.is_file()
    ]

    def register(work: Work) -> None:
        workflows = WorkflowService(work, services.kinds)
        created = workflows.create(WorkflowCreate(definition=definition))
        workflows.publish(created.handle)
        for received in came:
            IntakeService(work).accept(received)

    await services.database.write(register, actor)
    for path in sorted((folder / "tables").glob("*.csv")):
        await _load_table(services, actor, path)


async def _received(services: Services, workspace: UUID, path: Path) -> Received:
    """The product's own files: written down as others are, but nobody need look into them."""
    stored = await services.blobs.put_stream(workspace, read_chunks(path))
    arrival = Arrival("example", f"{path.parent.parent.name}/{path.name}", path.name)
    return Received(arrival, stored, media_type_of(None, path.name))


async def _load_table(services: Services, actor: Actor, path: Path) -> None:
    from docchain.features.documents import load_table  # noqa: PLC0415 (once, at the first start)

    children = Children(services.processes, services.settings.processes.process_timeout)

    async def write(transaction: Callable[[Work], Any]) -> Any:
        return await services.database.write(transaction, actor)

    await load_table(write, children, services.settings.data, (path.stem, {}), read_chunks(path))
