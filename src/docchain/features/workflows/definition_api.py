"""HTTP door of definitions: the step kinds they are made of, their schema, their faults, and files of them."""

import asyncio
from typing import Any

from fastapi import APIRouter

from docchain.engine.definition import json_schema
from docchain.features.workflows.catalogue import catalogue
from docchain.features.workflows.definition_schemas import StepKindInfo, ValidateRequest, Validation
from docchain.features.workflows.presenting import to_faults
from docchain.features.workflows.revisions import READ, service_of
from docchain.features.workflows.service import validate
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)


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
