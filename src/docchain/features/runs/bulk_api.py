"""HTTP door of bulk orders: what would happen, and the run that makes it happen."""

from fastapi import APIRouter, Response

from docchain.features.runs.admission import admit
from docchain.features.runs.bulk import BulkService
from docchain.features.runs.bulk_requests import STARTING, BulkPreview, BulkRequest
from docchain.features.runs.schemas import Run
from docchain.features.runs.service import ORDERED
from docchain.platform.web.door import Door, needs
from docchain.platform.work import Work

router = APIRouter(tags=["Runs"])


@router.post(
    "/runs/bulk",
    status_code=202,
    summary="Control many runs at once: those named, or all that match a filter",
    dependencies=[needs("runs:control")],
    responses={200: {"model": BulkPreview, "description": "With `dry_run`: what would happen."}},
)
async def control_runs(request: BulkRequest, door: Door, response: Response) -> Run | BulkPreview:
    starts = request.action in STARTING
    if starts:
        door.require("workflows:execute")
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
    door.services.engine.wake()
    response.headers["Location"] = door.request.app.url_path_for("read_run", run=run.handle)
    return run
