"""HTTP door of retention: what is kept how long, and what would go now."""

from fastapi import APIRouter

from docchain.features.runs.retention_report import RetentionReport
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Runs"], route_class=LateRoute)


@router.get(
    "/retention",
    summary="Read how long runs are kept, what would be removed now, and what was",
    dependencies=[needs("runs:read")],
)
async def read_retention(door: Door) -> RetentionReport:
    return await door.read(door.services.history.report)
