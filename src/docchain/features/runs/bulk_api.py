"""HTTP door of bulk orders: what would happen, and the run that makes it happen."""

from fastapi import APIRouter, Response

from docchain.features.runs.admission import admit
from docchain.features.runs.bulk import BulkService
from docchain.features.runs.bulk_requests import STARTING, BulkPreview, BulkRequest
from docchain.features.runs.schemas import Run
from docchain.features.runs.service import ORDERED
from docchain.features.runs.waiting import started
from docchain.platform.web.door import Door, needs
from docchain.platform.web.prefer import Prefer
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(tags=["Runs"], route_class=LateRoute)


@router.post(
    "/runs/bulk",
    status_code=202,
    summary="Control many runs at once: those named, or all that match a filter",
    dependencies=[needs("runs:control")],
    responses={200: {"model": BulkPreview | Run, "description": "With `dry_run`: what would happen; or it has ended."}},
)
async def control_runs(request: BulkRequest, door: Door, response: Response, prefer: Prefer) -> Run | BulkPreview:
    starts = request.action in STARTING
    if starts:
        door.require("workflows:execute")
    if not request.dry_run and (answer := await door.repeated(ORDERED)) is not None:
        return await started(answer, None, door, response, prefer)
    if request.filter is not None:
        await door.services.journal.caught_up()  # a filter reads the list: it reaches what has just ended, too

    def bulk(work: Work) -> BulkService:
        return BulkService(work, door.services.settings.limits.bulk_max, door.services.definitions)

    if request.dry_run:
        response.status_code = 200
        return await door.read(lambda work: bulk(work).preview(request))
    targets = await door.read(lambda work: bulk(work).targets(request))
    await admit(door, len(targets) + 1 if starts else 1)
    run = await door.create(ORDERED, lambda work: bulk(work).start(request, targets))
    return await started(run, None, door, response, prefer)
