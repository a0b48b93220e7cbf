"""HTTP door of trying things out: test some steps, try past runs with another definition."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from docchain.features.runs import ORDERED, Run, RunService, admit, started
from docchain.features.workflows.comparing import compared
from docchain.features.workflows.errors import HistoryGone
from docchain.features.workflows.execution_schemas import Seconds
from docchain.features.workflows.trial_schemas import TrialRequest, WhatIf, WhatIfRequest
from docchain.features.workflows.trying import PastRun, TrialService
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Workflows"], route_class=LateRoute)

_EXECUTE: Final = [needs("workflows:execute")]
_ENDED: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Run, "description": "The run has ended."}}
Wait = Annotated[Seconds | None, Query()]


@router.post(
    "/workflows/{workflow}/test",
    status_code=202,
    summary="Run some steps of a workflow on pinned data",
    dependencies=_EXECUTE,
    responses=_ENDED,
)
async def try_workflow_steps(
    workflow: str, body: TrialRequest, door: Door, response: Response, prefer: Prefer, wait: Wait = None
) -> Run:
    await admit(door)
    past = None if body.from_run is None else await _past(body.from_run, door)
    run = await door.create(ORDERED, lambda work: TrialService(work).test(workflow, body, past))
    return await started(run, body.wait if wait is None else wait, door, response, prefer)


@router.post(
    "/workflows/{workflow}/what-if",
    status_code=202,
    summary="Try past runs with another definition, effects off",
    dependencies=_EXECUTE,
    responses=_ENDED,
)
async def try_past_runs(
    workflow: str, body: WhatIfRequest, door: Door, response: Response, prefer: Prefer, wait: Wait = None
) -> Run:
    await admit(door)
    if body.last is not None:
        await door.services.journal.caught_up()  # the last past runs are those that the list knows
    limit = door.services.settings.limits.max_body_bytes
    run = await door.create(ORDERED, lambda work: TrialService(work).what_if(workflow, body, limit))
    run = await started(run, body.wait if wait is None else wait, door, response, prefer)
    response.headers["Location"] = door.request.app.url_path_for("read_what_if", workflow=workflow, run=run.handle)
    return run


@router.get(
    "/workflows/{workflow}/what-if/{run}",
    summary="Read what another definition would have made of past runs",
    dependencies=[needs("runs:read")],
)
async def read_what_if(workflow: str, run: str, door: Door) -> WhatIf:
    found = await door.read(lambda work: TrialService(work).what_if_run(workflow, run))
    state = await door.services.engine.state(found.id)
    if state is not None and state.ended_at is not None:
        await door.services.journal.caught_up()  # whoever reads that it has ended finds all its trials
    trials = await door.read(lambda work: TrialService(work).trials_of(found))
    return await compared(found, state, trials, door.services.engine)


async def _past(reference: str, door: DoorContext) -> PastRun:
    run = await door.read(lambda work: RunService(work).read(reference))
    state = await door.services.engine.state(run.id)
    if state is None:
        raise HistoryGone(run.handle)
    return PastRun(run.id, state.outputs, state.inputs)
