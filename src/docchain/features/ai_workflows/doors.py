"""What the doors of AI workflows share: their services, ETags, and how a run is ordered."""

from collections.abc import Callable
from typing import Final

from fastapi import Response

from docchain.features.ai_workflows.chains import ChainService
from docchain.features.ai_workflows.schemas import AiWorkflow
from docchain.features.ai_workflows.service import AiWorkflowService
from docchain.features.runs import ORDERED, Run, admit
from docchain.platform.web.door import DoorContext, needs
from docchain.platform.web.preconditions import etag_of
from docchain.platform.work import Work

READ: Final = [needs("workflows:read")]
WRITE: Final = [needs("workflows:write")]
EXECUTE: Final = [needs("workflows:execute")]


def service_of(work: Work, door: DoorContext) -> AiWorkflowService:
    return AiWorkflowService(work, door.services.kinds)


def chains_of(work: Work, door: DoorContext) -> ChainService:
    return ChainService(work, door.services.kinds, door.services.settings.ai.ai_chain_links)


def tagged(response: Response, shown: AiWorkflow) -> AiWorkflow:
    response.headers["ETag"] = etag_of(shown.revision)
    return shown


async def ordered(door: DoorContext, order: Callable[[Work], Run]) -> Run:
    """Order a run, once for the same `Idempotency-Key`."""
    if (answer := await door.repeated(ORDERED)) is not None:
        return answer
    await admit(door)
    return await door.create(ORDERED, order)
