"""HTTP door of definitions: the step kinds they are made of, their schema, their faults, and files of them."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from docchain.engine.definition import json_schema
from docchain.features.runs import Version
from docchain.features.workflows.catalogue import catalogue
from docchain.features.workflows.definition_schemas import StepKindInfo, ValidateRequest, Validation
from docchain.features.workflows.exporting import MEDIA_TYPES, Format, exported, read_upload
from docchain.features.workflows.presenting import to_faults
from docchain.features.workflows.revisions import READ, WRITE, about, draft_of, located, service_of, tagged
from docchain.features.workflows.schemas import Workflow, WorkflowCreate
from docchain.features.workflows.service import validate
from docchain.platform.web.door import Door

router = APIRouter()

_TEXT: Final = {"schema": {"type": "string"}}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/yaml": _TEXT, "application/json": _TEXT}}
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/yaml": _TEXT}}}


@router.get("/steps", summary="List the step kinds, with JSON Schemas", dependencies=READ)
async def list_step_kinds(door: Door) -> list[StepKindInfo]:
    door.versioned("step_catalogue")
    return catalogue(door.services.kinds)


@router.get("/workflows/schema", summary="Read the JSON Schema of definitions", dependencies=READ)
async def read_workflow_schema(door: Door) -> dict[str, Any]:
    door.versioned("workflow_schema")
    return json_schema()


@router.post("/workflows/validate", summary="Find every fault of a definition", dependencies=READ)
async def validate_workflow(body: ValidateRequest, door: Door) -> Validation:
    found, draft = await asyncio.to_thread(validate, body.definition, door.services.kinds)
    if draft is not None:
        warnings = await door.read(lambda work: service_of(work, door).unknown_workflows(draft))
        found.warnings = to_faults(warnings)
    return found


@router.post(
    "/workflows/import",
    status_code=201,
    summary="Create a workflow from a file, YAML or JSON",
    dependencies=WRITE,
    openapi_extra=_BODY,
)
async def import_workflow(door: Door, response: Response) -> Workflow:
    definition = read_upload(await door.request.body())
    draft = await draft_of(definition, door, keep_faults=False)
    request = WorkflowCreate(definition=definition)
    created = await door.create(Workflow, lambda work: service_of(work, door).create(request, draft))
    located(response, door, "read_workflow", workflow=created.handle)
    return tagged(response, created)


@router.get(
    "/workflows/{workflow}/export",
    summary="Export a definition, as its author wrote it",
    dependencies=READ,
    response_class=Response,
    responses=_FILE,
)
async def export_workflow(
    workflow: str,
    door: Door,
    form: Annotated[Format, Query(alias="format")] = "yaml",
    version: Annotated[Version, Query()] = "draft",
) -> Response:
    source, definition = await door.read(lambda work: about(workflow, work, door).source(workflow, version))
    return Response(exported(source, definition, form), media_type=MEDIA_TYPES[form])
