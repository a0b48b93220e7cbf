"""A draft at its HTTP door: read, or edited until nobody was faster; without `If-Match` an edit always takes place."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Final, TypeVar
from weakref import WeakValueDictionary

from fastapi import Depends, Response

from docchain.features.workflows.domain import AsRead
from docchain.features.workflows.editing import Edit, Edited, EditingService
from docchain.features.workflows.errors import WorkflowChanged
from docchain.features.workflows.graph import node_of
from docchain.features.workflows.node_schemas import DraftState, NodeState
from docchain.features.workflows.revisions import about
from docchain.features.workflows.schemas import Workflow
from docchain.platform.web.door import Door, DoorContext
from docchain.platform.web.preconditions import etag_of
from docchain.platform.work import Work

M = TypeVar("M", bound=DraftState)
_ATTEMPTS: Final = 5
"""How often an edit is thought through again, outside of a transaction, because another server was faster."""
_turns: WeakValueDictionary[tuple[object, str], asyncio.Lock] = WeakValueDictionary()


class DraftDoor:
    """One request's way to one draft."""

    def __init__(self, workflow: str, door: DoorContext, response: Response) -> None:
        self._workflow = workflow
        self._door = door
        self._response = response
        self.kinds = door.services.kinds

    async def read(self) -> Workflow:
        return await self._door.read(lambda work: about(self._workflow, work, self._door).read(self._workflow))

    async def edit(self, model: type[M], edit: Edit, revision: AsRead, shown: Callable[[Workflow, Edited], M]) -> M:
        """Edit it, off the event loop; answer with what is shown of it then."""

        def put(work: Work, edited: Edited) -> M:
            return shown(EditingService(work, self.kinds).put(self._workflow, edited, revision), edited)

        async with self._turn():
            for _ in range(_ATTEMPTS if revision is None else 1):
                base = await self._door.read(lambda work: EditingService(work, self.kinds).base(self._workflow))
                edited = await asyncio.to_thread(base.edited, edit, self.kinds)
                try:
                    return self.tagged(await self._door.create(model, partial(put, edited=edited)))
                except WorkflowChanged:
                    if revision is not None:
                        raise

            def alone(work: Work) -> M:
                base = EditingService(work, self.kinds).base(self._workflow, to_change=True)
                return put(work, base.edited(edit, self.kinds))

            return self.tagged(await self._door.create(model, alone))

    async def edit_node(self, edit: Edit, revision: AsRead, name: str) -> NodeState:
        return await self.edit(NodeState, edit, revision, lambda draft, _: node_of(draft, name, self.kinds))

    def tagged(self, shown: M) -> M:
        self._response.headers["ETag"] = etag_of(shown.revision)
        return shown

    def _turn(self) -> asyncio.Lock:
        """Who edits the same draft over this server waits, instead of thinking in vain."""
        return _turns.setdefault((self._door.actor.workspace_id, self._workflow), asyncio.Lock())


async def _draft(workflow: str, door: Door, response: Response) -> DraftDoor:
    return DraftDoor(workflow, door, response)


Draft = Annotated[DraftDoor, Depends(_draft)]
