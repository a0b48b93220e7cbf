"""HTTP door of AI workflows: made, kept and executed; templates, figures and chains are included here."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from docchain.features.ai_workflows.chain_api import router as chains
from docchain.features.ai_workflows.doors import EXECUTE, READ, WRITE, ordered, service_of, tagged
from docchain.features.ai_workflows.schemas import (
    AiExecuteRequest,
    AiTemplate,
    AiTemplateCreate,
    AiTemplateList,
    AiTemplateUpdate,
    AiWorkflow,
    AiWorkflowCreate,
    AiWorkflowQuery,
    AiWorkflowUpdate,
    Seconds,
)
from docchain.features.ai_workflows.stats import AiStats, stats_of
from docchain.features.ai_workflows.templating import TemplateService
from docchain.features.runs import Run, RunFilter, RunService, started
from docchain.features.workflows import WorkflowSummary
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.preconditions import state_of
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch, etag_of
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["AI workflows"], route_class=LateRoute)
_Days = Annotated[int, Query(ge=1, le=366, description="How far back, in days.")]
_Template = Annotated[str, Path(max_length=64, description="Its name.", examples=["incident_summary"])]
_ENDED: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Run, "description": "The run has ended."}}


@router.post("/ai-workflows", status_code=201, summary="Create an AI workflow", dependencies=WRITE)
async def create_ai_workflow(body: AiWorkflowCreate, door: Door, response: Response) -> AiWorkflow:
    """It is a workflow, too: everything at /workflows works with its handle, such as `ai_workflow_1`."""
    created = await door.create(AiWorkflow, lambda work: service_of(work, door).create(body))
    response.headers["Location"] = door.request.app.url_path_for("read_ai_workflow", ai_workflow=created.handle)
    return tagged(response, created)


@router.get("/ai-workflows", summary="List AI workflows", dependencies=READ)
async def list_ai_workflows(wanted: Annotated[AiWorkflowQuery, Query()], door: Door) -> Page[WorkflowSummary]:
    door.versioned_by_all()
    return await door.read(lambda work: service_of(work, door).list(wanted.filter(), wanted.sort, wanted.page()))


@router.get("/ai-workflows/templates", summary="List templates of AI workflows", dependencies=READ)
async def list_ai_templates(door: Door) -> AiTemplateList:
    """At least one for each type, with sample input in Spanish and English; then those of the workspace."""
    return AiTemplateList(items=await door.read(lambda work: TemplateService(work).list()))


@router.post("/ai-workflows/templates", status_code=201, summary="Make a template", dependencies=WRITE)
async def create_ai_template(body: AiTemplateCreate, door: Door, response: Response) -> AiTemplate:
    most = door.services.settings.ai.ai_templates

    def made(work: Work) -> AiTemplate:
        source = None if body.from_workflow is None else service_of(work, door).read(body.from_workflow)
        return TemplateService(work).create(body, source, door.services.kinds, most)

    created = await door.create(AiTemplate, made)
    response.headers["Location"] = door.request.app.url_path_for("read_ai_template", template=created.name)
    return _tagged(response, created)


@router.get("/ai-workflows/templates/{template}", summary="Read a template", dependencies=READ)
async def read_ai_template(template: _Template, door: Door, response: Response) -> AiTemplate:
    return _tagged(response, await door.read(lambda work: TemplateService(work).read(template)))


@router.patch("/ai-workflows/templates/{template}", summary="Change a template of the workspace", dependencies=WRITE)
async def update_ai_template(
    template: _Template, body: AiTemplateUpdate, expected: NeedsIfMatch, door: Door, response: Response
) -> AiTemplate:
    """AI workflows that were made of it stay as they are."""
    kinds = door.services.kinds
    return _tagged(
        response, await door.write(lambda work: TemplateService(work).change(template, body, kinds, expected))
    )


@router.delete(
    "/ai-workflows/templates/{template}",
    status_code=204,
    summary="Delete a template of the workspace",
    dependencies=WRITE,
)
async def delete_ai_template(template: _Template, expected: NeedsIfMatch, door: Door) -> None:
    """AI workflows that were made of it stay."""
    await door.write(lambda work: TemplateService(work).delete(template, expected))


@router.get(
    "/ai-workflows/stats",
    summary="Read what AI workflows took",
    dependencies=[*READ, needs("runs:read"), needs("ai:read")],
)
async def read_ai_workflow_stats(door: Door, days: _Days = 30) -> AiStats:
    """Runs, tokens, money, latency and answers from the cache, by provider and model."""
    return await door.read(lambda work: stats_of(work, days))


@router.get("/ai-workflows/{ai_workflow}", summary="Read an AI workflow", dependencies=READ)
async def read_ai_workflow(ai_workflow: str, door: Door, response: Response) -> AiWorkflow:
    found = await door.read(lambda work: service_of(work, door).read(ai_workflow))
    door.versioned("workflow", found.id)
    return tagged(response, found)


@router.patch("/ai-workflows/{ai_workflow}", summary="Change an AI workflow", dependencies=WRITE)
async def update_ai_workflow(
    ai_workflow: str, body: AiWorkflowUpdate, expected: NeedsIfMatch, door: Door, response: Response
) -> AiWorkflow:
    changed = await door.write(lambda work: service_of(work, door).update(ai_workflow, body, expected.tags))
    return tagged(response, changed)


@router.delete("/ai-workflows/{ai_workflow}", status_code=204, summary="Delete an AI workflow", dependencies=WRITE)
async def delete_ai_workflow(ai_workflow: str, expected: NeedsIfMatch, door: Door) -> None:
    """It can be restored, as a workflow."""
    await door.write(lambda work: service_of(work, door).delete(ai_workflow, expected.tags))


@router.post(
    "/ai-workflows/{ai_workflow}/execute",
    status_code=202,
    summary="Execute an AI workflow",
    dependencies=EXECUTE,
    responses=_ENDED,
)
async def execute_ai_workflow(
    ai_workflow: str,
    door: Door,
    response: Response,
    prefer: Prefer,
    body: AiExecuteRequest | None = None,
    wait: Annotated[Seconds | None, Query()] = None,
) -> Run:
    asked = body or AiExecuteRequest()
    options = {**asked.order_fields(), "mode": "dry" if asked.dry_run else "normal"}
    run = await ordered(door, ai_workflow, lambda work: service_of(work, door).execute(ai_workflow, asked, **options))
    return await started(run, asked.wait if wait is None else wait, door, response, prefer)


@router.get(
    "/ai-workflows/{ai_workflow}/runs",
    summary="List the runs of an AI workflow",
    dependencies=[*READ, needs("runs:read")],
)
async def list_ai_workflow_runs(ai_workflow: str, wanted: Annotated[PageQuery, Query()], door: Door) -> Page[Run]:
    """Those of its chain, too, newest first."""
    door.versioned_by_all()
    return await door.read(lambda work: _runs(work, door, ai_workflow, wanted))


def _tagged(response: Response, shown: AiTemplate) -> AiTemplate:
    response.headers["ETag"] = etag_of(state_of(shown))
    return shown


def _runs(work: Work, door: DoorContext, ai_workflow: str, wanted: PageQuery) -> Page[Run]:
    found = service_of(work, door).read(ai_workflow)
    return RunService(work).list(RunFilter(workflow=found.handle), wanted.page())


router.include_router(chains)
