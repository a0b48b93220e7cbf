"""HTTP door of published versions: publish, list, read, restore into the draft, note, label."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from docchain.features.runs import Version
from docchain.features.workflows.diff_schemas import WorkflowDiff
from docchain.features.workflows.diffing import diff_of
from docchain.features.workflows.revisions import (
    READ,
    WRITE,
    Label,
    NeedsRevision,
    Number,
    Revision,
    about,
    located,
    service_of,
    tagged,
)
from docchain.features.workflows.schemas import Workflow
from docchain.features.workflows.version_schemas import (
    NoteRequest,
    PublishRequest,
    VersionQuery,
    WorkflowVersion,
)
from docchain.features.workflows.versions import VersionService
from docchain.platform.pagination import Page
from docchain.platform.web.door import Door, DoorContext
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(route_class=LateRoute)


def _versions(work: Work, door: DoorContext) -> VersionService:
    return VersionService(work, door.services.kinds)


def _about(workflow: str, work: Work, door: DoorContext) -> VersionService:
    about(workflow, work, door)
    return _versions(work, door)


@router.post(
    "/workflows/{workflow}/publish",
    status_code=201,
    summary="Make the draft an immutable version",
    dependencies=WRITE,
)
async def publish_workflow(
    workflow: str, revision: Revision, door: Door, response: Response, body: PublishRequest | None = None
) -> WorkflowVersion:
    note = body.note if body else ""
    made = await door.create(WorkflowVersion, lambda work: service_of(work, door).publish(workflow, note, revision))
    located(response, door, "read_workflow_version", workflow=made.workflow, number=made.number)
    return tagged(response, made)


@router.get("/workflows/{workflow}/versions", summary="List published versions", dependencies=READ)
async def list_workflow_versions(
    workflow: str, wanted: Annotated[VersionQuery, Query()], door: Door
) -> Page[WorkflowVersion]:
    return await door.read(lambda work: _about(workflow, work, door).list(workflow, wanted.page()))


@router.get("/workflows/{workflow}/diff", summary="Compare two definitions of a workflow", dependencies=READ)
async def compare_workflow_versions(
    workflow: str,
    door: Door,
    before: Annotated[Version, Query(alias="from")] = "latest",
    after: Annotated[Version, Query(alias="to")] = "draft",
) -> WorkflowDiff:
    handle, old, new = await door.read(lambda work: _about(workflow, work, door).sides(workflow, before, after))
    return await asyncio.to_thread(diff_of, handle, old, new)


@router.get("/workflows/{workflow}/versions/{number}", summary="Read a published version", dependencies=READ)
async def read_workflow_version(workflow: str, number: Number, door: Door, response: Response) -> WorkflowVersion:
    found = await door.read(lambda work: _about(workflow, work, door).read(workflow, number))
    return tagged(response, found)


@router.patch(
    "/workflows/{workflow}/versions/{number}", summary="Change what is noted of a version", dependencies=WRITE
)
async def note_workflow_version(
    workflow: str, number: Number, body: NoteRequest, revision: NeedsRevision, door: Door, response: Response
) -> WorkflowVersion:
    noted = await door.write(lambda work: _versions(work, door).note(workflow, number, body.note, revision))
    return tagged(response, noted)


@router.post(
    "/workflows/{workflow}/versions/{number}/restore",
    summary="Make a published version the draft again",
    dependencies=WRITE,
)
async def restore_workflow_version(
    workflow: str, number: Number, revision: Revision, door: Door, response: Response
) -> Workflow:
    restored = await door.create(Workflow, lambda work: _versions(work, door).restore(workflow, number, revision))
    return tagged(response, restored)


@router.put(
    "/workflows/{workflow}/versions/{number}/labels/{label}",
    summary="Label a version; the label leaves the version that had it",
    dependencies=WRITE,
)
async def label_workflow_version(
    workflow: str, number: Number, label: Label, revision: NeedsRevision, door: Door, response: Response
) -> WorkflowVersion:
    labelled = await door.write(lambda work: _versions(work, door).put_label(workflow, number, label, revision))
    return tagged(response, labelled)


@router.delete(
    "/workflows/{workflow}/versions/{number}/labels/{label}",
    status_code=204,
    summary="Take a label away from a version",
    dependencies=WRITE,
)
async def unlabel_workflow_version(
    workflow: str, number: Number, label: Label, revision: NeedsRevision, door: Door
) -> None:
    await door.write(lambda work: _versions(work, door).remove_label(workflow, number, label, revision))
