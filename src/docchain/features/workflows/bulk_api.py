"""HTTP door of orders for many workflows: definitions are read off the event loop, before the transaction begins."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body

from docchain.engine.definition import DefinitionError
from docchain.engine.kinds import Kinds
from docchain.features.runs import admit
from docchain.features.workflows.bulk import BulkOrder, BulkService, Read, targets_of
from docchain.features.workflows.bulk_requests import BulkCreate, BulkExecute, BulkRequest, BulkTarget, BulkUpdate
from docchain.features.workflows.bulk_results import BulkResult
from docchain.features.workflows.drafts import read_draft
from docchain.features.workflows.revisions import READ
from docchain.features.workflows.schemas import WorkflowCreate, WorkflowUpdate
from docchain.platform.rehearsing import rehearse
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(route_class=LateRoute)

_EXAMPLES: Final[dict[str, Any]] = {
    "create": {"action": "create", "workflows": [{"name": "One"}, {"name": "Two", "tags": ["demo"]}]},
    "tag": {"action": "tag", "filter": {"status": ["draft"], "q": "invoice"}, "tags": ["finance"]},
    "update": {
        "action": "update",
        "workflows": [{"workflow": "workflow_1", "etag": '"3"', "changes": {"name": "Greeting"}}, "workflow_2"],
        "changes": {"description": "Says hello."},
    },
    "execute": {"action": "execute", "workflows": ["workflow_1"], "inputs": {"name": "Ana"}},
    "delete": {"action": "delete", "workflows": ["workflow_1", 2], "dry_run": True},
}


@router.post(
    "/workflows/bulk",
    summary="Create, change, execute, delete or restore many workflows at once, each with its own result",
    dependencies=READ,
)
async def change_workflows(
    request: Annotated[BulkRequest, Body(openapi_examples={name: {"value": body} for name, body in _EXAMPLES.items()})],
    door: Door,
) -> BulkResult:
    executes = isinstance(request, BulkExecute)
    door.require("workflows:execute" if executes else "workflows:write")
    if not request.dry_run and (answer := await door.repeated(BulkResult)) is not None:
        return answer
    most = door.services.settings.limits.bulk_workflows_max
    targets = await door.read(lambda work: targets_of(work, request, most))
    order = BulkOrder(request, targets, await asyncio.to_thread(_drafts, request, targets, door.services.kinds))

    def carry_out(work: Work) -> BulkResult:
        return BulkService(work, door.services.kinds, order).carry_out()

    if request.dry_run:
        return await rehearse(door.write, carry_out)
    if executes and targets:
        await admit(door, len(targets))
    result = await door.create(BulkResult, carry_out)
    if executes:
        door.services.engine.wake()
    return result


def _drafts(request: BulkRequest, targets: Sequence[BulkTarget], kinds: Kinds) -> dict[int, Read]:
    """The definitions of an order by place; one that many workflows get is read once."""
    if isinstance(request, BulkCreate):
        return {index: _read(wanted, kinds) for index, wanted in enumerate(request.workflows)}
    if not isinstance(request, BulkUpdate):
        return {}
    shared = _read(request.changes, kinds) if request.changes.definition is not None else None
    changes = [request.changes_of(target) for target in targets]
    return {
        index: shared if wanted is request.changes else _read(wanted, kinds)
        for index, wanted in enumerate(changes)
        if wanted.definition is not None
    }


def _read(wanted: WorkflowCreate | WorkflowUpdate, kinds: Kinds) -> Read:
    try:
        return read_draft(wanted.definition, kinds, keep_faults=wanted.keep_faults)
    except DefinitionError as error:
        return error
