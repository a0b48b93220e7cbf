"""Health over HTTP: load balancers are told how it is without sign-in, and who looks after the installation, why."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from docchain.features.monitoring.callers import looks_after
from docchain.features.monitoring.schemas import Check, Health, Live
from docchain.features.monitoring.service import HealthService
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Health"], route_class=LateRoute)
_UNHEALTHY: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "At least one check failed."}}


@router.get("/health", summary="Check every part of the server", responses=_UNHEALTHY)
async def health(request: Request, response: Response) -> Health:
    """Strangers are told the status only.

    The rest is for an access token or API key of somebody who administers the installation, or the first workspace.
    """
    service: HealthService = request.app.state.health
    found = await service.check()
    if found.status == "failed":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found if await looks_after(request) else Health(status=found.status)


@router.get("/health/ready", summary="Tell whether requests can be served now", responses=_UNHEALTHY)
async def ready(request: Request, response: Response) -> Health:
    """As `/health`, and failed while the server stops."""
    found = await health(request, response)
    if not request.app.state.stopping.is_set():
        return found
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    stopping = Check(status="failed", latency_ms=0.0, detail="The server stops; ask another one.")
    return found.model_copy(update={"status": "failed", "checks": {**found.checks, "stopping": stopping}})


@router.get("/health/live", summary="Tell whether the process is alive")
async def live() -> Live:
    return Live()
