"""Who asks for health: whoever cannot be told for sure, and soon, is a stranger, for health is answered always."""

import asyncio
from typing import Final

from fastapi import Request
from fastapi.security.utils import get_authorization_scheme_param

from docchain.features.identity import DEFAULT_WORKSPACE, IdentityService
from docchain.platform.web.door import Services
from docchain.platform.work import SYSTEM, Actor

_LONGEST: Final = 1.0
_AT_ONCE: Final = 4
"""Nobody counts how often health is asked for, so few may be looked up at one time."""
_looked_up = asyncio.Semaphore(_AT_ONCE)


async def looks_after(request: Request) -> bool:
    """Whether the caller sent a credential of who administers the installation, or the first workspace."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not token or _looked_up.locked():
        return False
    try:
        async with _looked_up, asyncio.timeout(_LONGEST):
            services: Services = request.app.state.services
            return await _administers(services, await services.authenticate(token, request.headers.get("x-workspace")))
    except Exception:  # noqa: BLE001 - a credential that is wrong, or a database that is down
        return False


async def _administers(services: Services, actor: Actor) -> bool:
    if actor.may("installation:admin"):
        return True
    if not actor.may("admin"):
        return False
    first = await services.database.read(lambda work: IdentityService(work).workspace_id(DEFAULT_WORKSPACE), SYSTEM)
    return first is not None and actor.workspace_id == first
