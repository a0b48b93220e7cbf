"""HTTP doors of providers: which there are, how they are, and what would be hidden from them."""

import json
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path

from docchain.features.ai.asking import Choice, Policy
from docchain.features.ai.building import Ai
from docchain.features.ai.door_schemas import (
    ProviderChecked,
    ProviderHealth,
    ProvidersTold,
    ProviderTold,
    Redacted,
    RedactRequest,
)
from docchain.features.ai.doors import origin_of, workspace_of
from docchain.features.ai.errors import ProviderUnknown
from docchain.features.ai.port import Ask, Health, Message, Origin
from docchain.platform.clock import ms_since
from docchain.platform.errors import Refusal
from docchain.platform.settings_ai import GGUF, ON_THIS_MACHINE
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.problems import render
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["AI"], route_class=LateRoute)

_READ: Final = [needs("ai:read")]
_USE: Final = [needs("ai:use")]
_SUMMARY: Final = "List the providers of models, the workspace's order first, and how each is"
_TASKS: Final = ("generate", "extract", "classify", "summarize", "analyze", "translate", "decide", "embed", "ask")
_SETTINGS: Final = {
    **{name: f"DOCCHAIN_{name.upper()}_API_KEY" for name in ("openai", "anthropic", "google")},
    GGUF: "DOCCHAIN_AI_GGUF_PATH",
}
_Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="As the list of providers names it.")]


@router.get("/ai/providers", summary=_SUMMARY, dependencies=_READ)
async def list_ai_providers(door: Door) -> ProvidersTold:
    return await _providers(door)


@router.get("/advanced/ai/providers", summary=_SUMMARY, dependencies=_READ)
async def list_ai_providers_advanced(door: Door) -> ProvidersTold:
    return await _providers(door)


@router.post(
    "/ai/providers/{provider}/check", summary="Ask a provider a short question, and say how it went", dependencies=_USE
)
async def check_ai_provider(provider: _Name, door: Door) -> ProviderChecked:
    ai: Ai = door.services.ai.ai
    if provider not in ai.providers.names:
        raise ProviderUnknown(provider, ai.providers.names)
    began = monotonic()
    try:
        answer = await ai.calls.call(_question(provider), origin_of(door), Choice(provider, cache=False))
    except Refusal as refusal:
        problem = json.loads(bytes(render(door.request.scope, refusal).body))
        return ProviderChecked(name=provider, ok=False, took_ms=ms_since(began), problem=problem)
    asked = answer.provider == provider
    return ProviderChecked(name=provider, ok=asked, took_ms=ms_since(began), model=answer.model)


@router.post("/ai/redact", summary="See what remote models would not see of a text", dependencies=_USE)
async def redact_ai_text(wanted: RedactRequest, door: Door) -> Redacted:
    ai: Ai = door.services.ai.ai
    messages, veil = await ai.veils.veil([Message("user", wanted.text)], wanted.level)
    return Redacted(text=messages[-1].text, level=wanted.level, values=veil.count)


async def _providers(door: DoorContext) -> ProvidersTold:
    ai: Ai = door.services.ai.ai
    policy = await ai.policies.of(workspace_of(door))
    order = policy.order or ai.providers.order
    origin = origin_of(door)
    names = [*order, *(name for name in ai.providers.names if name not in order)]
    items = [await _provider(ai, name, policy, order, origin) for name in names if name in ai.providers.names]
    return ProvidersTold(
        items=items,
        order=list(order),
        fallback_local=policy.fallback_local,
        nothing_leaves=policy.nothing_leaves,
        redact=policy.redact,
    )


async def _provider(ai: Ai, name: str, policy: Policy, order: tuple[str, ...], origin: Origin) -> ProviderTold:
    remote = name not in ON_THIS_MACHINE
    health: Health = await ai.providers.health(name, origin)
    return ProviderTold(
        name=name,
        remote=remote,
        configured=health.state != "not_configured",
        allowed=not (remote and policy.nothing_leaves),
        model=policy.models.get(name) or ai.providers.model_of(name),
        setting=None if name == "local" else _SETTINGS.get(name, "DOCCHAIN_AI_COMPATIBLE"),
        place_in_order=order.index(name) + 1 if name in order else None,
        health=ProviderHealth(state=health.state, latency_ms=health.latency_ms, failures=health.failures),
        capabilities=[task for task in _TASKS if task != ("translate" if name == "local" else "embed")],
    )


def _question(provider: str) -> Ask:
    """A short one; of methods without models, a task that they have."""
    text = "Answer with the word OK."
    local: dict[str, Any] = {"text": text, "analyses": ["language"]}
    return Ask("analyze" if provider == "local" else "generate", (Message("user", text),), max_tokens=64, local=local)
