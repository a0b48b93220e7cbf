"""What the doors of workflows share: the revision of `If-Match`, the ETag of what is shown, and who answers."""

import asyncio
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Path, Response

from docchain.features.runs import VersionLabel
from docchain.features.workflows.domain import AsRead
from docchain.features.workflows.drafts import Draft, read_draft
from docchain.features.workflows.schemas import Workflow
from docchain.features.workflows.service import WorkflowService
from docchain.features.workflows.version_schemas import WorkflowVersion
from docchain.platform.web.door import DoorContext, needs
from docchain.platform.web.preconditions import Expected, IfMatch, NeedsIfMatch, etag_of
from docchain.platform.work import Work

READ: Final = [needs("workflows:read")]
WRITE: Final = [needs("workflows:write")]
EXECUTE: Final = [needs("workflows:execute")]

_SMALL: Final = 800
"""Bytes of a request whose definition is read in a millisecond."""

Number = Annotated[int, Path(ge=1, le=2_147_483_647)]
Label = Annotated[VersionLabel, Path(examples=["production"])]
Shown = TypeVar("Shown", Workflow, WorkflowVersion)


def _revisions(expected: Expected) -> AsRead:
    return None if expected.tags is None else frozenset(expected.tags)


async def _asked(expected: IfMatch) -> AsRead:
    return _revisions(expected)


async def _required(expected: NeedsIfMatch) -> AsRead:
    return _revisions(expected)


Revision = Annotated[AsRead, Depends(_asked)]
"""For what orders something of a workflow: `If-Match` is looked at where it is sent."""

NeedsRevision = Annotated[AsRead, Depends(_required)]
"""For what changes or deletes something."""


def tagged(response: Response, shown: Shown) -> Shown:
    response.headers["ETag"] = etag_of(shown.revision)
    return shown


def located(response: Response, door: DoorContext, route: str, **path: Any) -> None:
    """Say where what was made is found."""
    response.headers["Location"] = door.request.app.url_path_for(route, **path)


def service_of(work: Work, door: DoorContext) -> WorkflowService:
    return WorkflowService(work, door.services.kinds)


def about(reference: str, work: Work, door: DoorContext) -> WorkflowService:
    """The service, for an answer that is about one workflow and its versions and nothing else."""
    service = service_of(work, door)
    door.versioned("workflow", service.id_of(reference))
    return service


async def draft_of(definition: dict[str, Any] | str | None, door: DoorContext, *, keep_faults: bool) -> Draft | None:
    """Read a definition before the transaction; one that takes longer than a hop between threads, in a thread."""
    if definition is None:
        return None
    if len(await door.request.body()) < _SMALL:
        return read_draft(definition, door.services.kinds, keep_faults=keep_faults)
    return await asyncio.to_thread(read_draft, definition, door.services.kinds, keep_faults=keep_faults)
