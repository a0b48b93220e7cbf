"""Child runs are told by their handles; one that the list does not know yet by its id."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from docchain.features.runs.service import RunService
from docchain.platform.web.door import DoorContext


class MayHaveChild(Protocol):
    """What tells of a run that a step called."""

    child: str | None


async def name_children(door: DoorContext, told: Sequence[MayHaveChild]) -> None:
    """Put handles in the place of ids."""
    ids = {UUID(one.child) for one in told if one.child}
    if not ids:
        return
    handles = await door.read(lambda work: RunService(work).handles_of(ids))
    for one in told:
        if one.child:
            one.child = handles.get(UUID(one.child), one.child)
