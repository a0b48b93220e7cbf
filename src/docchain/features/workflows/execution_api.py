"""HTTP door of executing workflows."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from docchain.features.runs import ORDERED, Run, admit, started
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.execution_schemas import ExecuteRequest, NamedExecuteRequest, Seconds
from docchain.features.workflows.revisions import EXECUTE
from docchain.platform.web.door import Door, DoorContext
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)

_ENDED: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Run, "description": "The run has ended."}}


@router.post(
    "/workflows/{workflow}/execute",
    status_code=202,
    summary="Execute a workflow",
    dependencies=EXECUTE,
    responses=_ENDED,
)
async def execute_workflow(
    workflow: str,
    door: Door,
    response: Response,
    prefer: Prefer,
    body: ExecuteRequest | None = None,
    wait: Annotated[Seconds | None, Query()] = None,
) -> Run:
    asked = body or ExecuteRequest()
    run = await _execute(workflow, asked, door)
    return await started(run, asked.wait if wait is None else wait, door, response, prefer)


@router.post(
    "/advanced/workflows/execute",
    status_code=202,
    summary="Execute a workflow named in the body",
    dependencies=EXECUTE,
    responses=_ENDED,
)
async def execute_named_workflow(
    body: NamedExecuteRequest,
    door: Door,
    response: Response,
    prefer: Prefer,
    wait: Annotated[Seconds | None, Query()] = None,
) -> Run:
    run = await _execute(body.workflow_id, body, door)
    return await started(run, body.wait if wait is None else wait, door, response, prefer)


async def _execute(workflow: str | int, body: ExecuteRequest, door: DoorContext) -> Run:
    if (answer := await door.repeated(ORDERED)) is not None:
        return answer
    await admit(door)
    options = {**body.order_fields(), "mode": "dry" if body.dry_run else "normal"}
    return await door.create(
        ORDERED, lambda work: ExecutionService(work).execute(workflow, body.given, version=body.version, **options)
    )
