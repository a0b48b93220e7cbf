"""`strong()`: the dependency of routes for dangerous actions; who has not proved who they are lately is asked to."""

from typing import Any

from fastapi import Depends

from docchain.features.identity.factors.proving import Factors
from docchain.platform.web.door import Door


def strong() -> Any:
    """Return a route dependency that refuses with 401 `step_up_required` whose last proof is too old."""

    async def check(door: Door) -> None:
        factors: Factors = door.services.factors
        await factors.require_fresh(door.actor)

    return Depends(check)
