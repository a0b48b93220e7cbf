"""HTTP door of workflows; the step catalogue is here because definitions are made of it."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from docchain.engine.definition import json_schema
from docchain.features.runs import ORDERED, Run, admit
from docchain.features.workflows.catalogue import catalogue
from docchain.features.workflows.drafts import Draft, read_draft
from docchain.features.workflows.execution import ExecutionService
from docchain.features.workflows.exporting import MEDIA_TYPES, Format, exported, read_upload
from docchain.features.workflows.presenting import to_faults
from docchain.features.workflows.schemas import (
    ExecuteRequest,
    NamedExecuteRequest,
    PublishRequest,
    Seconds,
    StatusRequest,
    StepKindInfo,
    ValidateRequest,
    Validation,
    VersionQuery,
    Workflow,
    WorkflowCreate,
    WorkflowQuery,
    WorkflowSummary,
    WorkflowUpdate,
    WorkflowVersion,
)
from docchain.features.workflows.service import WorkflowService, validate
from docchain.features.workflows.trial_api import router as trials
from docchain.features.workflows.trial_api import started
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.work import Work

router = APIRouter(tags=["Workflows"])

_READ: Final = [needs("workflows:read")]
_WRITE: Final = [needs("workflows:write")]
_EXECUTE: Final = [needs("workflows:execute")]
_ENDED: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Run, "description": "The run has ended."}}
_NEVER: Final = -1
_TEXT: Final = {"schema": {"type": "string"}}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/yaml": _TEXT, "application/json": _TEXT}}
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/yaml": _TEXT}}}
_Number = Annotated[int, Path(ge=1, le=2_147_483_647)]


def _revision(
    if_match: Annotated[str | None, Header(description='The ETag of what you read, such as `"3"`.')] = None,
) -> int | None:
    if if_match is None or if_match == "*":
        return None
    text = if_match.removeprefix("W/").strip('"')
    return int(text) if text.isdecimal() and text.isascii() else _NEVER


Revision = Annotated[int | None, Depends(_revision)]


def _service(work: Work, door: DoorContext) -> WorkflowService:
    return WorkflowService(work, door.services.kinds)


async def _draft(definition: dict[str, Any] | str | None, door: DoorContext) -> Draft | None:
    """Read a definition off the event loop and before the transaction, where a long one would hold up others."""
    return None if definition is None else await asyncio.to_thread(read_draft, definition, door.services.kinds)


def _about(reference: str, work: Work, door: DoorContext) -> WorkflowService:
    """The service, for an answer that is about one workflow and its versions and nothing else."""
    service = _service(work, door)
    door.versioned("workflow", service.id_of(reference))
    return service


def _tagged(response: Response, workflow: Workflow) -> Workflow:
    response.headers["ETag"] = f'"{workflow.revision}"'
    return workflow


@router.get("/steps", summary="List the step kinds, with JSON Schemas", dependencies=_READ)
async def list_step_kinds(door: Door) -> list[StepKindInfo]:
    door.versioned("step_catalogue")
    return catalogue(door.services.kinds)


@router.get("/workflows/schema", summary="Read the JSON Schema of definitions", dependencies=_READ)
async def read_workflow_schema(door: Door) -> dict[str, Any]:
    door.versioned("workflow_schema")
    return json_schema()


@router.post("/workflows/validate", summary="Find every fault of a definition", dependencies=_READ)
async def validate_workflow(body: ValidateRequest, door: Door) -> Validation:
    found, draft = await asyncio.to_thread(validate, body.definition, door.services.kinds)
    if draft is not None:
        warnings = await door.read(lambda work: _service(work, door).unknown_workflows(draft))
        found.warnings = to_faults(warnings)
    return found


@router.post(
    "/workflows/import",
    status_code=201,
    summary="Create a workflow from a file, YAML or JSON",
    dependencies=_WRITE,
    openapi_extra=_BODY,
)
async def import_workflow(door: Door, response: Response) -> Workflow:
    definition = read_upload(await door.request.body())
    draft = await _draft(definition, door)
    request = WorkflowCreate(definition=definition)
    created = await door.create(Workflow, lambda work: _service(work, door).create(request, draft))
    return _tagged(response, created)


@router.post("/workflows", status_code=201, summary="Create a workflow", dependencies=_WRITE)
async def create_workflow(body: WorkflowCreate, door: Door, response: Response) -> Workflow:
    draft = await _draft(body.definition, door)
    created = await door.create(Workflow, lambda work: _service(work, door).create(body, draft))
    return _tagged(response, created)


@router.get("/workflows", summary="List workflows", dependencies=_READ)
async def list_workflows(wanted: Annotated[WorkflowQuery, Query()], door: Door) -> Page[WorkflowSummary]:
    return await door.read(lambda work: _service(work, door).list(wanted.filter(), wanted.sort, wanted.page()))


@router.get("/workflows/{workflow}", summary="Read a workflow", dependencies=_READ)
async def read_workflow(workflow: str, door: Door, response: Response) -> Workflow:
    found = await door.read(lambda work: _service(work, door).read(workflow))
    door.versioned("workflow", found.id)
    return _tagged(response, found)


@router.patch("/workflows/{workflow}", summary="Change a workflow's draft", dependencies=_WRITE)
async def update_workflow(
    workflow: str, body: WorkflowUpdate, revision: Revision, door: Door, response: Response
) -> Workflow:
    draft = await _draft(body.definition, door)
    changed = await door.write(lambda work: _service(work, door).update(workflow, body, revision, draft))
    return _tagged(response, changed)


@router.delete("/workflows/{workflow}", status_code=204, summary="Delete a workflow", dependencies=_WRITE)
async def delete_workflow(workflow: str, revision: Revision, door: Door) -> None:
    await door.write(lambda work: _service(work, door).delete(workflow, revision))


@router.post("/workflows/{workflow}/restore", summary="Restore a deleted workflow", dependencies=_WRITE)
async def restore_workflow(workflow: str, door: Door, response: Response) -> Workflow:
    return _tagged(response, await door.write(lambda work: _service(work, door).restore(workflow)))


@router.post("/workflows/{workflow}/status", summary="Activate, pause or archive a workflow", dependencies=_WRITE)
async def change_workflow_status(
    workflow: str, body: StatusRequest, revision: Revision, door: Door, response: Response
) -> Workflow:
    changed = await door.write(lambda work: _service(work, door).change_status(workflow, body.status, revision))
    return _tagged(response, changed)


@router.post(
    "/workflows/{workflow}/publish",
    status_code=201,
    summary="Make the draft an immutable version",
    dependencies=_WRITE,
)
async def publish_workflow(
    workflow: str, revision: Revision, door: Door, body: PublishRequest | None = None
) -> WorkflowVersion:
    note = body.note if body else ""
    return await door.create(WorkflowVersion, lambda work: _service(work, door).publish(workflow, note, revision))


@router.get("/workflows/{workflow}/versions", summary="List published versions", dependencies=_READ)
async def list_workflow_versions(
    workflow: str, wanted: Annotated[VersionQuery, Query()], door: Door
) -> Page[WorkflowVersion]:
    return await door.read(lambda work: _about(workflow, work, door).versions(workflow, wanted.page()))


@router.get("/workflows/{workflow}/versions/{number}", summary="Read a published version", dependencies=_READ)
async def read_workflow_version(workflow: str, number: _Number, door: Door) -> WorkflowVersion:
    return await door.read(lambda work: _about(workflow, work, door).version(workflow, number))


@router.get(
    "/workflows/{workflow}/export",
    summary="Export a definition, as its author wrote it",
    dependencies=_READ,
    response_class=Response,
    responses=_FILE,
)
async def export_workflow(
    workflow: str,
    door: Door,
    form: Annotated[Format, Query(alias="format")] = "yaml",
    version: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
) -> Response:
    source, definition = await door.read(lambda work: _about(workflow, work, door).source(workflow, version))
    return Response(exported(source, definition, form), media_type=MEDIA_TYPES[form])


@router.post(
    "/workflows/{workflow}/execute",
    status_code=202,
    summary="Execute a workflow",
    dependencies=_EXECUTE,
    responses=_ENDED,
)
async def execute_workflow(
    workflow: str,
    door: Door,
    response: Response,
    body: ExecuteRequest | None = None,
    wait: Annotated[Seconds | None, Query()] = None,
) -> Run:
    return await _execute(workflow, body or ExecuteRequest(), wait, door, response)


@router.post(
    "/advanced/workflows/execute",
    status_code=202,
    summary="Execute a workflow named in the body",
    dependencies=_EXECUTE,
    responses=_ENDED,
)
async def execute_named_workflow(
    body: NamedExecuteRequest, door: Door, response: Response, wait: Annotated[Seconds | None, Query()] = None
) -> Run:
    return await _execute(body.workflow_id, body, wait, door, response)


async def _execute(
    workflow: str | int, body: ExecuteRequest, wait: float | None, door: DoorContext, response: Response
) -> Run:
    await admit(door)
    options = {**body.order_fields(), "mode": "dry" if body.dry_run else "normal"}
    run = await door.create(
        ORDERED, lambda work: ExecutionService(work).execute(workflow, body.given, version=body.version, **options)
    )
    return await started(run, body.wait if wait is None else wait, door, response)


router.include_router(trials)
