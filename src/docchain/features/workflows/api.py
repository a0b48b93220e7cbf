"""HTTP door of workflows: kept, found and changed; further doors of them are included here."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from docchain.features.workflows.bulk_api import router as bulk
from docchain.features.workflows.definition_api import router as definitions
from docchain.features.workflows.execution_api import router as executions
from docchain.features.workflows.importing_api import router as files
from docchain.features.workflows.node_api import router as nodes
from docchain.features.workflows.revisions import (
    READ,
    WRITE,
    NeedsRevision,
    Revision,
    draft_of,
    located,
    service_of,
    tagged,
)
from docchain.features.workflows.schemas import (
    StatusRequest,
    Workflow,
    WorkflowCreate,
    WorkflowQuery,
    WorkflowSummary,
    WorkflowUpdate,
)
from docchain.features.workflows.trial_api import router as trials
from docchain.features.workflows.version_api import router as versions
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Workflows"], route_class=LateRoute)
router.include_router(definitions)
router.include_router(bulk)
router.include_router(files)


@router.post("/workflows", status_code=201, summary="Create a workflow", dependencies=WRITE)
async def create_workflow(body: WorkflowCreate, door: Door, response: Response) -> Workflow:
    draft = await draft_of(body.definition, door, keep_faults=body.keep_faults)
    created = await door.create(Workflow, lambda work: service_of(work, door).create(body, draft))
    located(response, door, "read_workflow", workflow=created.handle)
    return tagged(response, created)


@router.get("/workflows", summary="List workflows", dependencies=READ)
async def list_workflows(wanted: Annotated[WorkflowQuery, Query()], door: Door) -> Page[WorkflowSummary]:
    door.versioned_by_all()
    return await door.read(lambda work: service_of(work, door).list(wanted.filter(), wanted.sort, wanted.page()))


@router.get("/workflows/{workflow}", summary="Read a workflow", dependencies=READ)
async def read_workflow(workflow: str, door: Door, response: Response) -> Workflow:
    found = await door.read(lambda work: service_of(work, door).read(workflow))
    door.versioned("workflow", found.id)
    return tagged(response, found)


@router.patch("/workflows/{workflow}", summary="Change a workflow's draft", dependencies=WRITE)
async def update_workflow(
    workflow: str, body: WorkflowUpdate, revision: NeedsRevision, door: Door, response: Response
) -> Workflow:
    draft = await draft_of(body.definition, door, keep_faults=body.keep_faults)
    changed = await door.write(lambda work: service_of(work, door).update(workflow, body, revision, draft))
    return tagged(response, changed)


@router.delete("/workflows/{workflow}", status_code=204, summary="Delete a workflow", dependencies=WRITE)
async def delete_workflow(workflow: str, revision: NeedsRevision, door: Door) -> None:
    await door.write(lambda work: service_of(work, door).delete(workflow, revision))


@router.post("/workflows/{workflow}/restore", summary="Restore a deleted workflow", dependencies=WRITE)
async def restore_workflow(workflow: str, revision: Revision, door: Door, response: Response) -> Workflow:
    restored = await door.create(Workflow, lambda work: service_of(work, door).restore(workflow, revision))
    return tagged(response, restored)


@router.post("/workflows/{workflow}/status", summary="Activate, pause or archive a workflow", dependencies=WRITE)
async def change_workflow_status(
    workflow: str, body: StatusRequest, revision: Revision, door: Door, response: Response
) -> Workflow:
    changed = await door.create(
        Workflow, lambda work: service_of(work, door).change_status(workflow, body.status, revision)
    )
    return tagged(response, changed)


for more in (nodes, versions, executions, trials):
    router.include_router(more)
