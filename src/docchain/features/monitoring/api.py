"""Health over HTTP, without sign-in: for load balancers and people in a hurry."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from docchain.features.monitoring.schemas import Health, Live
from docchain.features.monitoring.service import HealthService

router = APIRouter(tags=["Health"])
_UNHEALTHY: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "At least one check failed."}}


@router.get("/health", summary="Check every part of the server", responses=_UNHEALTHY)
async def health(request: Request, response: Response) -> Health:
    service: HealthService = request.app.state.health
    found = await service.check()
    if found.status == "failed":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found


@router.get("/health/ready", summary="Tell whether requests can be served now", responses=_UNHEALTHY)
async def ready(request: Request, response: Response) -> Health:
    return await health(request, response)


@router.get("/health/live", summary="Tell whether the process is alive")
async def live() -> Live:
    return Live()
