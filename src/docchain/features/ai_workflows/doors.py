"""What the doors of AI workflows share: their services, ETags, and how a run is ordered."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

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
_HERE: Final = ("auto", "local")


def service_of(work: Work, door: DoorContext) -> AiWorkflowService:
    return AiWorkflowService(work, door.services.kinds)


def chains_of(work: Work, door: DoorContext) -> ChainService:
    return ChainService(work, door.services.kinds, door.services.settings.ai.ai_chain_links)


def tagged(response: Response, shown: AiWorkflow) -> AiWorkflow:
    response.headers["ETag"] = etag_of(shown.revision)
    return shown


async def check_provider(door: DoorContext, provider: str) -> None:
    """Refuse a provider that cannot be asked before a run is started, unless the workspace falls back to local.

    Raises:
        ProviderUnknown: there is none of this name.
        ProviderNotConfigured: it has no key.
    """
    if provider in _HERE:
        return
    from docchain.features.ai import Origin, ProviderNotConfigured, ProviderUnknown  # noqa: PLC0415 - when it is used

    ai, workspace = door.services.ai.ai, workspace_of(door)
    if provider not in ai.providers.names:
        raise ProviderUnknown(provider, ai.providers.names)
    policy = await ai.policies.of(workspace)
    if policy.fallback_local:
        return
    health = await ai.providers.health(provider, Origin(workspace, door.actor.name))
    if health.state == "not_configured":
        setting = f"DOCCHAIN_{provider.upper()}_API_KEY"
        raise ProviderNotConfigured(
            f"{provider} has no key here.",
            hint=f"Set {setting}, or the workspace's secret `{provider}`; or take the provider `local`, or allow "
            "`fallback_local` in the workspace's setting `ai`.",
        )


async def ordered(door: DoorContext, ai_workflow: str, order: Callable[[Work], Run]) -> Run:
    """Order a run of an AI workflow, once for the same `Idempotency-Key`."""
    if (answer := await door.repeated(ORDERED)) is not None:
        return answer
    found = await door.read(lambda work: service_of(work, door).read(ai_workflow))
    await check_provider(door, found.ai_provider)
    await admit(door)
    return await door.create(ORDERED, order)


def workspace_of(door: DoorContext) -> UUID:
    assert door.actor.workspace_id is not None  # noqa: S101 - whoever comes through a door is in one
    return door.actor.workspace_id
