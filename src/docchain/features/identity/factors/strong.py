"""`strong()`: the dependency of routes for dangerous actions; who has not proved who they are lately is asked to."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends

from docchain.features.identity.factors.proving import Factors
from docchain.platform.web.door import DoorContext, open_door


def strong(*, keys: bool = False, opened: Callable[..., Awaitable[DoorContext]] = open_door) -> Any:
    """Return a route dependency that refuses with 401 `step_up_required` whose last proof is too old.

    Args:
        keys: whether API keys pass, that can prove nothing; else they are refused with 403 `session_needed`.
        opened: the door that the route itself goes through.
    """

    async def check(door: Annotated[DoorContext, Depends(opened)]) -> None:
        if keys and door.actor.key_id is not None:
            return
        factors: Factors = door.services.factors
        await factors.require_fresh(door.actor)

    return Depends(check)
